"""The command line, `hanoi-corpus`: one module a group of commands.

Not here: any stage's work (`dagster_project.pipeline`).
"""
