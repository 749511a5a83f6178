"""Builds are idempotent, survive kills and damaged files, and do not disturb readers."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project import pipeline, warehouse_access
from dagster_project.cli import main as cli
from dagster_project.corpus import Corpus
from dagster_project.derivation import corpus_stages
from spiders.extract.version import EXTRACTOR_VERSION
from tests.archived import derived_file, path_of
from tests.conftest import REPOSITORY
from tests.demonstration import ODD_NAME, PROGRAM, Demo, differences, environment, hanoi_corpus, started, wait_for_line
from tests.end_to_end import expected
from warehouse.archive.files import crawl_id_of, index_file, report_file, warc_files
from warehouse.datasets import ARTICLES, CAPTURE_KEYS
from warehouse.derive.identity import IDENTIFICATION
from warehouse.home import HOME_VARIABLE, INDEX_FOLDER, Home
from warehouse.stages import StageReport
from warehouse.storage import StoredFile
from warehouse.tables.load import TableLoad

LOST = "my-duc-thu-nghiem"
NEWSPAPER = "bao-thu-do-thu-nghiem"
CHALLENGED = "xa-soc-son-thu-nghiem"
# The line that a build logs at the end of each stage before the publication, in order: the next stage begins.
STAGES = (
    "index: ",
    "extraction: ",
    "identification: ",
    "signing: ",
    "fingerprinting: ",
    "crediting: ",
    "term_finding: ",
    "load: ",
    "marts: ",
)


def processes_of(home: Home) -> list[str]:
    """Return the command lines of processes whose environment names this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended, or belongs to another user
            continue
        if f"{HOME_VARIABLE}={home.root}".encode() in variables.split(b"\0") and command:
            found.append(command)
    return found


def test_a_build_killed_in_any_stage_is_completed_by_the_next_build(demo: Demo, tmp_path: Path) -> None:
    """The home has the archive alone, so this also tests a rebuild without the network."""
    home = demo.copy(tmp_path / "home", archive_only=True)
    for stage in STAGES:
        with started(home, "build") as build:
            wait_for_line(build, stage)
            build.kill()  # only the command: its child processes must not block the next build
            assert build.wait(30) == -signal.SIGKILL
        assert not home.corpus_file.exists()
    done = hanoi_corpus(home, "build")
    assert done.returncode == 0, done.stderr
    assert differences(home.corpus_file, demo.home.corpus_file) == {}
    assert [command for command in processes_of(home) if "multiprocessing" in command or "dbt" in command] == []
    leftovers = [path for path in home.releases.iterdir() if path.name.startswith(".")]
    assert leftovers == []


# dagster-dbt itself uses an API that Dagster has deprecated.
@pytest.mark.filterwarnings("ignore:AssetExecutionContext.op is deprecated:DeprecationWarning")
def test_the_rebuild_job_makes_the_same_corpus_from_the_archive_alone(
    demo: Demo, definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = demo.copy(tmp_path / "home", archive_only=True)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # no server there: any network request fails

    resources = {**(definitions.resources or {}), "corpus": Corpus.open(home)}
    job = definitions.resolve_job_def("rebuild_from_archive")
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(resources=resources, instance=instance)
    assert done.success
    assert differences(home.corpus_file, demo.home.corpus_file) == {}
    whole = next(check for check in done.get_asset_check_evaluations() if check.check_name == "archive_is_whole")
    assert whole.passed


def test_a_further_run_fetches_no_known_article_again(demo: Demo, tmp_path: Path) -> None:
    home = demo.copy(tmp_path / ODD_NAME)
    done = hanoi_corpus(home, "run", NEWSPAPER, CHALLENGED, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 3, done.stderr  # finished, but one portal is blocked
    assert f"{NEWSPAPER}: no_news:" in done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:3]] == [
        [NEWSPAPER, "no_news"],
        [CHALLENGED, "blocked"],
    ]
    assert "published" in done.stdout
    with duckdb.connect(str(home.corpus_file), read_only=True) as corpus:
        corpus.execute(f"attach '{demo.home.corpus_file}' as before (read_only)")
        changed = corpus.execute(
            "select now.portal, count(*) filter (now.last_captured_at > before.last_captured_at),"
            " count(*) filter (now.revision_count != before.revision_count), count(*)"
            " from fct_articles as now full join before.fct_articles as before using (article_id) group by all"
        ).fetchall()
    for portal, seen_again, revised, _ in changed:
        assert (portal, seen_again, revised) == (portal, 0, 0)
    assert sum(row[-1] for row in changed) == len(expected.articles())


READER = """
import sys, duckdb
corpus = duckdb.connect(sys.argv[1], read_only=True)
def count():
    sql = "select (select release_id from meta), count(*), sum(length(body)) from fct_articles"
    print(*corpus.execute(sql).fetchone(), flush=True)
count()
sys.stdin.readline()
count()
"""


def test_a_running_full_build_refuses_another_one_and_does_not_disturb_readers(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = demo.copy(tmp_path / "home")
    touch(home)
    reader = [sys.executable, "-c", READER, str(home.corpus_file)]
    with (
        home.corpus_file.open("rb") as held,
        subprocess.Popen(reader, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as analyst,
    ):
        assert analyst.stdout
        before = analyst.stdout.readline()
        with started(home, "build", "--full") as first:
            wait_until_held(home, "dbt build")
            with stopped(first):
                monkeypatch.setattr(warehouse_access, "LOCK_TIMEOUT_SECONDS", 0.5)
                status, message = command(monkeypatch, capsys, home, "build", "--full")
                assert status == 4
                assert f"process {first.pid}" in message
                assert "dbt build" in message
                assert str(home.warehouse_file) in message
                asked = hanoi_corpus(home, "query", "select count(*) as articles from fct_articles", "--json")
                assert json.loads(asked.stdout) == {"articles": len(expected.articles())}
            assert first.stdout
            printed = first.stdout.read()
            assert first.wait(60) == 0, printed
        after, _ = analyst.communicate("\n", timeout=30)
        assert held.read() == demo.home.corpus_file.read_bytes(), "a file open in a reader was changed"
    assert after == before
    with duckdb.connect(str(home.corpus_file), read_only=True) as corpus:
        assert corpus.execute("select release_id from meta").fetchall() != [(before.split()[0],)]
    assert differences(home.corpus_file, demo.home.corpus_file) == {}


def touch(home: Home) -> None:
    """Write one file of the home again, with the same rows, so that the next build has something to do."""
    os.utime(newest(home, INDEX_FOLDER))


def wait_until_held(home: Home, purpose: str) -> None:
    note = home.lock_file.with_name(home.lock_file.name + ".json")
    deadline = time.monotonic() + 30
    while not note.exists() or purpose not in note.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, f"no process locked the warehouse for {purpose}"
        time.sleep(0.05)


@contextmanager
def stopped(process: subprocess.Popen[str]) -> Iterator[None]:
    """Suspend a process during the block."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Home, *arguments: str
) -> tuple[int, str]:
    """Run a command in this process; return its exit status and standard error."""
    monkeypatch.setenv(HOME_VARIABLE, str(home.root))
    monkeypatch.setattr(sys, "argv", ["hanoi-corpus", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code, capsys.readouterr().err


def test_a_build_waits_for_an_orphaned_dbt_process_of_a_killed_run(demo: Demo, tmp_path: Path) -> None:
    home = demo.copy(tmp_path / "home")
    waits: list[str] = []
    code = f"import duckdb; c = duckdb.connect({str(home.warehouse_file)!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as orphan:
        assert orphan.stdout
        orphan.stdout.readline()
        threading.Timer(1.0, lambda: orphan.communicate("\n")).start()
        with warehouse_access.using_warehouse(home, "test", waits.append):
            orphan.wait(10)
    assert len(waits) == 1
    assert f"process {orphan.pid}" in waits[0]


def test_a_shrunken_corpus_is_published_only_with_allow(demo: Demo, tmp_path: Path) -> None:
    home = demo.copy(tmp_path / "home")
    (last,) = {path.name for path in home.releases.iterdir() if path.read_bytes() == home.corpus_file.read_bytes()}
    shutil.rmtree(home.warc / LOST)
    refused = hanoi_corpus(home, "build")
    assert refused.returncode == 1
    assert "not published" in refused.stderr
    assert f"({LOST} gone)" in refused.stderr
    assert "hanoi-corpus build --allow articles --allow captures --allow portals" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert differences(home.corpus_file, demo.home.corpus_file) == {}

    allowed = hanoi_corpus(home, "build", "--allow", "articles", "--allow", "captures", "--allow", "portals", "--json")
    assert allowed.returncode == 0, allowed.stderr
    counts = json.loads(allowed.stdout)["counts"]
    kept = [key for key in expected.articles() if key[0] != LOST]
    assert counts["fct_articles"] == len(kept)
    found = hanoi_corpus(home, "query", "select distinct portal from fct_articles", "--csv")
    assert LOST not in found.stdout
    # Earlier releases can still be opened and cited.
    cited = hanoi_corpus(home, "query", "select distinct portal from fct_articles", "--release", Path(last).stem)
    assert LOST in cited.stdout


def newest_warc(home: Home, portal: str) -> StoredFile:
    return warc_files(home, portal)[-1]


def newest(home: Home, folder: str) -> Path:
    """Return the file of the newspaper's newest crawl in a folder of the home."""
    return max((home.root / folder / NEWSPAPER).glob("*.parquet"))


def derived(home: Home, name: str) -> StageReport:
    """Bring one stage's outputs up to date."""
    corpus = Corpus.open(home)
    (stage,) = (stage for stage in corpus_stages(corpus.portals) if stage.name == name)
    return pipeline.derive(corpus, stage, print)


def load_raw(home: Home) -> Mapping[str, TableLoad]:
    corpus = Corpus.open(home)
    return pipeline.load_raw(corpus, corpus_stages(corpus.portals), print)


def test_a_truncated_warc_file_is_named_loses_only_itself_and_can_be_recovered(demo: Demo, tmp_path: Path) -> None:
    home = demo.copy(tmp_path / "home")
    warc = newest_warc(home, NEWSPAPER)
    os.truncate(path_of(warc), warc.size_bytes // 2)
    # As after a crash before the first build: nothing derived from the file, and no release to compare with.
    for made_of_it in (
        derived_file(ARTICLES, EXTRACTOR_VERSION, warc),
        derived_file(CAPTURE_KEYS, EXTRACTOR_VERSION, warc),
        index_file(home, warc),
        report_file(home, warc),
    ):
        assert made_of_it.exists()
        made_of_it.delete()
    home.warehouse_file.unlink()
    home.corpus_file.unlink()
    shutil.rmtree(home.releases)
    built = hanoi_corpus(home, "build")
    assert built.returncode == 3
    assert f"{warc}: damaged at byte" in built.stderr
    assert f"hanoi-corpus archive recover {warc}" in built.stderr
    assert "Traceback" not in built.stderr
    first = articles_of(home)
    # The portal's first crawl is undamaged, so only the articles of day 2 are missing.
    missing = {key for key in expected.new_on(2) if key[0] == NEWSPAPER}
    assert first == expected.articles().keys() - missing

    mended = hanoi_corpus(home, "archive", "recover", str(warc))
    assert mended.returncode == 0, mended.stderr
    assert path_of(warc).with_name(f"{warc.name}.damaged").exists()
    built = hanoi_corpus(home, "build")
    assert built.returncode == 0, built.stderr
    assert articles_of(home) >= first
    verdicts = hanoi_corpus(home, "query", "select crawl_id, verdict from fct_crawls", "--csv").stdout.split()
    assert f"{crawl_id_of(warc)},partial" in verdicts


def articles_of(home: Home) -> set[expected.ArticleKey]:
    with duckdb.connect(str(home.corpus_file), read_only=True) as corpus:
        return {expected.key_of(*row) for row in corpus.execute("select portal, url from fct_articles").fetchall()}


@pytest.mark.parametrize(
    ("limit_bytes", "message"),
    [
        (35_000, "/articles/"),
        (200_000, "the warehouse could not be written"),
        (900_000, "dbt build failed, so nothing was published"),  # its manifest alone is larger
        (3_000_000, "the release could not be written"),
    ],
)
def test_a_full_disk_is_reported_and_nothing_stored_is_lost(
    demo: Demo, tmp_path: Path, limit_bytes: int, message: str
) -> None:
    home = demo.copy(tmp_path / "home")
    touch(home)
    home.warehouse_file.unlink()
    if limit_bytes < 200_000:
        shutil.rmtree(home.root / "articles")
    elif limit_bytes > 200_000:
        load_raw(home)  # files loaded before need no more space

    def limit_files() -> None:
        # The kernel refuses writes beyond this file size, like a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(
        [PROGRAM, "build"],
        env=environment(home),
        preexec_fn=limit_files,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert message in done.stderr
    assert "too large" in done.stderr  # from the kernel's message
    assert "Traceback" not in done.stderr or "dbt" in message  # dbt's output is passed on unchanged
    assert differences(home.corpus_file, demo.home.corpus_file) == {}
    assert [warc.size_bytes for warc in warc_files(home)] == [warc.size_bytes for warc in warc_files(demo.home)]


def corrupt(file: Path, position: int) -> None:
    data = bytearray(file.read_bytes())
    data[position : position + 64] = b"\xff" * 64
    file.write_bytes(data)


def test_a_corrupt_articles_file_is_remade(demo: Demo, tmp_path: Path) -> None:
    home = demo.copy(tmp_path / "home")
    file = newest(home, f"articles/{EXTRACTOR_VERSION}")
    good = file.read_bytes()
    corrupt(file, len(good) - 64)  # the footer: the file cannot be opened
    assert [made.unit.name for made in derived(home, "extraction").units] == [f"{NEWSPAPER}/{file.stem}"]
    assert derived(home, "identification").units == (), "the same articles have the same identities"

    corrupt(file, 200)  # a data page
    newest(home, f"identities/{IDENTIFICATION.version}.{EXTRACTOR_VERSION}").unlink()
    report = derived(home, "identification")
    assert [error.file for error in report.damaged] == [str(file)], "the others are made"
    assert len(derived(home, "extraction").units) == 1
    assert len(derived(home, "identification").units) == 1


def test_a_corrupt_identities_file_is_remade(demo: Demo, tmp_path: Path) -> None:
    home = demo.copy(tmp_path / "home")
    file = newest(home, f"identities/{IDENTIFICATION.version}.{EXTRACTOR_VERSION}")
    file.write_bytes(b"PAR1")
    assert [made.unit.name for made in derived(home, "identification").units] == [f"{NEWSPAPER}/{file.stem}"]


def test_a_corrupt_index_file_is_remade(demo: Demo, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = demo.copy(tmp_path / "home")
    file = newest(home, INDEX_FOLDER)
    file.write_bytes(b"no parquet at all")
    assert [crawl_id_of(warc) for warc in pipeline.index_archive(Corpus.open(home), print).indexed] == [file.stem]

    corrupt(file, 200)
    assert load_raw(home)["raw.captures"].damaged[0].startswith(f"{file}: cannot be read as a file of captures: ")
    assert [crawl_id_of(warc) for warc in pipeline.index_archive(Corpus.open(home), print).indexed] == [file.stem]
    assert f"{file}: damaged: the content does not match the checksum of the file; rebuilt from " in caplog.text
    assert load_raw(home)["raw.captures"].files_read == 1


def test_a_changed_model_makes_all_rows_anew(demo: Demo, tmp_path: Path) -> None:
    home, code = demo.copy(tmp_path / "home"), tmp_path / "code"
    for package in ("dagster_project", "dbt_models", "spiders", "warehouse"):
        shutil.copytree(REPOSITORY / package, code / package, ignore=shutil.ignore_patterns("target", "__pycache__"))

    def build() -> str:
        done = hanoi_corpus(home, "build", PYTHONPATH=str(code))
        assert done.returncode == 0, done.stderr
        return done.stdout

    before = owners(home)
    assert build().startswith("unchanged since release"), "the same code elsewhere is no other code"
    model = code / "dbt_models" / "models" / "marts" / "dim_portals.sql"
    model.write_text(model.read_text(encoding="utf-8").replace("    owner,", "    upper(owner) as owner,"), "utf-8")
    assert build().startswith("published")
    assert owners(home) == {owner.upper() for owner in before} != before
    tests = json.loads((home.root / "dbt" / "tests.json").read_text(encoding="utf-8"))
    assert {test["rows"] for test in tests} == {"all"}
    assert build().startswith("unchanged since release")


def owners(home: Home) -> set[str]:
    with duckdb.connect(home.corpus_file, read_only=True) as corpus:
        return {owner for (owner,) in corpus.execute("select owner from dim_portals").fetchall()}
