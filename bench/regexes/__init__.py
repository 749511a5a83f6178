"""Audit of regular expressions: each pattern of the project on a megabyte of its worst case.

Python's `re` backtracks: a pattern with two ways to divide the same text takes quadratic or exponential time, and pages
are up to megabytes of somebody else's text. DuckDB's patterns in SQL (RE2) and pydantic's (Rust) take linear time by
construction and are not audited.
Belongs here: finding the patterns in the code, the texts that attack them, and the bounds of those that see short texts
only. Does not belong here: mutated inputs through whole readers (see `bench.fuzz`).
"""
