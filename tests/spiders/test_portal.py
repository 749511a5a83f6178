"""Portal files: the contract of the shipped ones, and the errors for invalid ones."""

from __future__ import annotations

import os
import re
import ssl
import unicodedata
from datetime import date
from pathlib import Path

import pytest
import trustme
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from spiders.portal import SHIPPED_PORTALS, Portal, PortalError, Scope, load_portal, load_portals

SHIPPED_FILES = sorted(SHIPPED_PORTALS.glob("*.yml"))

VALID = """\
slug: thu-nghiem
name: Cổng thử nghiệm
owner:
  office: Ủy ban nhân dân xã Thử Nghiệm
  administrative_unit: Xã Thử Nghiệm
platform: generic
seed_urls:
  - https://thunghiem.test/tin-tuc
feeds:
  - https://thunghiem.test/rss
scope:
  hosts: [thunghiem.test]
  deny:
    - '/dang-nhap'
politeness:
  delay_seconds: 2
expectations:
  list_rows_min: 10
active_from: 2025-07-01
"""


def write(folder: Path, text: str, name: str = "thu-nghiem.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def line_of(text: str, fragment: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


def error_of(path: Path) -> str:
    with pytest.raises(PortalError) as caught:
        load_portal(path)
    return str(caught.value)


class TestShippedDefinitions:
    def test_all_load_together(self) -> None:
        portals = load_portals().valid

        assert {"my-duc", "tay-ho", "thanh-uy", "hanoimoi", "hanoi", "so-tttt"} <= set(portals)
        assert list(portals) == sorted(portals)

    @pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: path.stem)
    def test_a_shipped_file_keeps_the_contract(self, path: Path) -> None:
        portal = load_portal(path)

        assert portal.slug == path.stem
        assert all(portal.scope.covers(url) for url in portal.start_urls)
        assert portal.verified_on or portal.note, "the note of an unverified portal must name what is unverified"
        text = path.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", text)

    @pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: path.stem)
    def test_a_shipped_portal_is_a_real_site_with_polite_limits(self, path: Path) -> None:
        portal = load_portal(path)

        assert not any(host.endswith(".test") for host in portal.scope.hosts), "a test portal belongs to the mirror"
        assert portal.politeness.delay_seconds >= 2
        assert portal.politeness.connections == 1

    def test_the_notes_call_unverified_urls_guessed(self) -> None:
        for slug in ("my-duc", "tay-ho", "thanh-uy", "hanoimoi", "hanoi"):
            portal = load_portals().valid[slug]
            assert portal.verified_on is None
            assert "guessed" in (portal.note or ""), slug

    @pytest.mark.parametrize("slug", ["my-duc", "so-tttt"])
    def test_liferay_portals_exclude_crawler_traps(self, slug: str) -> None:
        portal = load_portals().valid[slug]
        home = portal.base_url

        for path in (
            "/pctn/-/view_content/2606828-tin",
            "/pctn?p_p_id=101&p_p_state=normal&_101_cur=2",
            "/pctn?p_p_id=101_INSTANCE_a1B2&p_p_state=normal&_101_INSTANCE_a1B2_cur=2",
            "/vien-thong",
            "/english-la-mot-trang-tin",
        ):
            assert portal.scope.covers(home + path), path
        for path in (
            "/en",
            "/pctn/vi",
            "/pctn/-/view_content/2606828-tin/vi/en/vi",
            "/pctn/en?p_p_id=101",
            "/web/sotttt-eng/history",
            "/dang-nhap?p_p_id=58",
            "/pctn?p_p_id=59_INSTANCE_6aZa&p_p_state=normal",
            "/pctn?p_p_id=101&p_p_state=pop_up&p_p_mode=view",
        ):
            assert not portal.scope.covers(home + path), path


def test_a_users_own_portal_is_loaded_with_the_shipped_ones(tmp_path: Path) -> None:
    write(tmp_path, VALID)

    portals = load_portals([SHIPPED_PORTALS, tmp_path]).valid

    assert portals["thu-nghiem"].owner.administrative_unit == "Xã Thử Nghiệm"
    assert set(portals) == set(load_portals().valid) | {"thu-nghiem"}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("xã Đông Anh", "Xã Đông Anh"),
        ("Phường Tây Hồ", "Phường Tây Hồ"),
        ("HUYỆN MỸ ĐỨC", "Huyện Mỹ Đức"),
        ("thành phố hà nội", "Thành phố Hà Nội"),
        ("Thành Phố Hà Nội", "Thành phố Hà Nội"),
        ("thị xã  Sơn Tây ", "Thị xã Sơn Tây"),
        ("THỊ TRẤN Văn Điển", "Thị trấn Văn Điển"),
        ("phường Văn Miếu - Quốc Tử Giám", "Phường Văn Miếu - Quốc Tử Giám"),
        ("PHƯỜNG Ô CHỢ DỪA", "Phường Ô Chợ Dừa"),
        (unicodedata.normalize("NFD", "quận Đống Đa"), "Quận Đống Đa"),
        ("đặc khu Cát Hải", "Đặc khu Cát Hải"),
        ("Hà Nội", "Hà Nội"),
        ("Xãm Hồ", "Xãm Hồ"),
    ],
)
def test_an_administrative_unit_has_one_case_and_form(tmp_path: Path, written: str, name: str) -> None:
    text = VALID.replace("administrative_unit: Xã Thử Nghiệm", f"administrative_unit: '{written}'")
    portal = load_portal(write(tmp_path, text))
    assert portal.owner.administrative_unit == name
    assert Portal.model_validate_json(portal.model_dump_json()) == portal


def test_an_administrative_unit_is_not_blank(tmp_path: Path) -> None:
    text = VALID.replace("administrative_unit: Xã Thử Nghiệm", "administrative_unit: '  '")
    with pytest.raises(PortalError, match=r"owner\.administrative_unit"):
        load_portal(write(tmp_path, text))


def test_fields_are_loaded_with_defaults(tmp_path: Path) -> None:
    portal = load_portal(write(tmp_path, VALID))

    assert portal.seed_urls == ("https://thunghiem.test/tin-tuc",)
    assert portal.start_urls == ("https://thunghiem.test/tin-tuc", "https://thunghiem.test/rss")
    assert portal.base_url == "https://thunghiem.test"
    assert portal.politeness.delay_seconds == 2
    assert portal.politeness.connections == 1
    assert portal.expectations.list_rows_min == 10
    assert portal.active_from == date(2025, 7, 1)
    assert portal.verified_on is None


def test_a_portal_is_active_between_its_dates_inclusive(tmp_path: Path) -> None:
    portal = load_portal(write(tmp_path, VALID + "active_until: 2025-12-31\n"))

    assert [
        portal.is_active(day) for day in (date(2025, 6, 30), date(2025, 7, 1), date(2025, 12, 31), date(2026, 1, 1))
    ] == [False, True, True, False]


class TestErrorsNameFileLineAndKey:
    @pytest.mark.parametrize(
        ("old", "new", "key", "reason"),
        [
            ("platform:", "plattform:", "plattform", "unknown key"),
            ("  list_rows_min:", "  list_row_min:", "expectations.list_row_min", "unknown key"),
            ("  office:", "  offfice:", "owner.offfice", "unknown key"),
            ("list_rows_min: 10", "list_rows_min: many", "expectations.list_rows_min", "valid integer"),
            ("delay_seconds: 2", "delay_seconds: -1", "politeness.delay_seconds", "greater than or equal to 0"),
            ("hosts: [thunghiem.test]", "hosts: thunghiem.test", "scope.hosts", "must be a list"),
            ("hosts: [thunghiem.test]", "hosts: ['https://thunghiem.test']", "scope.hosts.0", "bare host name"),
            ("hosts: [thunghiem.test]", "hosts: [ThuNghiem.test]", "scope.hosts.0", "lower case"),
            ("platform: generic", "platform: joomla", "platform", "'liferay_point'"),
            ("    - '/dang-nhap'", "    - '(/dang-nhap'", "scope.deny.0", "is not a regular expression"),
            (
                "platform: generic",
                "platform: generic\ntemplates:\n  - {name: cũ, title: 'h1[', body: td}",
                "templates.0.title",
                "is not a CSS selector",
            ),
            ("/tin-tuc", "/tin-tuc\n  - thunghiem.test/kinh-te", "seed_urls.1", "absolute http or https"),
            ("/tin-tuc", "/tin-tuc\n  - https://khac.test/", "seed_urls.1", "outside the portal's own scope"),
            ("/tin-tuc", "/tin-tuc\n  - https://ten:mat@thunghiem.test/", "seed_urls.1", "must not hold a user name"),
            ("delay_seconds: 2", "timeout_seconds: 601", "politeness.timeout_seconds", "less than or equal to 600"),
            ("https://thunghiem.test/rss", "https://khac.test/rss", "feeds.0", "outside the portal's own scope"),
            ("https://thunghiem.test/rss", "https://thunghiem.test/dang-nhap", "feeds.0", "outside the portal's"),
            ("active_from: 2025-07-01", "active_from: 2025-06-31", "active_from", "valid date"),
            ("active_from: 2025-07-01", "active_from: 01/07/2025", "active_from", "must be a date such as"),
            ("active_from: 2025-07-01", "active_from: 1751328000", "active_from", "must be a date such as"),
            ("active_from: 2025-07-01", "active_from: 2025-07-01T00:00:00Z", "active_from", "must be a date such as"),
            ("delay_seconds: 2", "delay_seconds: no", "politeness.delay_seconds", "must not be yes or no"),
            ("delay_seconds: 2", "pages_max: on", "politeness.pages_max", "must not be yes or no"),
            (
                "delay_seconds: 2",
                "retry_delays_seconds: [2, true]",
                "politeness.retry_delays_seconds",
                "must not be yes or no",
            ),
        ],
    )
    def test_error_for_a_wrong_value(self, tmp_path: Path, old: str, new: str, key: str, reason: str) -> None:
        text = VALID.replace(old, new)
        path = write(tmp_path, text)

        message = error_of(path)

        line = line_of(text, new.splitlines()[-1].strip())
        assert f"{path}:{line}: {key}: " in message
        assert reason in message

    def test_error_for_a_missing_key(self, tmp_path: Path) -> None:
        path = write(tmp_path, VALID.replace("  office: Ủy ban nhân dân xã Thử Nghiệm\n", ""))

        assert error_of(path) == f"{path}:3: owner.office: the key is missing"

    def test_error_for_a_period_that_ends_before_it_begins(self, tmp_path: Path) -> None:
        text = VALID + "active_until: 2025-06-30\n"
        path = write(tmp_path, text)

        assert error_of(path) == f"{path}:{line_of(text, 'active_until')}: active_until: is before active_from"

    def test_error_for_article_patterns_on_another_platform(self, tmp_path: Path) -> None:
        text = VALID.replace("generic", "liferay_point") + "article_patterns: ['x']\n"
        path = write(tmp_path, text)

        assert f"{path}:{line_of(text, 'article_patterns')}: article_patterns: belongs to" in error_of(path)

    def test_error_for_no_start_url(self, tmp_path: Path) -> None:
        path = write(
            tmp_path,
            VALID.replace("seed_urls:\n  - https://thunghiem.test/tin-tuc\n", "").replace(
                "feeds:\n  - https://thunghiem.test/rss\n", ""
            ),
        )

        assert error_of(path) == f"{path}:1: give at least one of seed_urls, feeds, sitemaps"

    def test_error_for_everything_wrong_at_once(self, tmp_path: Path) -> None:
        path = write(tmp_path, VALID.replace("platform:", "plattform:").replace("list_rows_min", "rows_min"))

        message = error_of(path)

        assert "plattform: unknown key" in message
        assert "platform: the key is missing" in message
        assert "expectations.rows_min: unknown key" in message

    @pytest.mark.parametrize(
        ("extra", "key"),
        [("slug: hai\n", "slug"), ("politeness:\n  connections: 1\n  connections: 2\n", "connections")],
    )
    def test_error_for_a_key_given_twice(self, tmp_path: Path, extra: str, key: str) -> None:
        text = VALID.replace("politeness:\n  delay_seconds: 2\n", "") + extra
        path = write(tmp_path, text)

        assert error_of(path) == f"{path}:{len(text.splitlines())}: {key}: the key is given twice"

    def test_error_for_a_slug_that_is_not_the_file_name(self, tmp_path: Path) -> None:
        path = write(tmp_path, "# first line\n" + VALID, "khac.yml")

        assert error_of(path) == f"{path}:2: slug: 'thu-nghiem' must equal the file's name"


class TestUnreadableFiles:
    def test_invalid_yaml_is_an_error(self, tmp_path: Path) -> None:
        text = VALID.replace("hosts: [thunghiem.test]", "hosts: [thunghiem.test")
        path = write(tmp_path, text)

        message = error_of(path)

        assert message.startswith(f"{path}:{line_of(text, 'hosts:') + 1}: ")
        assert "expected" in message

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "mapping of keys to values"),
            ("- a\n- b\n", "mapping of keys to values"),
            ("slug: !!python/object:os.system x\n", "tags (!) are not allowed"),
            ("? [a, b]\n: c\n", "a key must be plain text, not a list or mapping"),
            ("slug: a\x00b\n", "special characters are not allowed"),
        ],
    )
    def test_yaml_that_is_no_portal_is_an_error(self, tmp_path: Path, text: str, reason: str) -> None:
        path = write(tmp_path, text)

        message = error_of(path)

        assert message.startswith(f"{path}:1: ")
        assert reason in message

    def test_a_file_that_is_not_utf8_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "thu-nghiem.yml"
        path.write_bytes(VALID.encode("utf-16"))

        assert error_of(path).startswith(f"{path}: cannot be read: 'utf-8' codec")

    def test_a_missing_file_is_an_error(self, tmp_path: Path) -> None:
        assert "cannot be read" in error_of(tmp_path / "absent.yml")


class TestFolders:
    """A bad file takes out its own portal, and no other."""

    def test_the_shipped_files_are_right(self) -> None:
        files = load_portals()
        assert files.complaints == ()
        assert len(files.valid) >= 4

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        files = load_portals([SHIPPED_PORTALS, tmp_path / "absent"])
        assert files.problems == (f"{tmp_path / 'absent'}: this folder of portal files does not exist",)
        assert files.valid == load_portals().valid

    def test_a_file_in_the_place_of_a_folder_is_named(self, tmp_path: Path) -> None:
        file = write(tmp_path, VALID)
        files = load_portals([file, tmp_path])
        assert files.problems == (f"{file}: this folder of portal files cannot be read: Not a directory",)
        assert set(files.valid) == {"thu-nghiem"}

    @pytest.mark.parametrize("second", [VALID, "nonsense"])
    def test_two_files_with_one_slug_are_both_named_and_neither_counts(self, tmp_path: Path, second: str) -> None:
        first, other = tmp_path / "a", tmp_path / "b"
        first.mkdir()
        other.mkdir()
        write(first, VALID)
        write(other, second)
        write(other, VALID.replace("thu-nghiem", "khac"), "khac.yml")

        files = load_portals([first, other])

        assert files.invalid == {
            "thu-nghiem": f"slug 'thu-nghiem' is defined by {first / 'thu-nghiem.yml'} and by "
            f"{other / 'thu-nghiem.yml'}: keep one of them"
        }
        assert set(files.valid) == {"khac"}

    def test_a_folder_that_is_given_twice_counts_once(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "a")
        write(tmp_path / "a", VALID)
        files = load_portals([tmp_path / "a", tmp_path / "link"])
        assert (set(files.valid), files.complaints) == ({"thu-nghiem"}, ())

    def test_all_wrong_files_are_named_and_the_others_are_valid(self, tmp_path: Path) -> None:
        write(tmp_path, VALID.replace("generic", "joomla"), "mot.yml")
        write(tmp_path, "nonsense", "hai.yml")
        write(tmp_path, VALID)

        files = load_portals([tmp_path])

        assert set(files.valid) == {"thu-nghiem"}
        assert files.invalid["hai"].startswith(f"{tmp_path / 'hai.yml'}:1: ")
        assert files.invalid["mot"].startswith(f"{tmp_path / 'mot.yml'}:6: platform: ")
        assert files.complaints == (files.invalid["hai"], files.invalid["mot"])

    @pytest.mark.parametrize("name", ["thu-nghiem.yaml", "thu-nghiem.YML", "thu-nghiem.Yaml"])
    def test_a_file_with_another_suffix_takes_its_portal_out(self, tmp_path: Path, name: str) -> None:
        write(tmp_path, VALID, name)
        files = load_portals([tmp_path])
        assert files.invalid == {"thu-nghiem": f"{tmp_path / name}: the name of a portal file must end in .yml"}

    @pytest.mark.parametrize("name", ["Thu-Nghiem.yml", "thu_nghiem.yml", "thu nghiem.yml", "a" * 61 + ".yml", "đ.yml"])
    def test_a_file_whose_name_is_no_slug_is_named(self, tmp_path: Path, name: str) -> None:
        write(tmp_path, VALID, name)
        write(tmp_path, VALID)
        files = load_portals([tmp_path])
        assert (set(files.valid), files.invalid) == ({"thu-nghiem"}, {})
        (problem,) = files.problems
        assert problem.startswith(f"{tmp_path / name}: the file's name defines no portal: slug ")

    def test_a_file_name_that_is_not_utf8_is_named_in_text_that_can_be_stored(self, tmp_path: Path) -> None:
        (tmp_path / os.fsdecode(b"\xff.yml")).write_text(VALID, encoding="utf-8")
        (problem,) = load_portals([tmp_path]).problems
        assert problem.encode().startswith(str(tmp_path).encode())

    def test_hidden_files_and_other_kinds_are_left_out(self, tmp_path: Path) -> None:
        for name in (".thu-nghiem.yml", "._thu-nghiem.yml", "thu-nghiem.yml~", "ghi-chu.txt", "candidates.csv"):
            write(tmp_path, "nonsense", name)
        (tmp_path / ".#thu-nghiem.yml").symlink_to("an-editors-lock")
        (tmp_path / "fixtures").mkdir()
        assert load_portals([tmp_path]).complaints == ()

    @pytest.mark.parametrize("kind", ["folder", "pipe", "link that leads nowhere", "link to a device", "loop"])
    def test_what_is_no_file_takes_its_portal_out_and_nothing_waits_for_it(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "thu-nghiem.yml"
        targets: dict[str, str | Path] = {
            "link that leads nowhere": "absent",
            "link to a device": "/dev/zero",
            "loop": path,
        }
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to(targets[kind])
        files = load_portals([tmp_path])
        assert files.invalid["thu-nghiem"].startswith(f"{path}: cannot be read: ")

    @pytest.mark.parametrize("name", ["khong-co.pem", "/dev/zero", ".", "a\\0b", "thu-nghiem.yml"])
    def test_a_certificate_file_that_cannot_be_used_takes_its_portal_out(self, tmp_path: Path, name: str) -> None:
        write(tmp_path, VALID + f'tls:\n  extra_certificates: ["{name}"]\n')
        assert load_portals([tmp_path]).invalid["thu-nghiem"].startswith(f"{tmp_path / 'thu-nghiem.yml'}:")

    def test_a_certificate_of_an_unknown_version_takes_its_portal_out(self, tmp_path: Path) -> None:
        write(tmp_path, VALID + "tls: {extra_certificates: [sai.pem]}\n")
        der = ssl.PEM_cert_to_DER_cert(trustme.CA().cert_pem.bytes().decode())
        version_3, version_6 = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"
        assert version_3 in der
        pem = ssl.DER_cert_to_PEM_cert(der.replace(version_3, version_6, 1))
        (tmp_path / "sai.pem").write_text(pem, encoding="ascii")
        assert "tls.extra_certificates.0: contains no certificates" in load_portals([tmp_path]).invalid["thu-nghiem"]

    def test_an_unknown_portal_is_named_with_the_known_and_the_nearest_ones(self, tmp_path: Path) -> None:
        write(tmp_path, VALID)
        write(tmp_path, "nonsense", "khac.yml")
        files = load_portals([tmp_path])

        assert files.find("thu-nghiem").slug == "thu-nghiem"
        with pytest.raises(
            PortalError, match=r"^unknown portal 'thu-ngiem'; known: khac, thu-nghiem; the nearest: thu-nghiem$"
        ):
            files.find("thu-ngiem")
        with pytest.raises(PortalError, match=r"khac\.yml:1: "):
            files.find("khac")
        with pytest.raises(PortalError, match=r"^unknown portal '(\\x1b){20}x{60}';"):
            files.find("\x1b" * 20 + "x" * 10**6)
        with pytest.raises(PortalError, match=r"known: none$"):
            load_portals([]).find("thu-nghiem")


class TestScope:
    SCOPE = Scope(hosts=("a.test",), allow=("^/tin/",), deny=("/in/", r"[?&]lang=en"))

    @pytest.mark.parametrize("url", ["https://a.test/tin/1", "http://a.test:80/tin/1?trang=2", "https://A.test/tin/"])
    def test_a_url_in_scope_is_covered(self, url: str) -> None:
        assert self.SCOPE.covers(url)

    @pytest.mark.parametrize(
        "url",
        [
            "https://a.test/khac/1",
            "https://a.test/tin/in/1",
            "https://a.test/tin/1?lang=en",
            "https://b.test/tin/1",
            "https://a.test.b.test/tin/1",
            "https://x.a.test/tin/1",
            "https://b.test@c.test/tin/1",
            "https://b@a.test/tin/1",
            "https://a.test:8443/tin/1",
            "http://a.test:443/tin/1",
            "ftp://a.test/tin/1",
            "javascript:void(0)",
            "http://[a.test/tin/1",
            "",
        ],
    )
    def test_a_url_out_of_scope_is_not_covered(self, url: str) -> None:
        assert not self.SCOPE.covers(url)


def test_the_model_explains_its_errors_without_a_file() -> None:
    with pytest.raises(ValueError, match="outside the portal's own scope"):
        Portal.model_validate(
            {
                "slug": "a",
                "name": "A",
                "owner": {"office": "A", "administrative_unit": "A"},
                "platform": "generic",
                "seed_urls": ["https://b.test/"],
                "scope": {"hosts": ["a.test"]},
            }
        )


class TestTheGuide:
    GUIDE = Path(__file__).resolve().parents[2] / "docs" / "add-a-portal.md"

    def test_the_guide_names_every_field_and_its_default(self) -> None:
        text = self.GUIDE.read_text(encoding="utf-8")
        table = text[text.index("## Every field") : text.index("## Choosing the expectations")]
        documented = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", table, re.MULTILINE))

        fields = _fields(Portal)
        assert set(documented) == set(fields)
        for name, default in fields.items():
            assert (documented[name] == "required") == (default is PydanticUndefined), name
            if isinstance(default, bool):
                assert documented[name] == f"`{str(default).lower()}`", name
            elif isinstance(default, int | float):
                assert float(documented[name]) == default, name
            elif isinstance(default, str):
                assert documented[name] == f"`{default}`", name
            elif isinstance(default, tuple) and default:
                assert documented[name] == ", ".join(f"{value:g}" for value in default), name

    def test_the_example_of_the_guide_loads(self, tmp_path: Path) -> None:
        example = self.GUIDE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]

        assert load_portal(write(tmp_path, example, "phuong-tay-ho.yml")).owner.administrative_unit == "Phường Tây Hồ"


def _fields(model: type[BaseModel], prefix: str = "") -> dict[str, object]:
    """Return the dotted names of a model's fields, with their defaults."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= _fields(field.annotation, f"{prefix}{name}.")
        else:
            found[prefix + name] = field.default
    return found
