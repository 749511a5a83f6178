"""The stages put in order: the pipeline, the command line, and the Dagster code location."""
