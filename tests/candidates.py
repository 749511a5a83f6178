"""Rows of a register of candidates, and the hosts that they name beside the mirror's own."""

from __future__ import annotations

from spiders.onboarding.candidates import COLUMNS, Row
from tests.visiting import pages, redirect_to

WARD = "https://phuongtayho.hanoi.test"


def a_row(slug: str, kind: str, unit: str, address: str, **fields: str) -> Row:
    row = dict.fromkeys(COLUMNS, "") | {
        "slug": slug,
        "name": f"Cổng thông tin điện tử {unit}",
        "kind": kind,
        "administrative_unit": unit,
        "address": address,
        "evidence": "made for the test",
        "status": "candidate",
    }
    return row | fields


ROWS = [
    a_row("my-duc", "district", "Huyện Mỹ Đức", "https://myduc.hanoi.test", valid_until="2025-06-30"),
    a_row("tay-ho", "district", "Quận Tây Hồ", "https://tayho.test", valid_until="2025-06-30"),
    a_row("vang-mat", "department", "Thành phố Hà Nội", "https://vang-mat.test"),
    a_row("xa-soc-son", "commune", "Xã Sóc Sơn", "https://xasocson.hanoi.test", valid_from="2025-07-01"),
    a_row("ten-la", "district", "Quận Lạ", "https://ten-la.test"),
    a_row("da-co", "department", "Thành phố Hà Nội", "https://da-co.test", status="defined", definition="da-co"),
    a_row("dia-chi-hong", "department", "Thành phố Hà Nội", "http://["),
    a_row("khong-dia-chi", "ward", "Phường Ngọc Hà", "", evidence="unit 00008 in a list; no portal address known"),
    a_row("phuong-tay-ho", "ward", "Phường Tây Hồ", "", valid_from="2025-07-01",
          evidence="unit 00103 in a list; no portal address known"),
]  # fmt: skip
HOSTS = {
    "tayho.test": pages({"/": redirect_to(f"{WARD}/")}),
    "ten-la.test": pages({"/": redirect_to("https://sovanhoa.hanoi.test/")}),
    "da-co.test": pages({}),
}
