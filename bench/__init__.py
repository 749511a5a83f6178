"""Benchmarks of speed and memory against a baseline measured in the same run: `make bench`.

Belongs here: what is measured, the baselines, and the table of results (see docs/benchmarks.md). Does not belong here:
tests, which never depend on time.
"""
