"""The portal that all contenders of benchmark `crawl` crawl, with pages of `bench.crawl.site`.

Does not belong here: rendering the pages, which a crawl's process must not load.
"""

from __future__ import annotations

from typing import Final

from spiders.portal import Portal

CONNECTIONS: Final = 4
HOST: Final = "myduc.hanoi.test"
START_URLS: Final = tuple(
    f"http://{HOST}/{name}" for name in ("dang-doan-the", "kinh-te", "van-hoa-xa-hoi", "thong-bao")
)
PORTAL: Final = Portal.model_validate(
    {
        "slug": "bench",
        "name": "Cổng thử nghiệm",
        "owner": {"office": "Văn phòng thử nghiệm", "administrative_unit": "thành phố Hà Nội"},
        "platform": "liferay_point",
        "seed_urls": START_URLS,
        "scope": {"hosts": [HOST]},
        "politeness": {"delay_seconds": 0, "connections": CONNECTIONS, "pages_max": 1_000_000},
    }
)
