"""Pages bent and broken by a seeded chance, to see that the extractor stands them: `make fuzz`.

Here: the pages that are bent, how, what must hold afterwards, and a worker under a watchdog. Not here: the run and its
report (`bench.fuzz`).

Plain seeded mutation, and neither atheris nor hypothesis: what reads the pages is mostly C without coverage counters
(libxml2, `re`), which leaves the one blind; whole pages of 100 kB are far beyond what the other generates and shrinks.
Structure is what breaks an extractor, so the mutations know tags, attributes, entities and charsets, and a case is
known by its seed and number.
"""
