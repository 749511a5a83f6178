"""Random histories of made-up portals, by which incremental builds are compared with full ones.

A seed gives a history: what portals showed, what crawls saw of it, and in which steps their files reached the home.
Every step is built incrementally, and must give the rows of one full build of the same files.
Does not belong here: the tests (`tests.dbt_models.test_incremental`), and what a single rule says (the other tests).
"""
