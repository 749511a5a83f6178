"""Snapshots of the output of one version of the code, as text, to compare with another version.

For a refactoring that must not change output: take a snapshot before it, compare after it.

    python -m tests.snapshot take FOLDER
    python -m tests.snapshot compare FOLDER [OTHER_FOLDER]

Belongs here: the contents of a snapshot, taking one, and comparing two. Does not belong here: what is correct; tests
check that. A snapshot uses the command line and the published file only, so that it survives renamed modules; only
`tests.snapshot.gold` imports code, from the bench.
"""
