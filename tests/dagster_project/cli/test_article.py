"""`hanoi-corpus article`: what one article has to do with others, as a reader is told."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.dagster_project.cli.commands import Command
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

PAPER = "https://baothudo.test/xa-hoi/hanh-trinh-giot-hong-nhan-hon-sau-nghin-don-vi-mau-880132.html"
COPY = "https://xadonganh.hanoi.test/van-hoa-xa-hoi/hanh-trinh-giot-hong-nhan-hon-sau-nghin-don-vi-mau-124.html"
STALE = "https://hanoingaynay.test/ha-dong-trao-1-280-suat-qua-tet-khong-lam-le-o-hoi-truong-720117.html"
STORY = "https://xadonganh.hanoi.test/tin-hoat-dong/236-ho-dan-lui-rao-duong-dao-ven-hao-thanh-co-loa-ve-dich-123.html"
WITHOUT_ORIGINAL = "https://hanoingaynay.test/sau-cach-giu-nha-kho-trong-mua-nom-720106.html"


def test_a_reprint_is_shown_with_its_original_and_what_differs(published: Home, command: Command) -> None:
    out = command("article", COPY).out
    assert "A reprint: its page cites the address." in out
    assert "earlier near_duplicate (81% alike)  bao-thu-do-thu-nghiem: " in out
    assert "revision 1 here, 1 there; sentences: 1 changed, 2 removed; - 6.184, 83; + 6.148" in out
    assert PAPER in out


def test_an_original_is_shown_with_its_copies(published: Home, command: Command) -> None:
    out = command("article", PAPER).out
    assert "No reprint, as far as is known." in out
    assert "later near_duplicate (81% alike)  xa-dong-anh-thu-nghiem: " in out


def test_a_correction_that_did_not_arrive_is_shown(published: Home, command: Command) -> None:
    out = command("article", STALE).out
    assert "dang-bo-ha-dong-thu-nghiem corrected a sentence, seen " in out
    carried, corrected = (line for line in out.splitlines() if "suất quà trị giá" in line)
    assert "1.280 suất quà trị giá 1,02 tỷ đồng" in carried
    assert "corrected: " in corrected
    assert "1.312 suất quà trị giá 1,05 tỷ đồng" in corrected


def test_the_story_is_shown_with_who_else_tells_it_and_what_they_share(published: Home, command: Command) -> None:
    out = command("article", STORY).out
    assert "Its story is told by 3 articles in 3 portals:" in out
    told = re.findall(r"(?m)^[* ] [0-9-]{10} [0-9:]{5}  (\S+): ", out)
    assert told == ["bao-thu-do-thu-nghiem", "xa-dong-anh-thu-nghiem", "so-van-hoa-thu-nghiem"]
    (own,) = (line for line in out.splitlines() if line.startswith("* "))
    assert "xa-dong-anh-thu-nghiem: 236 hộ dân lùi rào" in own
    assert "documents: 3187/QĐ-UBND" in out


def test_an_article_that_is_alone_says_so(published: Home, command: Command) -> None:
    assert "No other article tells of the same event." in command("article", WITHOUT_ORIGINAL).out


def test_a_source_that_the_corpus_lacks_is_named(published: Home, command: Command) -> None:
    out = command("article", WITHOUT_ORIGINAL).out
    assert "A reprint from Tạp chí Nếp nhà thử nghiệm, whose article is not in the corpus" in out
    assert "No other text is like it." in out


def test_an_article_is_found_by_any_form_of_its_address_and_by_its_id(published: Home, command: Command) -> None:
    found = json.loads(command("article", COPY, "--json").out)
    assert (found["article"]["url"], found["reprint"]["original_url"]) == (COPY, PAPER)
    assert [pair["kind"] for pair in found["like"]] == ["near_duplicate"]
    other_form = COPY.replace("https://", "http://www.") + "/#binh-luan"
    for wanted in (found["article"]["article_id"], other_form, f" {COPY} "):
        assert json.loads(command("article", wanted, "--json").out) == found


def test_an_unknown_article_is_named(published: Home, command: Command) -> None:
    done = command("article", "https://baothudo.test/khong-co' or true --")
    assert (done.status, done.out) == (2, "")
    assert "no article has the address or id https://baothudo.test/khong-co' or true --" in done.err


def test_an_earlier_release_says_what_to_do(
    published: Home, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = Home(tmp_path / "home")
    earlier.root.mkdir()
    shutil.copy(published.corpus_file, earlier.corpus_file)
    earlier.corpus_file.chmod(0o644)
    with duckdb.connect(str(earlier.corpus_file)) as corpus:
        corpus.execute("drop table fct_near_duplicates")
    monkeypatch.setenv("HANOI_CORPUS_HOME", str(earlier.root))
    done = command("article", COPY)
    assert done.status == 2
    assert "this release is older than the tables of copies and stories; `hanoi-corpus build`" in done.err
