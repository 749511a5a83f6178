"""The command line `hanoi-corpus`, one module per group of commands.

Does not belong here: the stages' work (`dagster_project.pipeline`).
"""
