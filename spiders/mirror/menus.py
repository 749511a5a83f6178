"""Menus and sidebars: the boilerplate that fills most of a page.

Belongs here: names of static pages. Does not belong here: articles (`content/`) or markup (`templates/`).
"""

from __future__ import annotations

from spiders.mirror.content import slugify

Menu = tuple[tuple[str, tuple[str, ...]], ...]

GOVERNMENT: Menu = (
    (
        "Giới thiệu",
        ("Vị trí địa lý", "Lịch sử hình thành", "Cơ cấu tổ chức", "Chức năng nhiệm vụ", "Danh bạ điện thoại"),
    ),
    (
        "Chỉ đạo điều hành",
        ("Lịch tiếp công dân", "Thông báo kết luận", "Chương trình công tác", "Thông tin báo cáo thống kê"),
    ),
    (
        "Thủ tục hành chính",
        ("Bộ phận một cửa", "Tra cứu hồ sơ", "Dịch vụ công trực tuyến", "Phản ánh kiến nghị", "Biểu mẫu điện tử"),
    ),
    (
        "Văn bản",
        ("Văn bản quy phạm pháp luật", "Văn bản hành chính", "Dự thảo lấy ý kiến", "Phổ biến giáo dục pháp luật"),
    ),
    (
        "Công khai",
        ("Công khai ngân sách", "Công khai quy hoạch", "Đấu thầu mua sắm", "Tuyển dụng", "Kết luận thanh tra"),
    ),
    ("Di tích và lễ hội", ("Di tích xếp hạng", "Lễ hội truyền thống", "Làng nghề", "Ẩm thực", "Điểm đến")),
    ("Liên hệ", ("Hỏi đáp", "Góp ý", "Đường dây nóng", "Sơ đồ cổng")),
)

NEWSPAPER: Menu = (
    ("Thời sự", ("Chính quyền đô thị", "Người Hà Nội", "Ngoại thành hôm nay")),
    ("Kinh tế", ("Giá cả thị trường", "Làng nghề lên sàn", "Doanh nghiệp nhỏ")),
    ("Đô thị", ("Giao thông", "Quy hoạch", "Cây xanh mặt nước")),
    ("Xã hội", ("Giáo dục", "Y tế", "Việc làm", "An sinh")),
    ("Văn hóa", ("Di sản", "Sân khấu", "Sách", "Ẩm thực")),
    ("Bạn đọc", ("Đơn thư", "Hỏi đáp pháp luật", "Nhịp cầu nhân ái")),
)

PARTY: Menu = (
    (
        "Giới thiệu",
        ("Lịch sử Đảng bộ", "Ban Chấp hành", "Ủy ban Kiểm tra", "Cơ quan tham mưu", "Quy chế làm việc", "Danh bạ"),
    ),
    ("Văn kiện", ("Văn kiện đại hội", "Nghị quyết", "Chỉ thị", "Chương trình hành động", "Hướng dẫn")),
    (
        "Học tập và làm theo Bác",
        ("Tấm gương người tốt", "Mô hình tiêu biểu", "Tài liệu học tập", "Cuộc thi viết"),
    ),
    ("Kiểm tra giám sát", ("Kế hoạch kiểm tra", "Kết luận kiểm tra", "Trao đổi nghiệp vụ")),
    ("Đoàn thể", ("Mặt trận Tổ quốc", "Hội Phụ nữ", "Đoàn Thanh niên", "Hội Cựu chiến binh", "Công đoàn")),
    ("Tư liệu", ("Ảnh tư liệu", "Sách nói", "Nhân chứng kể chuyện", "Di tích cách mạng", "Lịch sử phường")),
    ("Liên hệ công tác", ("Hộp thư góp ý", "Lịch công tác tuần", "Lịch tiếp công dân")),
)

LINKS = (
    "Cổng dịch vụ công thử nghiệm",
    "Trang công báo thử nghiệm",
    "Thư viện số thử nghiệm",
    "Bản đồ số thử nghiệm",
    "Bảo tàng số thử nghiệm",
    "Trung tâm dữ liệu mở thử nghiệm",
    "Đài truyền thanh số thử nghiệm",
    "Trường học số thử nghiệm",
)


def page_names(menu: Menu) -> dict[str, str]:
    """Return the names of all pages in the menu, by the slug in their URL."""
    return {slugify(name): name for head, names in menu for name in (head, *names)}
