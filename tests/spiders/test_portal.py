"""Portal files: the contract of the shipped ones, and the errors for invalid ones."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from spiders.portal import SHIPPED_PORTALS, Portal, PortalError, Scope, find_portal, load_portal, load_portals

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
        portals = load_portals()

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
            portal = load_portals()[slug]
            assert portal.verified_on is None
            assert "guessed" in (portal.note or ""), slug

    @pytest.mark.parametrize("slug", ["my-duc", "so-tttt"])
    def test_liferay_portals_exclude_crawler_traps(self, slug: str) -> None:
        portal = load_portals()[slug]
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

    portals = load_portals([SHIPPED_PORTALS, tmp_path])

    assert portals["thu-nghiem"].owner.administrative_unit == "Xã Thử Nghiệm"
    assert set(portals) == set(load_portals()) | {"thu-nghiem"}


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
            ("https://thunghiem.test/rss", "https://khac.test/rss", "feeds.0", "outside the portal's own scope"),
            ("https://thunghiem.test/rss", "https://thunghiem.test/dang-nhap", "feeds.0", "outside the portal's"),
            ("active_from: 2025-07-01", "active_from: 2025-06-31", "active_from", "valid date"),
            ("active_from: 2025-07-01", "active_from: 01/07/2025", "active_from", "valid date"),
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
            ("slug: !!python/object:os.system x\n", "could not determine a constructor"),
            ("? [a, b]\n: c\n", "unhashable key"),
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
    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(PortalError, match=r"absent: this folder of portal files does not exist"):
            load_portals([SHIPPED_PORTALS, tmp_path / "absent"])

    def test_two_files_with_one_slug_are_both_named(self, tmp_path: Path) -> None:
        first, second = tmp_path / "a", tmp_path / "b"
        first.mkdir()
        second.mkdir()
        write(first, VALID)
        write(second, VALID)

        with pytest.raises(PortalError) as caught:
            load_portals([first, second])

        assert str(caught.value) == (
            f"{second / 'thu-nghiem.yml'}: slug 'thu-nghiem' is already defined by {first / 'thu-nghiem.yml'}"
        )

    def test_all_wrong_files_are_named(self, tmp_path: Path) -> None:
        write(tmp_path, VALID.replace("generic", "joomla"), "mot.yml")
        write(tmp_path, "nonsense", "hai.yml")

        with pytest.raises(PortalError, match=r"(?s)hai\.yml:1: .*mot\.yml:6: platform"):
            load_portals([tmp_path])

    def test_a_file_with_the_suffix_yaml_is_named(self, tmp_path: Path) -> None:
        write(tmp_path, VALID, "thu-nghiem.yaml")

        with pytest.raises(PortalError, match=r"thu-nghiem\.yaml: the name of a portal file must end in \.yml"):
            load_portals([tmp_path])


def test_the_error_for_an_unknown_portal_lists_the_known_ones(tmp_path: Path) -> None:
    write(tmp_path, VALID)
    portals = load_portals([tmp_path])

    assert find_portal(portals, "thu-nghiem").slug == "thu-nghiem"
    with pytest.raises(PortalError, match=r"unknown portal 'thu-ngiem'; known: thu-nghiem"):
        find_portal(portals, "thu-ngiem")
    with pytest.raises(PortalError, match="known: none"):
        find_portal({}, "thu-nghiem")


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
