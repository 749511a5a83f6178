"""The platform registry: a package and one line make a platform, and no other place lists the names."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from spiders.extract.article import extract_page
from spiders.onboarding.captures import CapturedPage
from spiders.onboarding.cms_signatures import match_signatures
from spiders.pages.page import Platform
from spiders.platform_registry import GENERIC, PLATFORM_PACKAGES
from spiders.platforms import PLATFORMS
from spiders.portal import PortalError, load_portal
from tests.spiders.platforms.pages import CAPTURED_AT

REPOSITORY = Path(__file__).resolve().parents[2]
INTERFACE = [name for name in vars(Platform) if not name.startswith("_")]

TOY = """\
from spiders.pages.page import Template
from spiders.pages.signatures import signature
from spiders.platforms.generic.platform import *
from spiders.platforms.generic.platform import TEMPLATES as _GENERIC

NAME = "toy"
SIGNATURES = (signature(3, "the toy's generator", "content=.Toy CMS"),)
TEMPLATES = (Template("toy-1", None, lambda page: True, _GENERIC[0].article_parts),)
"""
PORTAL = """\
slug: do-choi
name: Cổng đồ chơi
owner:
  office: Ủy ban nhân dân xã Đồ Chơi
  administrative_unit: Xã Đồ Chơi
platform: toy
seed_urls: [https://dochoi.test/]
scope:
  hosts: [dochoi.test]
"""
PAGE = (
    """<!DOCTYPE html><html><head><meta name="generator" content="Toy CMS 1"></head><body><article>
<h1>Xã Đồ Chơi mở hội chợ mùa thu</h1><p class="date">05/09/2025 08:00</p>
"""
    + "<p>Sáng nay, xã Đồ Chơi mở hội chợ mùa thu với sự tham gia của nhiều hộ sản xuất trong vùng.</p>\n" * 4
    + ("</article></body></html>")
)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Register a platform whose package is in a folder of its own; return a portal file that uses it."""
    package = tmp_path / "packages" / "toy_platform"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from toy_platform import platform\n\nPLATFORM = platform\n", encoding="utf-8")
    (package / "platform.py").write_text(TOY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setitem(PLATFORM_PACKAGES, "toy", "toy_platform")
    path = tmp_path / "do-choi.yml"
    path.write_text(PORTAL, encoding="utf-8")
    return path


def test_a_package_and_a_line_make_a_platform(toy: Path) -> None:
    portal = load_portal(toy)
    assert portal.platform == "toy"

    url = "https://dochoi.test/hoi-cho"
    found = match_signatures([CapturedPage(url, url, PAGE.encode(), None, CAPTURED_AT)])
    assert (found.platform, found.system, found.signatures) == ("toy", "toy", ("the toy's generator",))

    article = extract_page(PAGE.encode(), url, portal, CAPTURED_AT)
    assert article is not None
    assert (article.extractor, article.template) == ("toy", "toy-1")
    assert article.title == "Xã Đồ Chơi mở hội chợ mùa thu"


def test_an_unregistered_name_is_refused_with_the_registered_names(tmp_path: Path) -> None:
    path = tmp_path / "do-choi.yml"
    path.write_text(PORTAL, encoding="utf-8")

    with pytest.raises(PortalError) as caught:
        load_portal(path)

    message = str(caught.value)
    assert message.startswith(f"{path}:6: platform: Input should be ")
    assert re.findall(r"'(\w+)'", message) == list(PLATFORM_PACKAGES)


@pytest.mark.parametrize("name", PLATFORM_PACKAGES)
def test_a_registered_platform_is_a_package_with_the_whole_interface(name: str) -> None:
    platform = PLATFORMS[name]

    assert (REPOSITORY / PLATFORM_PACKAGES[name].replace(".", "/") / "__init__.py").is_file()
    assert name == platform.NAME
    assert [word for word in INTERFACE if not hasattr(platform, word)] == []
    assert bool(platform.SIGNATURES) == (name != GENERIC)
    for word in INTERFACE:
        if inspect.isfunction(wanted := vars(Platform)[word]):
            _, *parameters = inspect.signature(wanted).parameters
            assert [*inspect.signature(getattr(platform, word)).parameters] == parameters, word


def test_every_platform_package_is_registered() -> None:
    packages = {
        ".".join(file.parent.relative_to(REPOSITORY).parts)
        for file in (REPOSITORY / "spiders" / "platforms").rglob("__init__.py")
        if re.search(r"^PLATFORM\b", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert packages == set(PLATFORM_PACKAGES.values())


def test_no_other_place_lists_the_names() -> None:
    """Except for the test portals, which name the platform that each simulates."""
    folders = [REPOSITORY / name for name in ("spiders", "warehouse", "dagster_project")]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    named = [
        f"{file.relative_to(REPOSITORY)}:{line}: {name}"
        for file in files
        if not file.is_relative_to(REPOSITORY / "spiders" / "mirror")
        for line, name in _words(file)
        if name in PLATFORM_PACKAGES and not _may_name(file, name)
    ]
    assert named == []


def _words(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _may_name(file: Path, name: str) -> bool:
    package = REPOSITORY / PLATFORM_PACKAGES[name].replace(".", "/")
    return file.is_relative_to(package) or file.stem == "platform_registry"
