"""Accuracy of extraction by field, beside other extractors: `make bench-extraction`.

Belongs here: gold cases (`cases`, `seeds`, `saved`), scoring (`score`), the extractors (`contenders`), the bars
(`bars`) and the report. Does not belong here: extraction (see `spiders.extract.article`), its speed (see
`bench.articles`), and the exact comparison of a fixture with its gold (see `spiders.onboarding.gold_cases`).
"""
