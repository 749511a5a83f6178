"""Speed and memory, each measured beside its baseline in the same run: `make bench`, or `python -m bench`.

Here: what is measured, against what, and the table of results (docs/benchmarks.md says how to read it). Not here:
tests, which never depend on time.
"""
