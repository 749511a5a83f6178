"""Every command of `add-a-portal.md` is run against the mirror, and prints the lines that the page shows."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dagster_project.corpus import PORTALS_VARIABLE
from spiders.crawl.settings import CONTACT_VARIABLE
from spiders.mirror.server import serve
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, hanoi_corpus
from tests.docs.pages import DOCS, blocks, text_of
from warehouse.clock import HANOI_TIME
from warehouse.home import Home

PAGE = DOCS / "add-a-portal.md"
WALK = "/tmp/walk"  # noqa: S108 - as the page writes it; the test has a folder of its own
WRITTEN_ON = "2026-11-24"
_RELEASE = re.compile(r"\b\d{8}T\d{9}Z\b")


def steps() -> Iterator[tuple[str, list[str]]]:
    """Yield each command of the page and the lines that it is shown to print."""
    for block in blocks(PAGE, ""):
        for step in block.split("$ ")[1:] if block.startswith("$ ") else ():
            command, *lines = step.splitlines()
            yield command, [line for line in lines if line.strip() not in ("", "…")]


def as_written(text: str, folder: Path) -> str:
    """Return what a command printed in the words of the page: its folder, its day, its release."""
    today = datetime.now(HANOI_TIME).date().isoformat()
    shown = text.replace(str(folder), WALK).replace(today, WRITTEN_ON)
    return _RELEASE.sub("RELEASE", shown)


def confirm_cases(folder: Path) -> None:
    for file in folder.glob("portals/fixtures/*/*/article.json"):
        file.write_text(file.read_text(encoding="utf-8").replace('"confirmed": false', '"confirmed": true'), "utf-8")


@pytest.mark.process
@pytest.mark.slow
def test_every_command_prints_the_lines_of_the_page(tmp_path: Path) -> None:
    (setup,) = (block for block in blocks(PAGE, "") if block.startswith("mkdir "))
    subprocess.run(["bash", "-euc", setup.replace(WALK, str(tmp_path))], check=True, cwd=tmp_path)  # noqa: S607
    variables = {PORTALS_VARIABLE: str(tmp_path / "portals"), CONTACT_VARIABLE: "https://example.org/about-our-crawler"}
    walked = []
    with serve(1, delays=False) as mirror:
        for command, shown in steps():
            words = shlex.split(command.replace(WALK, str(tmp_path)))
            home = Home(tmp_path / "data")
            done = hanoi_corpus(home, *words[1:], timeout=COMMAND_TIMEOUT_SECONDS, **variables, **mirror.environment())
            printed = as_written(done.stdout + done.stderr, tmp_path).splitlines()
            missing = [line for line in shown if _RELEASE.sub("RELEASE", line) not in printed]
            assert missing == [], f"{command}\n{done.stdout}{done.stderr}"
            assert shown
            walked.append(" ".join(words[1:3]))
            if walked == ["portals new"]:
                drafted = (tmp_path / "portals" / "phuong-tay-ho.yml").read_text(encoding="utf-8")
                assert as_written(drafted, tmp_path) == blocks(PAGE, "yaml")[0]
            elif walked[-1] == "portals check":
                confirm_cases(tmp_path)
    kinds = [" ".join(words.split()[:2]) for words in walked[:4]] + [words.split()[0] for words in walked[4:]]
    assert kinds == [*("portals new", "portals check", "portals check", "portals probe"), *("crawl", "build", "query")]


def test_the_page_sets_the_environment_of_the_test() -> None:
    text = text_of(PAGE)
    assert f"HANOI_CORPUS_HOME={WALK}/data HANOI_CORPUS_PORTALS={WALK}/portals" in text
    assert "\nexport HANOI_CORPUS_CONTACT=https://example.org/about-our-crawler\n" in text
    assert "\nhanoi-corpus mirror\n" in text
