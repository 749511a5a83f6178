"""Made articles: civic events as several portals tell them, and reports of one form about different events."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from warehouse.derive.stories.rows import Rows, rows_of
from warehouse.derive.stories.terms import terms_of
from warehouse.records import StoryTerms

NOON: Final = datetime(2025, 3, 10, 5, tzinfo=UTC)

EVENTS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "bridge": (
        (
            "Thông xe cầu vượt nút giao Mai Lĩnh",
            "Sáng 9/3, Ban Quản lý dự án giao thông thành phố tổ chức lễ thông xe cầu vượt tại nút giao Mai Lĩnh. "
            "Cầu dài 412 m, rộng 16 m, có tổng mức đầu tư 568 tỷ đồng, được khởi công từ tháng 4/2023. "
            "Công trình giúp xe cộ trên Quốc lộ 6 không còn phải dừng chờ đèn tín hiệu ở nút giao này.",
        ),
        (
            "Hết cảnh ùn tắc ở nút giao Mai Lĩnh sau khi cầu vượt đi vào hoạt động",
            "Người dân phường Đồng Mai phấn khởi khi cây cầu vượt bắc qua nút giao Mai Lĩnh thông xe hôm 9/3. "
            "Theo Ban Quản lý dự án giao thông thành phố, cây cầu trị giá 568 tỷ đồng có chiều dài 412 m. "
            "Trước đây, giờ cao điểm nào Quốc lộ 6 đoạn qua đây cũng ùn ứ kéo dài.",
        ),
        (
            "Cầu vượt 568 tỷ đồng trên Quốc lộ 6 thông xe",
            "Sau gần hai năm thi công, cầu vượt nút giao Mai Lĩnh đã cho phép các phương tiện lưu thông từ sáng 9/3. "
            "Cầu rộng 16 m cho bốn làn xe; đơn vị thi công sẽ hoàn thiện cây xanh, chiếu sáng trong tháng này.",
        ),
    ),
    "well": (
        (
            "Phát hiện giếng cổ thời Lê khi đào móng trường học",
            "Trong lúc đào móng xây Trường Tiểu học Phú Kiều, công nhân phát hiện giếng cổ xếp bằng đá ong. "
            "Bảo tàng thành phố xác định giếng có niên đại thế kỷ XV, sâu 7,2 m, còn 34 hiện vật gốm men nâu. "
            "Việc thi công đã tạm dừng để các nhà khảo cổ khai quật.",
        ),
        (
            "Giếng đá ong gần 600 năm tuổi lộ diện ở Phú Kiều",
            "Các nhà khảo cổ của Bảo tàng thành phố đang khai quật giếng cổ lộ ra dưới móng Trường Tiểu học Phú Kiều. "
            "34 hiện vật gốm men nâu được đưa lên từ độ sâu 7,2 m. Chiếc giếng xếp đá ong có từ thời Lê sơ.",
        ),
    ),
    "flood": (
        (
            "Công điện ứng phó mưa lớn, ngập úng tại các xã ven sông Tích",
            "Chủ tịch UBND thành phố ban hành Công điện số 07/CĐ-UBND yêu cầu các xã ven sông Tích trực ban ngày đêm. "
            "Mực nước sông Tích tại trạm Vĩnh Phúc lúc 6 giờ là 7,86 m, trên báo động II. "
            "Các địa phương chuẩn bị sơ tán 1.240 hộ dân ở vùng trũng thấp.",
        ),
        (
            "Sông Tích vượt báo động II, hơn nghìn hộ sẵn sàng sơ tán",
            "Thực hiện Công điện 07/CĐ-UBND, các xã đã rà soát 1.240 hộ dân sống ở vùng trũng thấp ven sông Tích. "
            "Nước sông tại trạm Vĩnh Phúc dâng lên 7,86 m. Lực lượng xung kích được huy động đắp bao tải cát.",
        ),
        (
            "Ven sông Tích: thức trắng đêm canh nước",
            "Đêm qua, lực lượng xung kích đắp hàng nghìn bao tải cát giữ bờ sông Tích khi nước vượt báo động II. "
            "Theo Công điện số 07/CĐ-UBND, xã bố trí điểm sơ tán tại nhà văn hóa cho 1.240 hộ dân vùng trũng.",
        ),
        (
            "Mưa lớn gây ngập, thành phố yêu cầu trực ban 24/24 giờ",
            "Mưa lớn làm nước sông Tích lên nhanh, đạt 7,86 m tại trạm Vĩnh Phúc. Chủ tịch UBND thành phố có Công điện "
            "07/CĐ-UBND yêu cầu sơ tán người dân ở vùng trũng thấp khi có lệnh.",
        ),
    ),
    "library": (
        (
            "Khai trương thư viện số đầu tiên của huyện Phú Lộng",
            "Thư viện số huyện Phú Lộng mở cửa đón bạn đọc với 21.500 đầu sách điện tử và 40 máy tính. "
            "Học sinh được mượn máy đọc sách miễn phí trong 14 ngày bằng thẻ căn cước.",
        ),
        (
            "Học sinh Phú Lộng được mượn máy đọc sách miễn phí",
            "Từ tuần này, học sinh huyện Phú Lộng có thể mượn máy đọc sách tại thư viện số mới khai trương. "
            "Kho sách điện tử của thư viện có 21.500 đầu sách, bạn đọc đăng ký bằng thẻ căn cước.",
        ),
    ),
    "bus": (
        (
            "Mở tuyến buýt điện E12 nối ga Yên Hạ với khu công nghiệp Tây Sơn",
            "Từ 15/3, tuyến buýt điện E12 chạy từ ga Yên Hạ đến khu công nghiệp Tây Sơn, giá vé 8.000 đồng một lượt. "
            "Tuyến có 14 xe, mỗi chuyến cách nhau 15 phút, phục vụ từ 5 giờ đến 21 giờ 30.",
        ),
        (
            "Công nhân Tây Sơn sắp được đi làm bằng buýt điện",
            "Hơn 9.000 công nhân khu công nghiệp Tây Sơn sẽ có thêm lựa chọn khi tuyến buýt điện E12 khai trương. "
            "Vé lượt 8.000 đồng, 14 xe chạy giữa ga Yên Hạ và khu công nghiệp với tần suất 15 phút.",
        ),
    ),
}

_FORM: Final = (
    "Sáng nay, Ban Chấp hành Đảng bộ {place} tổ chức hội nghị sơ kết công tác {period}, triển khai nhiệm vụ trọng tâm "
    "thời gian tới. Dự hội nghị có các đồng chí trong Ban Thường vụ, lãnh đạo các phòng, ban, đoàn thể và bí thư các "
    "chi, đảng bộ trực thuộc. Báo cáo tại hội nghị do đồng chí {speaker} trình bày nêu rõ, kinh tế - xã hội tiếp tục "
    "phát triển ổn định, thu ngân sách đạt {income} tỷ đồng, bằng {share}% dự toán; giải ngân vốn đầu tư công đạt "
    "{paid} tỷ đồng. Công tác cải cách hành chính, chuyển đổi số được quan tâm chỉ đạo, toàn {place} có {teams} tổ "
    "công nghệ số cộng đồng. An ninh chính trị, trật tự an toàn xã hội được giữ vững. Phát biểu kết luận hội nghị, "
    "đồng chí {speaker} yêu cầu các cấp ủy, chính quyền tiếp tục phát huy tinh thần trách nhiệm, nêu gương, đẩy nhanh "
    "tiến độ các công trình trọng điểm, quyết tâm hoàn thành các chỉ tiêu, nhiệm vụ đề ra."
)
_PLACES: Final = (
    ("huyện Đan Hoài", "Lã Quý Bách"),
    ("huyện Tùng Khê", "Mạc Thế Tường"),
    ("quận Bắc Giang Vân", "Khuất Diên Hòa"),
    ("thị xã Cổ Lãm", "Ngọ Trọng Khiêm"),
    ("huyện Yên Hạ", "Phí Đăng Thụ"),
    ("quận Nam Trường", "Bạch Thục Uyên"),
)


def reports(period: str, seed: int) -> list[tuple[str, str]]:
    """Return the report of each place about a period, all in the same words."""
    chosen = random.Random(seed)  # noqa: S311 - no secret
    return [
        (
            f"Đảng bộ {place} sơ kết công tác {period}",
            _FORM.format(
                place=place,
                period=period,
                speaker=speaker,
                income=f"{chosen.randint(200, 4000)},{chosen.randint(1, 9)}",
                share=f"{chosen.randint(20, 90)},{chosen.randint(1, 9)}",
                paid=f"{chosen.randint(50, 900)},{chosen.randint(1, 9)}",
                teams=chosen.randint(60, 300),
            ),
        )
        for place, speaker in _PLACES
    ]


def tellings() -> dict[str, tuple[str, str]]:
    """Return title and text of every telling by an ID such as `bridge-0`."""
    return {f"{event}-{number}": told for event, all_told in EVENTS.items() for number, told in enumerate(all_told)}


def terms(article_id: str, title: str | None, text: str) -> StoryTerms:
    return terms_of(f"capture of {article_id}", article_id, NOON, title, text.split("\n"))


def rows(articles: Mapping[str, tuple[str, str]], times: Mapping[str, timedelta] | None = None) -> Rows:
    """Return articles as rows, published at noon or so much later."""
    return rows_of(
        (NOON + (times or {}).get(article_id, timedelta()), terms(article_id, title, text))
        for article_id, (title, text) in articles.items()
    )
