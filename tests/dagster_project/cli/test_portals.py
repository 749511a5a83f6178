"""The commands `portals …` against the mirror: files, output and exit codes."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dagster_project.cli import main as cli
from dagster_project.cli import portals as portal_commands
from dagster_project.corpus import PORTALS_VARIABLE, DemoCorpus
from dagster_project.crawls.onboarding import fetch
from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.server import Mirror
from spiders.onboarding.candidates import Candidate, read_register, write_register
from spiders.portal import SHIPPED_PORTALS, load_portal
from tests.candidates import HOSTS, ROWS
from tests.dagster_project.cli.commands import Command, Done
from tests.visiting import fetch_without_network, pages, played, redirect_to
from warehouse.clock import HANOI_TIME
from warehouse.home import HOME_VARIABLE, Home

WARD = "https://phuongtayho.hanoi.test/"
TODAY = datetime.now(HANOI_TIME).date()


@pytest.fixture(scope="module")
def world() -> Iterator[Mirror]:
    with played(HOSTS) as served:
        yield served


@pytest.fixture
def own(tmp_path: Path, world: Mirror, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of portal files of the user's own; no process fetches pages, the mirror is asked directly."""
    monkeypatch.setattr(portal_commands, "fetch", fetch_without_network(world))
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(PORTALS_VARIABLE, str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def live(own: Path, world: Mirror, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the same folder; the real process fetches pages, and reaches the mirror alone."""
    monkeypatch.setattr(portal_commands, "fetch", fetch)
    monkeypatch.setenv(CONTACT_VARIABLE, "https://example.org/about-our-crawler")
    for name, value in world.environment().items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> Done:
        group = () if arguments[0] == "archive" else ("portals",)
        monkeypatch.setattr(sys, "argv", ["hanoi-corpus", *group, *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Done(int(end.value.code or 0), printed.out, printed.err)

    return run


def new(command: Command, *more: str) -> Done:
    return command("new", WARD, "--delay", "0", *more)


def confirm(folder: Path) -> None:
    for file in folder.glob("fixtures/*/*/article.json"):
        gold = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**gold, "confirmed": True}, ensure_ascii=False), encoding="utf-8")


@pytest.mark.process
@pytest.mark.slow
def test_a_portal_is_drafted_checked_confirmed_and_probed(command: Command, live: Path, tmp_path: Path) -> None:
    own, kept = live, tmp_path / "kept"
    done = new(command, "--slug", "phuong-tay-ho", "--keep", str(kept))
    assert done.status == 0, done.err
    file = own / "phuong-tay-ho.yml"
    assert load_portal(file).verified_on is None
    for words in ("portals check", "portals probe phuong-tay-ho --write", "crawl phuong-tay-ho", "confirmed to true"):
        assert words in done.out
    assert PORTALS_VARIABLE not in done.out

    for arguments in ((), (str(file),)):
        unconfirmed = command("check", *arguments)
        assert unconfirmed.status == 3
        assert unconfirmed.err.count("nobody has confirmed it") == 2
        assert str(own / "fixtures" / "generic" / "phuong-tay-ho-article") in unconfirmed.err

    confirm(own)
    assert command("check").status == 0
    assert "2 saved pages read as confirmed" in command("check", str(file)).out

    (survey,) = kept.iterdir()
    imported = command("archive", "import", str(survey), "--portal", "phuong-tay-ho")
    assert imported.status == 0, imported.err
    assert f"{survey}: phuong-tay-ho: 21 captures of" in imported.out
    assert "3 new articles" in imported.out

    probed = command("probe", "phuong-tay-ho", "--write", "--keep", str(kept))
    assert probed.status == 0
    assert len(list(kept.iterdir())) == 2
    assert f"phuong-tay-ho: nothing is off; verified_on: {TODAY}" in probed.out
    assert load_portal(file).verified_on == TODAY


def test_a_layout_that_reads_a_saved_page_the_same_is_noted_and_the_check_passes(command: Command, own: Path) -> None:
    new(command)
    (case,) = own.glob("fixtures/*/phuongtayho-article/article.json")
    gold = json.loads(case.read_text(encoding="utf-8"))
    del gold["article"]["view_count"]  # which a layout cannot name
    case.write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")
    confirm(own)
    file = own / "phuongtayho.yml"
    layout = (
        "templates:\n  - {name: '2026', title: h1.tieu-de, body: div.noi-dung, date: time.ngay, byline: p.tac-gia,"
        " section: nav.duong-dan a, tags: div.tu-khoa a}\n"
    )
    file.write_text(f"{file.read_text(encoding='utf-8')}{layout}", encoding="utf-8")
    done = command("check", str(file))
    assert (done.status, "2 saved pages read as confirmed" in done.out) == (0, True), done.err
    assert re.search(r"phuongtayho-article: note: template: expected \".*\", read \"2026\"; readers see", done.err)


def test_what_is_printed_is_what_is_written(command: Command, own: Path) -> None:
    done = new(command)
    portal = load_portal(own / "phuongtayho.yml")
    printed = re.findall(r"^  (seed_urls|feeds|sitemaps): (\S+), \d+ rows$", done.out, re.MULTILINE)
    written = {"seed_urls": portal.seed_urls, "feeds": portal.feeds, "sitemaps": portal.sitemaps}
    assert printed == [(name, url) for name, urls in written.items() for url in urls]
    assert f"article_patterns: '{portal.article_patterns[0]}', fits 32 of 32 known articles" in done.out
    assert f"left out of seed_urls: {WARD}: all its articles are on other lists" in done.out
    assert "what is off: nothing" in done.out


STAGING = {
    "/": "".join(
        f"<div><h3><a href='/tin/viec-{n}.html'>Phường bàn việc số {n} của năm</a></h3>"
        f"<span>1{n % 10}/10/2025</span></div>"
        for n in range(1001, 1009)
    ),
    **{
        f"/tin/viec-{n}.html": f"<h1>Phường bàn việc số {n} của năm</h1><p>1{n % 10}/10/2025 08:1{n % 10}</p><div>"
        + "".join(f"<p>Tổ {k} họp bàn việc của năm tới và cử người theo dõi từng phần việc.</p>" for k in range(8))
        for n in range(1001, 1009)
    },
}


class _Staging(BaseHTTPRequestHandler):
    """A server of one's own on this machine."""

    def do_GET(self) -> None:
        body = STAGING.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"<html><body>" + body if body else b"")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def staging() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Staging) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.process
@pytest.mark.slow
def test_a_server_of_ones_own_is_drafted_probed_and_crawled_only_when_told_so(
    command: Command, own: Path, staging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_commands, "fetch", fetch)
    monkeypatch.setenv(CONTACT_VARIABLE, "https://example.org/about-our-crawler")
    draft = ("new", staging, "--slug", "thu", "--delay", "0")
    refused = command(*draft)
    assert (refused.status, "private_address" in refused.err) == (1, True)
    assert list(own.iterdir()) == []

    drafted = command(*draft, "--allow-private")
    assert drafted.status == 0, drafted.err
    assert "warning: --allow-private" in drafted.err
    assert "crawl thu --allow-private" in drafted.out
    assert "private" not in (own / "thu.yml").read_text(encoding="utf-8").lower()

    assert "private_address" in command("probe", "thu").out
    probed = command("probe", "thu", "--allow-private")
    assert (probed.status, "thu: nothing is off" in probed.out) == (0, True), probed.out

    monkeypatch.setattr(sys, "argv", ["hanoi-corpus", "crawl", "thu", "--allow-private"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code


@pytest.mark.parametrize("arguments", [("--all",), ("--candidates",)])
def test_private_addresses_are_allowed_for_one_portal_only(
    command: Command, own: Path, arguments: tuple[str, ...]
) -> None:
    done = command("probe", *arguments, "--allow-private")
    assert (done.status, "--allow-private needs the slug" in done.err) == (2, True)


@pytest.mark.parametrize("line", ["allow_private: true", "politeness: {allow_private: true}", "ssrf_guard: false"])
def test_no_portal_file_can_allow_private_addresses(command: Command, own: Path, line: str) -> None:
    new(command)
    file = own / "phuongtayho.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("politeness:\n  delay_seconds: 0", line), encoding="utf-8")
    done = command("check", str(file))
    assert (done.status, "unknown key" in done.err) == (2, True)


def test_a_case_that_is_extracted_otherwise_fails_the_check(command: Command, own: Path) -> None:
    new(command, "--slug", "tay-ho-2")
    confirm(own)
    gold_file = own / "fixtures" / "generic" / "tay-ho-2-article" / "article.json"
    gold = json.loads(gold_file.read_text(encoding="utf-8"))
    gold["article"]["title"] = "Tên mà người đọc thấy"
    gold_file.write_text(json.dumps(gold, ensure_ascii=False), encoding="utf-8")
    done = command("check")
    assert done.status == 3
    assert "tay-ho-2-article: title: expected" in done.err


def test_the_default_slug_is_made_of_the_host(command: Command, own: Path) -> None:
    assert new(command).status == 0
    assert (own / "phuongtayho.yml").exists()


def test_a_folder_outside_the_portal_folders_must_be_exported(command: Command, own: Path, tmp_path: Path) -> None:
    done = new(command, "--into", str(tmp_path / "other"))
    assert f"export {PORTALS_VARIABLE}={tmp_path / 'other'}" in done.out
    assert (tmp_path / "other" / "fixtures" / "generic" / "phuongtayho-article" / "page.html").exists()
    assert list(own.iterdir()) == []


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_that_exists_is_overwritten_nor_anything_fetched(command: Command, own: Path, world: Mirror) -> None:
    new(command, "--slug", "phuong-tay-ho")
    before, asked = contents(own), len(world.requests)
    for arguments, complaint in (
        (("--slug", "phuong-tay-ho"), "'phuong-tay-ho' is already defined"),
        (("--slug", "tay-ho"), "'tay-ho' is already defined"),
    ):
        done = new(command, *arguments)
        assert (done.status, complaint in done.err) == (2, True)
    (own / "phuong-tay-ho.yml").unlink()
    del before[own / "phuong-tay-ho.yml"]
    done = new(command, "--slug", "phuong-tay-ho")
    assert (done.status, "the case already exists" in done.err) == (2, True)
    assert contents(own) == before
    assert len(world.requests) == asked


@pytest.mark.parametrize(
    ("url", "status", "complaint"),
    [
        ("https://xasocson.hanoi.test/", 1, "challenge_d1n"),
        ("https://vang-mat.test/", 1, "connection"),
        ("phuongtayho.hanoi.test", 1, "not_http"),
    ],
)
def test_nothing_is_written_for_a_portal_that_cannot_be_fetched(
    command: Command, own: Path, url: str, status: int, complaint: str
) -> None:
    done = command("new", url, "--delay", "0", "--slug", "cong")
    assert (done.status, complaint in done.err) == (status, True)
    assert list(own.iterdir()) == []


def test_no_portal_can_send_control_characters_to_the_terminal(command: Command, own: Path) -> None:
    """A URL that a redirect names, or a text of a page, may contain a terminal's control characters."""
    hosts = {"la.test": pages({"/": redirect_to("https://la.test/\x9b31m")})}
    with played(hosts) as served, pytest.MonkeyPatch.context() as patched:
        patched.setattr(portal_commands, "fetch", fetch_without_network(served))
        done = command("new", "https://la.test/", "--delay", "0")
    assert (done.status, "http_404" in done.err, "\x9b" in done.err) == (1, True, False)


def test_nothing_is_fetched_before_a_contact_is_named(
    command: Command, live: Path, world: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CONTACT_VARIABLE)
    asked = len(world.requests)
    done = new(command)
    assert (done.status, CONTACT_VARIABLE in done.err) == (1, True)
    assert len(world.requests) == asked


def test_a_wrong_slug_is_bad_input_before_anything_is_fetched(command: Command, own: Path, world: Mirror) -> None:
    asked = len(world.requests)
    done = new(command, "--slug", "../len-tren")
    assert len(world.requests) == asked
    assert (done.status, "lower-case letters" in done.err) == (2, True)
    assert list(own.parent.glob("*.yml")) == []


@pytest.mark.process
@pytest.mark.slow
def test_a_demo_home_reaches_its_mirror_and_keeps_its_own_portals(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.delenv(PORTALS_VARIABLE, raising=False)
    DemoCorpus.begin_day(Home(tmp_path / "home"), 1)
    before = contents(MIRROR_PORTALS)

    nowhere = new(command)
    assert (nowhere.status, "--into" in nowhere.err) == (2, True)
    assert new(command, "--into", str(tmp_path / "own")).status == 0
    assert load_portal(tmp_path / "own" / "phuongtayho.yml").platform == "generic"

    every = command("probe", "--all")
    assert every.status == 3  # one of the test portals is blocked
    lines = {line.split()[0]: line for line in every.out.splitlines()}
    assert lines.keys() == {"portal", *(path.stem for path in MIRROR_PORTALS.glob("*.yml"))}
    assert lines["xa-soc-son-thu-nghiem"].endswith("blocked: challenge_d1n")
    assert all(
        "nothing is off" in line for slug, line in lines.items() if slug not in ("portal", "xa-soc-son-thu-nghiem")
    )
    refused = command("probe", "--all", "--write")
    assert (refused.status, "demo home" in refused.err) == (2, True)
    assert contents(MIRROR_PORTALS) == before


@pytest.mark.slow
def test_all_portals_are_probed_and_those_that_fit_are_marked(command: Command, own: Path) -> None:
    for path in MIRROR_PORTALS.glob("*.yml"):
        (own / path.name).write_bytes(path.read_bytes())
    shipped = contents(SHIPPED_PORTALS)
    done = command("probe", "--all", "--write")
    assert done.status == 3
    # The shipped portals' hosts are none of the mirror's: each is a line of the table.
    assert "hanoimoi" in done.out
    assert contents(SHIPPED_PORTALS) == shipped
    marked = {path.stem for path in own.glob("*.yml") if load_portal(path).verified_on == TODAY}
    assert marked == {path.stem for path in MIRROR_PORTALS.glob("*.yml")} - {"xa-soc-son-thu-nghiem"}


@pytest.mark.slow
def test_a_probe_prints_each_field_beside_the_declared_values(command: Command, own: Path) -> None:
    new(command, "--slug", "phuong-tay-ho")
    done = command("probe", "phuong-tay-ho")
    assert "(og:title: Giải ngân đầu tư công đạt 52,7%" in done.out
    assert "(article:published_time: 2026-09-10T17:05:00+07:00)" in done.out
    assert done.out.splitlines()[-1] == "phuong-tay-ho: nothing is off"
    assert load_portal(own / "phuong-tay-ho.yml").verified_on is None


def test_problems_are_in_the_last_line_and_prevent_verified_on(command: Command, own: Path) -> None:
    new(command, "--slug", "phuong-tay-ho")
    file = own / "phuong-tay-ho.yml"
    text = file.read_text(encoding="utf-8").replace("list_rows_min: ", "list_rows_min: 9")
    file.write_text(text, encoding="utf-8")
    done = command("probe", "phuong-tay-ho", "--write")
    assert done.status == 3
    assert done.out.splitlines()[-1].startswith("phuong-tay-ho: list rows 62 < 9")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("arguments", [(), ("tay-ho", "--all"), ("--all", "--candidates"), ("tay-ho", "--candidates")])
def test_a_probe_takes_exactly_one_selection(command: Command, own: Path, arguments: tuple[str, ...]) -> None:
    done = command("probe", *arguments)
    assert (done.status, "either a slug, --all or --candidates" in done.err) == (2, True)


@pytest.mark.parametrize("option", [("--delay", "0"), ("--into", "moi"), ("--register", "x.csv")])
def test_options_of_candidates_are_refused_elsewhere(command: Command, own: Path, option: tuple[str, str]) -> None:
    done = command("probe", "--all", *option)
    assert (done.status, "need --candidates" in done.err) == (2, True)


@pytest.mark.slow
def test_candidates_that_fit_are_defined(command: Command, own: Path, tmp_path: Path) -> None:
    register = tmp_path / "candidates.csv"
    write_register(register, [row for row in ROWS if row["slug"] != "tay-ho"])
    walk = ("probe", "--candidates", "--register", str(register), "--delay", "0")
    looked = command(*walk)
    assert looked.status == 3
    assert list(own.iterdir()) == []
    assert "xa-soc-son: challenge_d1n" in looked.err

    done = command(*walk, "--write", "--into", str(own / "moi"))
    assert done.status == 3
    table = {line.split()[0]: line for line in done.out.splitlines()}
    assert set(table) == {"slug", "my-duc", "vang-mat", "xa-soc-son", "ten-la", "dia-chi-hong"}
    assert " yes " in table["my-duc"]
    assert table["vang-mat"].endswith("connection")
    assert load_portal(own / "moi" / "my-duc.yml").verified_on == TODAY
    assert read_register(register)[0]["status"] == "defined"


def test_an_interrupted_walk_prints_its_results(
    command: Command, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def walk(*_: object, **__: object) -> Iterator[Candidate]:
        yield Candidate("my-duc", "https://myduc.hanoi.test", "https://myduc.hanoi.test/", "liferay_point", 34, "",
                        is_defined=True)  # fmt: skip
        raise KeyboardInterrupt

    monkeypatch.setattr(portal_commands, "walk", walk)
    done = command("probe", "--candidates")
    assert done.status != 0
    assert done.out.splitlines()[-1].startswith("my-duc  https://myduc.hanoi.test")


def test_a_register_that_is_missing_is_bad_input(command: Command, own: Path) -> None:
    done = command("probe", "--candidates", "--register", str(own / "khong-co.csv"))
    assert (done.status, "cannot be read" in done.err) == (2, True)


PAGE = Path(__file__).resolve().parents[2] / "fixtures" / "liferay_point" / "doubled_breadcrumb"


def test_a_saved_page_becomes_a_case(command: Command, own: Path, tmp_path: Path) -> None:
    saved = tmp_path / "luu.html"
    saved.write_bytes((PAGE / "page.html").read_bytes())
    os.utime(saved, (1_770_000_000, 1_770_000_000))
    expected = json.loads((PAGE / "article.json").read_text(encoding="utf-8"))
    case = own / "fixtures" / "liferay_point" / "cua-toi"
    draft = ("fixture", str(saved), "--url", expected["fetched_from"], "--into", str(case))
    assert command(*draft).status == 2
    assert command(*draft, "--platform", "liferay_point", "--portal", "tay-ho").status == 2
    assert command(*draft, "--platform", "khong-co").status == 2

    done = command(*draft, "--platform", "liferay_point")
    assert done.status == 0
    gold = json.loads((case / "article.json").read_text(encoding="utf-8"))
    assert gold["article"]["title"] == expected["article"]["title"]
    assert gold["article"]["body"] == expected["article"]["body"]
    assert gold["captured_at"] == "2026-02-02T02:40:00+00:00"
    assert (case / "page.html").read_bytes() == saved.read_bytes()
    again = command(*draft, "--platform", "liferay_point")
    assert (again.status, "nothing was overwritten" in again.err) == (2, True)


def test_a_page_inside_its_case_folder_is_drafted_there(command: Command, own: Path) -> None:
    case = own / "fixtures" / "liferay_point" / "tai-cho"
    case.mkdir(parents=True)
    (case / "page.html").write_bytes((PAGE / "page.html").read_bytes())
    url = json.loads((PAGE / "article.json").read_text(encoding="utf-8"))["fetched_from"]
    done = command("fixture", str(case / "page.html"), "--url", url, "--platform", "liferay_point", "--into", str(case))
    assert done.status == 0
    assert json.loads((case / "article.json").read_text(encoding="utf-8"))["confirmed"] is False
