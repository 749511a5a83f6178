"""A small content for tests, with one article per fault, so that the shipped content may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiders.mirror.content import Content, load_content
from spiders.mirror.sites import all_sites
from spiders.mirror.sites.base import PublishingSite

LIFERAY = """
portal: my-duc-thu-nghiem
sections: {tin-tuc: Tin tức, thong-bao: Thông báo}
articles:
  - id: 100
    section: tin-tuc
    title: Họp giao ban tháng Ba
    lead: Cuộc họp bàn ba việc.
    published: 2025-03-10 17:41
    byline: Văn phòng huyện
    views: 181
    body:
      - Sáng nay, văn phòng họp giao ban. Ủy ban bàn ba việc của xã An Hòa.
      - {image: hop.jpg, caption: Quang cảnh cuộc họp.}
      - {heading: Ba việc}
      - Việc thứ nhất là thủy lợi. Việc thứ hai là trường học.
      - Việc thứ ba để tuần sau.
    source: {name: Báo Thủ đô thử nghiệm, url: "https://baothudo.test/thoi-su/hop-giao-ban-900.html"}
    days:
      2: {title: Họp giao ban tháng Tư, replace: {3: Việc thứ nhất đã xong.}, append: [Cuộc họp kết thúc lúc 11 giờ.]}
      4: {reverted: true}
  - {id: 101, section: thong-bao, title: Kế hoạch tuần, published: 2025-03-09, body: [Xem tệp.],
     attachments: [{name: Kế hoạch số 45, file: ke-hoach-45.pdf}, {name: Phụ lục, file: phu-luc.doc}]}
  - {id: 102, section: tin-tuc, title: Bài đã dời chỗ khác, published: 2025-03-08 08:00, body: [Một.], faults: [moved]}
  - {id: 103, section: tin-tuc, title: Bài không còn, published: 2025-03-07 08:00, faults: [gone_as_list]}
  - {id: 104, section: tin-tuc, title: Bài mất, published: 2025-03-06 08:00, faults: [missing]}
  - {id: 105, section: tin-tuc, title: Bài chậm, published: 2025-03-05 08:00, body: [Chậm.], faults: [slow]}
  - {id: 106, section: tin-tuc, title: Sai mã, published: 2025-03-04 08:00, body: [Chữ Việt.], faults: [wrong_charset]}
  - {id: 107, section: tin-tuc, title: Thiếu mã, published: 2025-03-03 08:00, body: [Chữ Việt.], faults: [no_charset]}
  - {id: 108, section: tin-tuc, title: Sẽ gỡ, published: 2025-03-02 08:00, body: [Sẽ gỡ.], days: {2: {removed: true}}}
  - {id: 109, section: tin-tuc, title: Tin mới, published: 2025-03-11 08:00, body: [Mới.], day: 2}
  - {id: 110, section: tin-tuc, title: Bản chép, published: 2025-03-11 07:00,
     copy_of: {portal: bao-thu-do-thu-nghiem, id: 900}, faults: [nfd]}
  - {id: 111, section: tin-tuc, title: Tin cũ 1, published: 2024-03-01 08:00, body: [Cũ.]}
  - {id: 112, section: tin-tuc, title: Tin cũ 2, published: 2024-02-01 08:00, body: [Cũ.]}
  - {id: 113, section: tin-tuc, title: Tin cũ 3, published: 2024-01-01 08:00, body: [Cũ.]}
"""

TWELVE_HOURS = """
portal: so-van-hoa-thu-nghiem
sections: {the-thao: Thể thao, van-ban: Văn bản}
articles:
  - {id: 200, section: the-thao, title: Chiều, published: 2025-03-10 14:05, body: [Buổi chiều.], views: 90}
  - {id: 201, section: the-thao, title: Không rõ giờ, published: 2025-03-09, body: [Không rõ.]}
  - {id: 202, section: van-ban, title: Văn bản mới, published: 2025-03-08 09:00, body: [Văn bản.]}
"""

WARD = """
portal: phuong-tay-ho-thu-nghiem
sections: {tin-tuc: Tin tức, doi-song: Đời sống}
articles:
  - id: 300
    section: doi-song
    title: Phố đi bộ ven hồ
    lead: Mở cửa hai tối cuối tuần.
    published: 2025-10-30 10:31
    views: 12
    tags: [đi bộ, Hồ Tây]
    body:
      - Phố mở từ 19 giờ.
      - {image: pho.jpg, caption: Phố lúc lên đèn.}
    source: {name: Báo Thủ đô thử nghiệm}
  - {id: 301, section: tin-tuc, title: Không rõ giờ, published: 2025-10-29, body: [Không rõ.]}
  - {id: 302, section: tin-tuc, title: Bài đã dời chỗ khác, published: 2025-10-28 08:00, body: [Một.], faults: [moved]}
  - {id: 303, section: tin-tuc, title: Bài mất, published: 2025-10-27 08:00, faults: [missing]}
""" + "".join(
    f"  - {{id: {310 + n}, section: tin-tuc, title: Tin số {n}, published: 2025-08-{n + 1:02} 08:00, body: [Tin.]}}\n"
    for n in range(20)
)

NEWSPAPER = """
portal: bao-thu-do-thu-nghiem
sections: {thoi-su: Thời sự}
articles:
  - id: 900
    section: thoi-su
    title: Họp giao ban
    published: 2025-03-10 08:15
    byline: Sông Tô
    body: [Đoạn một của báo., {image: bao.jpg, caption: Ảnh của báo.}, Đoạn hai của báo.]
  - {id: 901, section: thoi-su, title: Bài mất, published: 2025-03-09 08:15, faults: [missing]}
"""

VHV = """
portal: dang-bo-ha-dong-thu-nghiem
sections: {tin-tuc: Tin tức, thong-bao: Thông báo}
articles:
  - id: 600
    section: tin-tuc
    title: Chi bộ họp bàn việc ngõ
    lead: Ba việc được chọn.
    published: 2025-10-30 10:31
    byline: Văn phòng
    views: 12
    tags: [chi bộ]
    body: [Họp lúc 19 giờ., {image: hop.jpg, caption: Quang cảnh buổi họp}, {heading: Ba việc}, Việc thứ ba để sau.]
    source: {name: Báo Thủ đô thử nghiệm}
  - {id: 601, section: tin-tuc, title: Bài của năm ngoái, published: 2024-08-07 17:23, body: [Cũ.], byline: Thu Hà,
     attachments: [{name: Kế hoạch, file: ke-hoach.pdf}], faults: [caption_repeated]}
  - {id: 602, section: tin-tuc, title: Bài đã dời chỗ khác, published: 2025-03-08 08:00, body: [Một.], faults: [moved]}
  - {id: 603, section: tin-tuc, title: Bài không còn, published: 2025-03-07 08:00, faults: [gone_as_list]}
  - {id: 604, section: thong-bao, title: Sẽ gỡ, published: 2025-03-06, body: [Gỡ.], days: {2: {removed: true}}}
  - {id: 605, section: thong-bao, title: Lịch, published: 2025-03-05 08:00,
     attachments: [{name: Lịch, file: lich.pdf}, {name: Phụ lục, file: phu-luc.doc}]}
""" + "".join(
    f"  - {{id: {610 + n}, section: tin-tuc, title: Tin số {n}, published: 2025-08-{n + 1:02} 08:00, body: [Tin.]}}\n"
    for n in range(6)
)

ONECMS = """
portal: bao-ha-noi-ngay-nay-thu-nghiem
sections: {do-thi: Đô thị, emagazine: Emagazine}
articles:
  - id: 720900
    section: do-thi
    title: Cầu mới qua sông
    lead: Cầu dài 46m.
    published: 2025-03-10 08:15
    byline: Lam Giang
    tags: [cầu]
    body: [Đoạn một., {image: cau.jpg, caption: Cầu nhìn từ bờ.}, Đoạn hai.]
    source: {name: Báo Thủ đô thử nghiệm, url: "https://baothudo.test/thoi-su/hop-giao-ban-900.html"}
  - {id: 720901, section: emagazine, title: Bài dài, published: 2025-03-09, body: [Đoạn.]}
  - {id: 930900, section: do-thi, title: Bài cũ, lead: Lời dẫn., published: 2019-05-18 14:20, body: [Cũ.]}
  - {id: 720902, section: do-thi, title: Bài mất, published: 2025-03-08 08:00, faults: [missing]}
""" + "".join(
    f"  - {{id: {720910 + n}, section: do-thi, title: Tin số {n}, published: 2024-08-{n + 1:02} 08:00, body: [Tin.]}}\n"
    for n in range(9)
)

ZCE = """
portal: bao-do-thi-thu-nghiem
sections: {giao-thong: Giao thông, nha-o: Nhà ở}
articles:
  - id: 830900
    section: giao-thong
    title: Đèn biết chờ
    lead: Đèn xanh dài thêm.
    published: 2025-03-10 08:15
    byline: Thục Anh
    views: 50
    tags: [đèn]
    body: [Đoạn một., {image: den.jpg, caption: Đèn ở ngã tư.}, Đoạn hai.]
    source: {name: Báo Thủ đô thử nghiệm}
  - {id: 830901, section: nha-o, title: Mất tên, published: 2025-03-09 08:00, body: [Đoạn.], faults: [untitled]}
""" + "".join(
    f"  - {{id: {830910 + n}, section: nha-o, title: Tin số {n}, published: 2024-0{n + 1}-01 08:00, body: [Tin.]}}\n"
    for n in range(5)
)


NUKEVIET = """
portal: xa-dong-anh-thu-nghiem
sections: {tin-tuc: Tin tức, thong-bao: Thông báo}
articles:
  - id: 400
    section: tin-tuc
    title: Mở vòi nước sạch
    lead: Nước về xóm bãi.
    published: 2026-02-10 17:41
    byline: Đài xã
    views: 60
    tags: [nước sạch, xóm bãi]
    body: [Chiều nay mở vòi., {image: voi.jpg, caption: Vòi nước đầu tiên.}, Đường ống dài 3km.]
    source: {name: Báo Thủ đô thử nghiệm, url: "https://baothudo.test/thoi-su/hop-giao-ban-900.html"}
    attachments: [{name: Kế hoạch, file: ke-hoach.pdf}, {name: Phụ lục, file: phu-luc.xlsx}]
    days: {2: {append: [Đến tối, cả xóm có nước.]}}
  - {id: 401, section: tin-tuc, title: Bài của năm cũ, lead: Ngắn., published: 2025-11-10 08:05, byline: Đài xã,
     body: [Bài cũ.]}
  - {id: 402, section: tin-tuc, title: Bài đã dời chỗ khác, published: 2026-01-08 08:00, body: [Một.], faults: [moved]}
  - {id: 403, section: tin-tuc, title: Bài không còn, published: 2026-01-07 08:00, faults: [gone_as_list]}
  - {id: 404, section: tin-tuc, title: Bài mất, published: 2026-01-06 08:00, faults: [missing]}
  - {id: 405, section: tin-tuc, title: Sẽ gỡ, published: 2026-01-05 08:00, body: [Sẽ gỡ.], days: {2: {removed: true}}}
  - {id: 406, section: thong-bao, title: Lịch họp, published: 2026-01-04, body: [Lịch họp tuần.]}
"""


@pytest.fixture(scope="session")
def content_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of small content files, one per portal."""
    folder = tmp_path_factory.mktemp("content")
    for text in (LIFERAY, TWELVE_HOURS, WARD, NEWSPAPER, NUKEVIET, VHV, ONECMS, ZCE):
        portal = text.split("portal: ")[1].split("\n")[0]
        (folder / f"{portal}.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def content(content_folder: Path) -> Content:
    """Return that content, loaded."""
    return load_content(content_folder)


@pytest.fixture
def sites(content: Content) -> dict[str, PublishingSite]:
    """Return fresh sites of that content, by slug."""
    return {site.portal: site for site in all_sites(content).values() if isinstance(site, PublishingSite)}
