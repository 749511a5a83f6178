"""Assets, checks, jobs, schedules and resources: orchestration only. What a stage does stands elsewhere."""
