"""Our functions over the public test corpora of projects that do part of the same job.

`make bench-peers` runs this.
Belongs here: reading the corpora, and saying what we miss and why. Does not belong here: our own gold cases
(see `bench.extraction`), and speed (see `bench.articles`).
"""
