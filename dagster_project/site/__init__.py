"""The read-only web site beside the Dagster UI: the state of all portals, the runbook, and metrics.

Belongs here: showing what files of the home and of the documentation say. Does not belong here: the present state
(`dagster_project.operations.states`), the figures of the build (`dagster_project.operations.health`), and anything that
changes the home or opens the warehouse.
"""
