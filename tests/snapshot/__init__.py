"""Snapshots: what a version of the code makes, as text, to be compared with what another version makes.

For changes that must change nothing: take a snapshot before, compare after.

    python -m tests.snapshot take FOLDER
    python -m tests.snapshot compare FOLDER [OTHER_FOLDER]

Here: what a snapshot holds, taking it, and what differs between two. Not here: what is right, which the tests say; a
snapshot only says that it is as before. The project is asked by its command line and by the file that it publishes, so
that a snapshot outlives renamed modules; the bench alone is imported, in one function (`tests.snapshot.gold`).
"""
