"""The test portals as web sites: which page stands at which address, and what differs from answer to answer.

Here: routing, view counters, tokens. Not here: sockets (`spiders.mirror.server`), or how a page is filled
(`spiders.mirror.render`, `spiders.mirror.markup`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from spiders.mirror.content import Content, ContentError
from spiders.mirror.sites.base import PublishingSite, Response, Site, challenge
from spiders.mirror.sites.liferay import LiferaySite
from spiders.mirror.sites.newspaper import NewspaperSite
from spiders.mirror.sites.nukeviet import NukeVietSite
from spiders.mirror.sites.onecms import OnecmsSite
from spiders.mirror.sites.vhv import VhvSite
from spiders.mirror.sites.ward import WardSite
from spiders.mirror.sites.zce import ZceSite


class ChallengeSite(Site):
    """A portal behind a cookie challenge: every address answers 200 with a script and no content."""

    def __init__(self, host: str) -> None:
        self.host = host

    def get(
        self, target: str, day: int, headers: Mapping[str, str] | None = None, at: datetime | None = None
    ) -> Response:
        """Return the challenge, which is the same for every address on every day."""
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
    """Return the test portals that `content` holds articles of, and the challenge, by host.

    Raises:
        ContentError: there is content for a portal that the mirror does not know.
    """
    sites: list[Site] = [ChallengeSite("xasocson.hanoi.test")]
    for portal in content.portals:
        if portal not in _PUBLISHING:
            raise ContentError(f"{portal}: no test portal shows this content; there are {', '.join(_PUBLISHING)}")
        sites.append(_PUBLISHING[portal](content, portal))
    return {site.host: site for site in sites}
