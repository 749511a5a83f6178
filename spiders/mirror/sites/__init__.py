"""The test portals as web sites: the page at each URL, and what changes between responses.

Belongs here: routing, view counters, tokens. Does not belong here: sockets (`spiders.mirror.server`), or rendering
(`spiders.mirror.render`, `spiders.mirror.markup`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from spiders.mirror.content import Content
from spiders.mirror.content_files import ContentError
from spiders.mirror.sites.base import PublishingSite, Response, Site, challenge
from spiders.mirror.sites.liferay import LiferaySite
from spiders.mirror.sites.newspaper import NewspaperSite
from spiders.mirror.sites.nukeviet import NukeVietSite
from spiders.mirror.sites.onecms import OnecmsSite
from spiders.mirror.sites.vhv import VhvSite
from spiders.mirror.sites.ward import WardSite
from spiders.mirror.sites.zce import ZceSite


class ChallengeSite(Site):
    """A portal behind a cookie challenge: every URL returns status 200 with a script and no content."""

    def __init__(self, host: str) -> None:
        self.host = host

    def get(
        self, target: str, day: int, headers: Mapping[str, str] | None = None, at: datetime | None = None
    ) -> Response:
        """Return the challenge, whatever the URL and the day; only its token differs."""
        return challenge()


_PUBLISHING: Mapping[str, Callable[[Content, str], PublishingSite]] = {
    "my-duc-thu-nghiem": partial(
        LiferaySite,
        host="myduc.hanoi.test",
        name="Cổng thông tin điện tử huyện Mỹ Đức (thử nghiệm)",
        owner="Ủy ban nhân dân huyện Mỹ Đức",
        twelve_hours=False,
    ),
    "so-van-hoa-thu-nghiem": partial(
        LiferaySite,
        host="sovanhoa.hanoi.test",
        name="Cổng thông tin điện tử Sở Văn hóa và Thể thao Hà Nội (thử nghiệm)",
        owner="Sở Văn hóa và Thể thao Hà Nội",
        twelve_hours=True,
    ),
    "phuong-tay-ho-thu-nghiem": partial(
        WardSite,
        host="phuongtayho.hanoi.test",
        name="Cổng thông tin điện tử phường Tây Hồ (thử nghiệm)",
        owner="Ủy ban nhân dân phường Tây Hồ",
    ),
    "bao-thu-do-thu-nghiem": partial(
        NewspaperSite, host="baothudo.test", name="Báo Thủ đô thử nghiệm", owner="Báo Thủ đô thử nghiệm"
    ),
    "dang-bo-ha-dong-thu-nghiem": partial(
        VhvSite,
        host="hadong.hanoi.test",
        name="Trang thông tin Đảng bộ phường Hà Đông (thử nghiệm)",
        owner="Đảng ủy phường Hà Đông",
    ),
    "xa-dong-anh-thu-nghiem": partial(
        NukeVietSite,
        host="xadonganh.hanoi.test",
        name="Cổng thông tin điện tử xã Đông Anh (thử nghiệm)",
        owner="Ủy ban nhân dân xã Đông Anh",
    ),
    "bao-ha-noi-ngay-nay-thu-nghiem": partial(
        OnecmsSite, host="hanoingaynay.test", name="Báo Hà Nội ngày nay thử nghiệm", owner="Báo Hà Nội ngày nay"
    ),
    "bao-do-thi-thu-nghiem": partial(
        ZceSite, host="baodothi.test", name="Báo Đô thị thử nghiệm", owner="Báo Đô thị thử nghiệm"
    ),
}


def all_sites(content: Content) -> dict[str, Site]:
    """Return the test portals that have content, and the challenge portal, by host.

    Raises:
        ContentError: a portal with content has no site here.
    """
    sites: list[Site] = [ChallengeSite("xasocson.hanoi.test")]
    for portal in content.portals:
        if portal not in _PUBLISHING:
            raise ContentError(f"{portal}: there is no such test portal; there are {', '.join(_PUBLISHING)}")
        sites.append(_PUBLISHING[portal](content, portal))
    return {site.host: site for site in sites}
