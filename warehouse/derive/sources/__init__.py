"""Where a page says that its text is from: credited sources, and the marks of agencies and papers.

Belongs here: pure functions of what a page says, and the stage that applies them to articles.
Does not belong here: finding credits on a page (`spiders.platforms.parts.attribution`), and which portal and which
article a credit means (dbt's `int_articles__credited`): that depends on what else is in the corpus.
"""
