"""What extraction gets right, field by field, beside other extractors on the same bytes: `make bench-extraction`.

Here: gold cases (`cases`, `seeds`, `saved`), the pure scoring (`score`), what is scored (`contenders`), the bars
(`bars`), and the report. Not here: extraction itself (`spiders.extract.article`), or its speed (`bench.articles`).
"""
