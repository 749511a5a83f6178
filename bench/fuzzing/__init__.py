"""Seeded random mutation of pages, to check that the extractor withstands broken pages: `make fuzz`.

Belongs here: the original pages, the mutations, the checks, and a worker process with a watchdog. Does not belong
here: the run and its report (see `bench.fuzz`).

Plain seeded mutation is used instead of atheris or hypothesis. Most of the parsing code is C without coverage counters
(libxml2, `re`), so atheris would get no feedback; whole pages of 100 kB are far too large for hypothesis to generate
and shrink. Extractors break on structure, so the mutations know tags, attributes, entities and charsets. Seed and
number identify a case.
"""
