"""The pipeline that runs the stages in order, the command line, and the Dagster code location."""
