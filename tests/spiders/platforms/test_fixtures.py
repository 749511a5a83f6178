"""Every hand-written page of `tests/fixtures` comes out exactly as the file beside it says.

A new case is a folder with `page.html` and `article.json`; no code. `article` is null where the page shows none.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from spiders.extract import EXTRACTOR_VERSION, QUALITY_FLAGS, extract_article
from spiders.platforms import PLATFORMS
from spiders.portal import PlatformName
from tests.spiders.platforms.pages import FIXTURES, a_capture, a_portal

CASES = sorted(FIXTURES.glob("*/*/article.json"))
# Where a row came from is the capture's business.
PROVENANCE = ("article_id", "capture_id", "crawl_id", "portal", "captured_at", "warc_file", "warc_offset")


def as_json(article: Any) -> dict[str, Any]:
    row = {name: value for name, value in asdict(article).items() if name not in PROVENANCE}
    assert row.pop("extractor_version") == EXTRACTOR_VERSION
    return {
        name: value.isoformat() if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in row.items()
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_page_comes_out_as_expected(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))
    body = (path.parent / "page.html").read_bytes()
    platform = cast(PlatformName, path.parent.parent.name)
    url = expected["fetched_from"]
    capture = a_capture(url, body, content_type=expected["content_type"])
    article = extract_article(capture, body, a_portal(platform, url))
    found = article and as_json(article)
    # Only what the file says is compared.
    assert (found and {name: found[name] for name in expected["article"] or found}) == expected["article"]
    assert article is None or set(article.quality_flags) <= QUALITY_FLAGS.keys()


def test_every_platform_has_fixtures() -> None:
    assert {path.parent.parent.name for path in CASES} == set(PLATFORMS)
