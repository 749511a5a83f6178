"""Boilerplate for pages that are made from seeds: the texts that portals print around an article.

Belongs here: the texts, written for this project, and which of them a page contains. Does not belong here: their
position on the page (see `markup/`).
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, Final

WORDS: Final[Mapping[str, Any]] = {
    "portal": "Cổng thông tin điện tử huyện thử nghiệm",
    "paper": "Báo Thủ đô thử nghiệm",
    "menu": (
        "Trang chủ",
        "Giới thiệu chung",
        "Cơ cấu tổ chức",
        "Hoạt động của lãnh đạo",
        "Thủ tục hành chính",
        "Văn bản điều hành",
        "Hỏi đáp trực tuyến",
        "Sơ đồ cổng",
    ),
    "related": (
        "Ra quân nạo vét kênh mương trước mùa mưa bão",
        "Trường tiểu học thị trấn đón bằng đạt chuẩn quốc gia mức độ 2",
        "Lịch tiếp công dân của lãnh đạo huyện trong tuần tới",
        "Thông báo tạm ngừng cấp nước để súc rửa đường ống",
    ),
    "offices": (
        "Văn phòng HĐND và UBND",
        "Phòng Nội vụ",
        "Phòng Tư pháp",
        "Phòng Tài chính - Kế hoạch",
        "Phòng Quản lý đô thị",
        "Phòng Giáo dục và Đào tạo",
        "Phòng Văn hóa và Thông tin",
        "Phòng Lao động - Thương binh và Xã hội",
        "Thanh tra huyện",
        "Trung tâm Y tế",
    ),
    "rating": ("Tổng số điểm của bài viết là: 0 trong 0 đánh giá", "Click để đánh giá bài viết"),
    "comments": "Ý kiến bạn đọc",
    "comment": "Bài viết rất bổ ích, mong xã sớm làm nốt đoạn đường liên thôn.",
    "notice": "Đường dây nóng phản ánh, kiến nghị",
    "footer": "Chịu trách nhiệm nội dung: Chánh Văn phòng. Ghi rõ nguồn khi phát lại thông tin từ cổng này.",
}

LABELS: Final = (
    "Tin khác",
    "Gửi thư",
    "Những tin cũ hơn",
    "Dòng sự kiện",
    "Bài viết liên quan",
    "Nội dung đang cập nhật",
    "Tăng tương phản",
    "Đọc bài",
    "Sao chép liên kết",
    "Gửi bình luận",
    "Đọc nhiều",
    "Có thể bạn quan tâm",
    "Theo dõi báo trên Google News",
    "Từ khóa:",
    "Các tin khác:",
    "Quay lại",
    "Về đầu trang",
    "Chia sẻ bài viết",
    "Tin cùng chuyên mục",
    "Lượt xem",
    "View count",
    "Ngày đăng",
    "Đăng lúc",
    "Tác giả",
    "Nguồn tin",
    "(GMT+7)",
)
"""Texts that the page templates contain."""


def boilerplate_of(page: str) -> tuple[str, ...]:
    """Return the texts and labels that occur on a page."""
    shown = [text for value in WORDS.values() for text in ([value] if isinstance(value, str) else value)]
    return tuple(text for text in (*shown, *LABELS) if html.escape(text) in page)
