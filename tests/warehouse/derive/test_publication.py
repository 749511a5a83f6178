"""When an article was published, and that the stages agree on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.warehouse.tables import made_up
from warehouse.derive.publication import published_by
from warehouse.records import Precision

CAPTURED = datetime(2025, 3, 10, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "precision", "published"),
    [
        (None, None, CAPTURED),
        (CAPTURED - timedelta(days=2), "minute", CAPTURED - timedelta(days=2)),
        # Of a day, the end; a capture shows that it was published before.
        (CAPTURED - timedelta(days=2), "day", CAPTURED - timedelta(days=1)),
        (CAPTURED - timedelta(hours=8), "day", CAPTURED),
        (CAPTURED + timedelta(days=2), "second", CAPTURED),
    ],
)
def test_an_article_was_published_by_the_time_that_is_certain(
    stated: datetime | None, precision: Precision | None, published: datetime
) -> None:
    article = made_up.article(
        "my-duc", 1, "md-1", CAPTURED, published_at=stated, published_precision=precision, body=made_up.FESTIVAL
    )
    assert published_by(article) == published
    (signature,), (terms,) = made_up.signatures([article]), made_up.story_terms([article])
    assert signature.published_by == terms.published_by == published
