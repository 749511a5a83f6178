"""A corpus of any size, made from the mirror's texts, and what builds of it cost: `make bench-scale`.

Belongs here: the texts, what each crawl saw, the homes, and measuring builds of them (see docs/benchmarks.md). Does not
belong here: benchmarks of small corpora (`bench.corpus`), figures and their table (`bench.figures`).
"""
