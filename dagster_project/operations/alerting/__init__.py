"""Alerts: what is bad and why, which message is due, and its delivery.

Does not belong here: the state of the portals (`dagster_project.operations.states`), and the sensors
(`dagster_project.defs.alerts`).
"""
