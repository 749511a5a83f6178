"""A plugin of Pelican that writes what it read of each published article to `stored.json`."""

import json
from pathlib import Path

from pelican import signals


def _write(generators):
    # Not earlier: the links between files are resolved once all files are known, and then kept.
    articles = [article for generator in generators for article in getattr(generator, "articles", ())]
    rows = [
        {
            "file": Path(article.source_path).name,
            "url": f"{article.settings['SITEURL']}/{article.url}",
            "title": article.title,
            "published_at": article.date.isoformat(),
            "section": article.category.name,
            "tags": [tag.name for tag in getattr(article, "tags", ())],
            "byline": ", ".join(author.name for author in article.authors),
            "html": article.content,
        }
        for article in articles
    ]
    Path("stored.json").write_text(json.dumps(rows), encoding="utf-8")


def register():
    signals.all_generators_finalized.connect(_write)
