"""Dagster assets, asset checks, jobs, schedules, sensors and resources: orchestration only."""
