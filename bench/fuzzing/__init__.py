"""Seeded random mutation of inputs, to check that every reader withstands broken ones: `make fuzz`.

Belongs here: the original inputs, the mutations, the checks, and a worker process with a watchdog. Does not belong
here: the run and its report (see `bench.fuzz`).

Plain seeded mutation is used instead of atheris or hypothesis. Most of the parsing code is C without coverage counters
(libxml2, zlib, `re`), so atheris would get no feedback; whole pages of 100 kB are far too large for hypothesis to
generate and shrink. Readers break on structure, so the mutations know tags, attributes, entities and charsets, and the
words of each format. Target, seed and number identify a case.
"""
