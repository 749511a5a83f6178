"""Every command of `operate.md` runs, on the test's own home, with other paths, portal and ports.

A story is a sequence of commands as an operator types them. Each story has a copy of the demo's home, the test portals
as its web, and a Postgres server if it needs one. Commands that need a real server (systemd, its journal, users, a
tunnel) are in `ON_A_SERVER_ALONE`; tests check the units, options and help texts that they name.

Does not belong here: whether the page's other statements are true (`tests.docs.test_operate`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from spiders.mirror import MIRROR_PORTALS
from spiders.mirror.server import serve
from tests.dagster_ui import ask
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, Demo, differences
from tests.docs.pages import DOCS, REPOSITORY, typed
from tests.postgres import Postgres, postgres_server
from tests.receivers import webhook
from tests.services import free_port, running
from warehouse.archive.files import warc_files
from warehouse.corpus.release import kept_releases
from warehouse.home import Home

pytestmark = [pytest.mark.process, pytest.mark.slow]

PAGE = DOCS / "operate.md"
UNITS = REPOSITORY / "deploy" / "systemd"
PYWB = REPOSITORY / ".venv-replay" / "bin"
SLUG, SITE = "my-duc-thu-nghiem", "https://myduc.hanoi.test"
SHELL = "set -a; . /etc/hanoi-corpus/environment; set +a; cd /srv/hanoi-corpus"
DAMAGED = "/srv/hanoi-corpus/archive/warc/my-duc/my-duc-20261121T223653Z-cdea.warc.gz"

# Programs whose calls in a page's prose are commands.
PROGRAMS = frozenset(
    {
        "apt-get",
        "cp",
        "curl",
        "dagster",
        "df",
        "diff",
        "du",
        "git",
        "hanoi-corpus",
        "install",
        "journalctl",
        "make",
        "mv",
    }
    | {"python", "rm", "runuser", "ssh", "systemctl", "useradd", "wayback", "wb-manager"}
)

BACKUP = "hanoi-corpus archive backup /mnt/backup/hanoi-corpus"
RESTORE = "hanoi-corpus archive restore /mnt/backup/hanoi-corpus"
VERIFY = "hanoi-corpus archive verify"
BUILD = "hanoi-corpus build"
ALLOWING = "hanoi-corpus build --allow captures --allow articles"
INSTALL_SETTINGS = (
    "install -D -m 0640 -g hanoi-corpus /opt/hanoi-corpus/deploy/environment /etc/hanoi-corpus/environment"
)
INSTALL_INSTANCE = (
    "install -m 0644 -o hanoi-corpus /opt/hanoi-corpus/deploy/dagster.yaml /srv/hanoi-corpus/dagster/dagster.yaml"
)

INSTALLING = (
    "install -d -o hanoi-corpus -g hanoi-corpus /srv/hanoi-corpus /srv/hanoi-corpus/dagster /mnt/backup/hanoi-corpus",
    "install -d -o hanoi-corpus -g hanoi-corpus /opt/hanoi-corpus/dbt_models/target",
    INSTALL_SETTINGS,
    INSTALL_INSTANCE,
    "cp /opt/hanoi-corpus/deploy/systemd/hanoi-corpus-* /etc/systemd/system/",
    "diff /opt/hanoi-corpus/deploy/dagster.yaml /srv/hanoi-corpus/dagster/dagster.yaml",
    SHELL,
    "df -h /srv/hanoi-corpus",
    "du -sh /srv/hanoi-corpus/* /srv/hanoi-corpus/archive/*",
)
FETCHING = (
    "git clone https://example.org/hanoi-corpus.git /opt/hanoi-corpus",
    "git -C /opt/hanoi-corpus pull --ff-only",
)
# Run with `make -n`: the environment exists already, and `make dev` only calls the command beside it.
RECIPES = {
    "make -C /opt/hanoi-corpus install": "--requirement requirements.lock",
    "make dev": ".venv/bin/hanoi-corpus dev",
}
DATABASE = (
    "runuser -u postgres -- psql -c \"create role dagster login password 'change-me'\"",
    "runuser -u postgres -- createdb --owner dagster dagster",
)
DAGSTER = (
    "dagster schedule start daily_schedule -w /opt/hanoi-corpus/workspace.yaml",
    "dagster instance migrate",
    "python -m dagster_project.old_runs --days 90",
    "python -m dagster_project.old_runs --days 30",
)
LAPTOP = (
    "export HANOI_CORPUS_HOME=/srv/hanoi-corpus",
    "export HANOI_CORPUS_CONTACT=https://example.org/about-our-crawler",
    "hanoi-corpus dev --port 3000",
)
EXAMINING = (
    "hanoi-corpus status",
    "hanoi-corpus status my-duc",
    "hanoi-corpus doctor",
    "hanoi-corpus doctor --offline",
)
KEEPING = (BACKUP, f"{BACKUP} --reread", VERIFY, f"{VERIFY} my-duc")
RESTORING = (f"mv {DAMAGED} /tmp", RESTORE, VERIFY)
RECOVERING = (f"hanoi-corpus archive recover {DAMAGED}", ALLOWING)
CHECKING = ("hanoi-corpus check", "hanoi-corpus build --full")
REBUILDING = (
    "cd /srv/hanoi-corpus",
    "rm -rf articles unread_pages capture_keys identities signatures fingerprints credits story_terms",
    "rm -rf warehouse.duckdb warehouse-marts.duckdb",
    "rm -rf archive/index archive/crawls archive/observations archive/state",
    BUILD,
)
EXPORT = "hanoi-corpus archive export my-duc.warc.gz --portal my-duc --from 2026-09-01 --until 2026-09-30"
IMPORTING = (
    "hanoi-corpus archive import old-site.warc.gz",
    "hanoi-corpus archive import old-site.warc.gz --portal my-duc",
)
REPLAYING = ("wb-manager init my-duc", "wb-manager add my-duc my-duc.warc.gz")
WAYBACK = "wayback --bind 127.0.0.1"
EXTRACT = (
    "hanoi-corpus extract page.html --url https://myduc.hanoi.gov.vn/tin/-/view_content/123-ten-bai --portal my-duc"
)
COLLECTING = ("hanoi-corpus crawl my-duc", "hanoi-corpus run")
BACKFILLING = (
    "hanoi-corpus backfill my-duc --from 2023-01-01 --until 2023-12-31",
    "hanoi-corpus backfill my-duc --depth 20 --chunk 200 --chunks 5",
)
CITED = "20261121T223846166Z"
RELEASING = (
    "hanoi-corpus releases list",
    f"hanoi-corpus releases show {CITED}",
    f'hanoi-corpus releases pin {CITED} --note "Master\'s thesis, 2026"',
    f"hanoi-corpus releases unpin {CITED}",
)
PROBING = ("hanoi-corpus portals probe my-duc", "hanoi-corpus portals probe --all")
PROBING_FOR_GOOD = "hanoi-corpus portals probe --all --write"
DRAFTING = "hanoi-corpus portals new https://myduc.hanoi.gov.vn/"
LOOKING = "curl -sv https://myduc.hanoi.gov.vn/"
SERVING = "hanoi-corpus site --host 127.0.0.1 --port 3001"
ALERTING = ("hanoi-corpus settings", "hanoi-corpus alerts test")

ON_A_SERVER_ALONE = (
    "apt-get install git python3-venv postgresql make",
    "useradd --system --home-dir /srv/hanoi-corpus --shell /usr/sbin/nologin hanoi-corpus",
    "runuser -u hanoi-corpus -- bash",
    "ssh -L 3000:127.0.0.1:3000 server",
    "ssh -L 3001:127.0.0.1:3001 server",
    "systemctl daemon-reload",
    "systemctl enable --now hanoi-corpus-webserver hanoi-corpus-site hanoi-corpus-daemon hanoi-corpus-upkeep.timer",
    "systemctl status hanoi-corpus-webserver hanoi-corpus-site hanoi-corpus-daemon",
    "systemctl status postgresql",
    "systemctl start hanoi-corpus-webserver hanoi-corpus-site hanoi-corpus-daemon",
    "systemctl stop hanoi-corpus-daemon hanoi-corpus-site hanoi-corpus-webserver",
    "systemctl stop hanoi-corpus-daemon",
    "systemctl restart hanoi-corpus-webserver hanoi-corpus-site hanoi-corpus-daemon",
    "systemctl edit hanoi-corpus-daemon",
    "systemctl --failed",
    "journalctl -u hanoi-corpus-webserver -u hanoi-corpus-site -u hanoi-corpus-daemon -u hanoi-corpus-code"
    " --since today",
)

STORIES = (
    *(INSTALLING, FETCHING, tuple(RECIPES), DATABASE, DAGSTER, LAPTOP, KEEPING, RESTORING, RECOVERING, REBUILDING),
    *((EXPORT,), IMPORTING, REPLAYING, (WAYBACK, EXTRACT), COLLECTING, BACKFILLING, PROBING, RELEASING),
    *((PROBING_FOR_GOOD, DRAFTING, LOOKING), (SERVING,), ALERTING, ON_A_SERVER_ALONE, EXAMINING, CHECKING),
)


@dataclass(frozen=True)
class Server:
    """A folder used as a server's `/`; its `/opt/hanoi-corpus` is this repository."""

    root: Path

    @property
    def home(self) -> Home:
        return Home(self.root / "srv" / "hanoi-corpus")

    def here(self, text: str) -> str:
        """Return a page's text with this test's paths, portal and site, and without file owners."""
        damaged = warcs_of(self.home)[0] if DAMAGED in text else Path()
        cited = kept_releases(self.home)[0].stem if CITED in text else ""
        places = {
            DAMAGED: str(damaged),
            CITED: cited,
            **{place: f"{self.root}{place}" for place in ("/srv/hanoi-corpus", "/opt/hanoi-corpus", "/etc/", "/mnt/")},
            "/run/hanoi-corpus": f"{self.root}/run",  # the path of a socket must be short
            " /tmp": f" {self.root}/tmp",  # noqa: S108 - as the page writes it
            "https://example.org/hanoi-corpus.git": f"{self.root}/origin.git",
            "https://myduc.hanoi.gov.vn": SITE,
            "-o hanoi-corpus ": "",
            "-g hanoi-corpus ": "",
            "runuser -u postgres -- ": "",
        }
        found = re.sub("|".join(map(re.escape, places)), lambda match: places[match[0]], text)
        return re.sub(r" my-duc(?= |$)", f" {SLUG}", found)

    def run(
        self, command: str, variables: Mapping[str, str] | None = None, *, status: int = 0, after: str = SHELL
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the page in a shell, after the line that sets up the page's environment."""
        done = subprocess.run(
            ["bash", "-c", self.here(f"{after}\n{command}")],  # noqa: S607 - found on PATH
            cwd=self.root,
            env={**os.environ, **(variables or {})},
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == status, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done


@pytest.fixture
def bare(tmp_path: Path) -> Server:
    """Return a server with the program, the operator's settings and an empty home."""
    server = Server(tmp_path)
    for folder in ("srv/hanoi-corpus", "opt/hanoi-corpus", "etc/systemd/system", "mnt/backup/hanoi-corpus", "tmp"):
        (tmp_path / folder).mkdir(parents=True)
    for item in REPOSITORY.iterdir():
        if not item.name.startswith("."):
            (tmp_path / "opt" / "hanoi-corpus" / item.name).symlink_to(item)
    (tmp_path / "opt" / "hanoi-corpus" / ".venv").symlink_to(sys.prefix)
    server.run(INSTALL_SETTINGS, after="true")
    settings = tmp_path / "etc" / "hanoi-corpus" / "environment"
    settings.write_text(server.here(settings.read_text(encoding="utf-8")), encoding="utf-8")
    return server


@pytest.fixture
def server(bare: Server, demo: Demo) -> Server:
    """Return a server with a copy of the demo's home."""
    bare.home.root.rmdir()
    demo.copy(bare.home.root)
    return bare


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as started:
        yield started


def test_the_stories_have_exactly_the_commands_of_the_page() -> None:
    assert sorted({command for story in STORIES for command in story}) == sorted(typed(PAGE, PROGRAMS))


def test_releases_are_listed_pinned_and_unpinned(server: Server) -> None:
    newest = kept_releases(server.home)[0]
    listed, shown, pinned, unpinned = (server.run(command).stdout for command in RELEASING)
    assert re.search(rf"^{newest.stem} .* published ", listed, re.MULTILINE)
    assert shown.startswith(f"{newest}: published, ")
    assert (pinned, unpinned) == (f"{newest.stem}: pinned\n", f"{newest.stem}: no longer pinned\n")


def test_installing(server: Server) -> None:
    output = {command: server.run(command, after="true").stdout for command in INSTALLING}
    assert sorted(path.name for path in (server.root / "etc/systemd/system").iterdir()) == sorted(
        path.name for path in UNITS.iterdir()
    )
    assert (server.root / "etc/hanoi-corpus/environment").stat().st_mode & 0o777 == 0o640
    assert str(server.home.warehouse_file) in output["du -sh /srv/hanoi-corpus/* /srv/hanoi-corpus/archive/*"]
    assert server.run("pwd; echo $HANOI_CORPUS_HOME $DAGSTER_HOME").stdout.split() == [
        *(str(server.home.root), "/srv/hanoi-corpus", "/srv/hanoi-corpus/dagster")
    ], "installing replaced the file by one with the page's paths"


def test_examining_a_home(server: Server) -> None:
    everything, portal, doctor, offline = EXAMINING
    table = server.run(everything, status=3).stdout.splitlines()
    red = {tuple(line.split()[:3]) for line in table if "docs/operate.md#" in line}
    assert red == {("xa-soc-son-thu-nghiem", "red", "blocked")}
    assert [line.split()[:3] for line in server.run(portal).stdout.splitlines()[-1:]] == [[SLUG, "well", "ok"]]
    for command in (doctor, offline):
        assert "fail" not in {line.split()[0] for line in server.run(command).stdout.splitlines()}


def test_cloning_and_pulling_the_program(tmp_path: Path) -> None:
    server = Server(tmp_path)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(tmp_path / "origin.git")]
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "origin.git")], check=True)  # noqa: S607
    for command, message in zip(FETCHING, ("first", "second"), strict=True):
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", message], check=True)
        server.run(command, after="true")
        log = server.run("git -C /opt/hanoi-corpus log -1 --format=%s", after="true").stdout
        assert log == f"{message}\n"


@pytest.mark.parametrize("command", RECIPES)
def test_make_recipes_call_the_expected_commands(tmp_path: Path, command: str) -> None:
    folder = tmp_path / "opt" / "hanoi-corpus"
    folder.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy2(REPOSITORY / name, folder)
    done = Server(tmp_path).run(command.replace("make ", "make -n "), after="cd /opt/hanoi-corpus")
    assert RECIPES[command] in done.stdout


def test_a_server_with_postgres_runs_the_ui_and_schedules(bare: Server, postgres: Postgres) -> None:
    server = bare
    (server.home.root / "demo.json").write_text('{"day": 2}', encoding="utf-8")
    server.home.dagster.mkdir()
    server.run(INSTALL_INSTANCE, after="true")
    instance = server.home.dagster / "dagster.yaml"
    instance.write_text(
        instance.read_text(encoding="utf-8").replace("port: 5432", f"port: {postgres.port}"), encoding="utf-8"
    )
    for command in DATABASE:
        server.run(command, postgres.as_administrator(), after="true")
    port = free_port()
    with (
        running(start_of(server, "hanoi-corpus-code", port), server.root / "code.log") as code,
        running(start_of(server, "hanoi-corpus-webserver", port), server.root / "webserver.log") as webserver,
        running(start_of(server, "hanoi-corpus-daemon", port), server.root / "daemon.log") as daemon,
    ):
        url = webserver.wait_until_served(port)
        for command in DAGSTER:
            server.run(command)
        scheduled = ask(url, SCHEDULES)["schedulesOrError"]["results"]
        assert {found["name"] for found in scheduled if found["scheduleState"]["status"] == "RUNNING"} == {
            "daily_schedule"
        }
        daemon.wait_for("its daemons are healthy", lambda: all(healthy(url)))
        for service in (daemon, webserver, code):
            assert service.stop() is not None
    assert "dagster" in postgres.databases()
    assert not list(server.home.dagster.glob("**/runs.db")), "runs are kept in Postgres"


SCHEDULES = """{ schedulesOrError(repositorySelector: {
  repositoryName: "__repository__", repositoryLocationName: "hanoi_corpus"
}) { ... on Schedules { results { name scheduleState { status } } } } }"""
HEALTH = "{ instance { daemonHealth { allDaemonStatuses { required healthy } } } }"


def healthy(url: str) -> list[bool]:
    statuses = ask(url, HEALTH)["instance"]["daemonHealth"]["allDaemonStatuses"]
    return [status["healthy"] is True for status in statuses if status["required"]]


def start_of(server: Server, unit: str, port: int) -> list[str]:
    """Return a unit's start command, in its working directory and environment."""
    (server.root / "run").mkdir(exist_ok=True)  # its RuntimeDirectory
    workspace = server.root / "workspace.yaml"
    workspace.write_text(
        server.here((REPOSITORY / "deploy/workspace.yaml").read_text(encoding="utf-8")), encoding="utf-8"
    )
    text = (UNITS / f"{unit}.service").read_text(encoding="utf-8")
    values = dict(re.findall(r"^(WorkingDirectory|EnvironmentFile|ExecStart)=(.+)$", text, re.MULTILINE))
    line = "set -a; . {EnvironmentFile}; set +a; cd {WorkingDirectory}; exec {ExecStart}".format(**values)
    here = server.here(line).replace("--port 3000", f"--port {port}").replace("deploy/workspace.yaml", str(workspace))
    return ["bash", "-c", here]


def test_a_laptop(bare: Server) -> None:
    (bare.home.root / "demo.json").write_text('{"day": 2}', encoding="utf-8")
    port, (*exports, dev) = free_port(), LAPTOP
    line = "; ".join([*exports, f"exec /opt/hanoi-corpus/.venv/bin/{dev}"]).replace("3000", str(port))
    with running(["bash", "-c", bare.here(line)], bare.root / "dev.log") as ui:
        ui.wait_until_served(port)
    assert (bare.home.dagster / "dagster.yaml").exists()


def test_the_corpus_can_be_rebuilt_from_the_backup(server: Server, demo: Demo) -> None:
    output = [server.run(command).stdout.splitlines()[-1] for command in KEEPING]
    count = len(warc_files(demo.home))
    assert output[:2] == [f"{count} copied, 0 unchanged, 0 refused", f"0 copied, {count} unchanged, 0 refused"]
    assert "nothing is lost" in output[2]
    damaged = warcs_of(server.home)[0]
    damage(damaged)
    server.run(VERIFY, status=3)
    for command in RESTORING:
        server.run(command)
    assert {file.name: file.read() for file in warc_files(server.home)} == {
        file.name: file.read() for file in warc_files(demo.home)
    }
    shutil.rmtree(server.home.root)
    server.home.root.mkdir()
    shutil.copy2(demo.home.root / "demo.json", server.home.root)
    for command in (RESTORE, VERIFY, BUILD):
        server.run(command)
    assert differences(demo.home.corpus_file, server.home.corpus_file) == {}


def test_everything_is_checked_and_made_anew(server: Server) -> None:
    for command in CHECKING:
        server.run(command)


def test_the_warehouse_can_be_rebuilt_from_the_archive(server: Server, demo: Demo) -> None:
    server.run("\n".join(REBUILDING))
    missing = [name for line in REBUILDING[1:4] for name in line.split()[2:] if not (server.home.root / name).exists()]
    assert missing == ["archive/state"], "the next crawl makes it"
    assert differences(demo.home.corpus_file, server.home.corpus_file) == {}


def test_intact_records_of_a_damaged_file_are_published(server: Server) -> None:
    before = int(server.run("hanoi-corpus query --csv 'select count(*) from fct_captures'").stdout.split()[1])
    damage(warcs_of(server.home)[0])
    server.run(VERIFY, status=3)
    for command in RECOVERING:
        server.run(command)
    after = int(server.run("hanoi-corpus query --csv 'select count(*) from fct_captures'").stdout.split()[1])
    assert before - 20 < after < before
    assert [path.name for path in server.home.warc.glob("*/*.damaged")]


def warcs_of(home: Home) -> list[Path]:
    """Return the WARC files of the stories' portal, oldest first."""
    return sorted(home.warc.glob(f"{SLUG}/*.warc.gz"))


def damage(warc: Path) -> None:
    """Overwrite bytes in the middle of a file."""
    content = bytearray(warc.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    warc.write_bytes(content)


def test_an_export_can_be_imported(server: Server) -> None:
    # The test portals play days of October; an export of September would be empty.
    exported = server.run(EXPORT.replace("2026-09", "2026-10").replace("10-30", "10-31")).stdout
    assert re.search(r"[1-9]\d* captures", exported)
    file = server.home.root / "my-duc.warc.gz"
    file.rename(server.home.root / "old-site.warc.gz")
    for command in IMPORTING:
        assert "in the archive already" in server.run(command).stdout


@pytest.mark.skipif(not (PYWB / "wayback").exists(), reason="pywb is not installed: `make replay` does it")
def test_pywb_replays_an_export(server: Server) -> None:
    server.run(EXPORT.replace("2026-09", "2026-10").replace("10-30", "10-31"))
    path, port = f"{SHELL}; export PATH={PYWB}:$PATH", free_port()
    for command in REPLAYING:
        server.run(command, after=path)
    with running(["bash", "-c", server.here(f"{path}; exec {WAYBACK} --port {port}")], server.root / "log") as wayback:
        wayback.wait_until_served(port, f"/{SLUG}/")


def test_a_saved_page_is_extracted(server: Server) -> None:
    page = REPOSITORY / "tests/fixtures/liferay_point/captions_three_ways/page.html"
    shutil.copy2(page, server.home.root / "page.html")
    assert "article, read by liferay_point" in server.run(EXTRACT).stdout


def test_portals_can_be_crawled_backfilled_and_probed(server: Server) -> None:
    assert "no_news" in server.run(COLLECTING[0]).stdout
    # Exit code 3: one of the test portals answers with a challenge.
    assert "published" in server.run(COLLECTING[1], status=3).stdout
    for command in BACKFILLING:
        assert SLUG in server.run(command).stdout
    assert "nothing is off" in server.run(PROBING[0]).stdout
    assert "blocked: challenge_d1n" in server.run(PROBING[1], status=3).stdout


def test_probing_writes_verified_on_and_a_portal_can_be_drafted(bare: Server) -> None:
    """Not a demo home: the test portals are reached through a proxy, the shipped portals cannot be reached."""
    portals = bare.root / "portals"
    portals.mkdir()
    shutil.copy2(MIRROR_PORTALS / f"{SLUG}.yml", portals)
    with serve(1, delays=False) as mirror:
        variables = {
            **mirror.environment(),
            "CURL_CA_BUNDLE": str(mirror.ca_file),
            "HANOI_CORPUS_PORTALS": str(portals),
        }
        bare.run(PROBING_FOR_GOOD, variables, status=3)
        assert re.search(r"^verified_on: '?20", (portals / f"{SLUG}.yml").read_text(encoding="utf-8"), re.MULTILINE)
        (portals / f"{SLUG}.yml").unlink()
        bare.run(DRAFTING, variables)
        assert len(list(portals.glob("*.yml"))) == 1
        assert "HTTP/1.1 200" in bare.run(LOOKING, variables).stderr


def test_the_site_shows_the_state_and_the_runbook(server: Server) -> None:
    port = free_port()
    command = server.here(f"{SHELL}; exec {SERVING.replace('3001', str(port))}")
    with running(["bash", "-c", command], server.root / "site.log") as site:
        url = site.wait_until_served(port, "/healthz")
        for path, words in ((f"/portals/{SLUG}", "last healthy crawl"), ("/runbook", 'id="a-portal-is-red"')):
            with urllib.request.urlopen(f"{url}{path}", timeout=60) as answer:  # noqa: S310 - our own server
                assert words in answer.read().decode()
        assert site.stop() == 0


def test_settings_are_printed_and_a_test_alert_is_sent(bare: Server) -> None:
    with webhook() as receiver:
        bare.home.settings_file.write_text(f"alerts:\n  webhook_url: {receiver.url}\n", encoding="utf-8")
        output = [bare.run(command).stdout for command in ALERTING]
    assert receiver.url.replace("services/secret", "**********") in output[0]
    assert output[1] == "sent by webhook\n"
    assert [post["event"] for post in receiver.posts] == ["test"]


def _help_of(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout


def _units_exist(words: list[str]) -> None:
    names = [word if "." in word else f"{word}.service" for word in words]
    assert {name for name in names if name != "postgresql.service"} <= {path.name for path in UNITS.iterdir()}


def _systemctl(words: list[str]) -> None:
    given, names = words[:1] + [word for word in words if word.startswith("--")], words[1:]
    assert [word for word in given if word not in _help_of("systemctl")] == []
    _units_exist([name for name in names if not name.startswith("--")])


def _journalctl(words: list[str]) -> None:
    assert [word for word in words if word.startswith("-") and word not in _help_of("journalctl")] == []
    _units_exist([name for flag, name in pairwise(words) if flag == "-u"])


def _options_exist(program: str) -> Callable[[list[str]], None]:
    def check(words: list[str]) -> None:
        options = words[: words.index("--")] if "--" in words else words
        assert [word for word in options if word.startswith("-") and word not in _help_of(program)] == []

    return check


def _tunnels(words: list[str]) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("ssh is not installed")
    # -G: print the parsed options without connecting.
    done = subprocess.run(["ssh", "-G", *words], capture_output=True, text=True, timeout=30, check=True)  # noqa: S607
    port = words[1].partition(":")[0]
    assert f"localforward {port} [127.0.0.1]:{port}" in done.stdout


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "systemctl": _systemctl,
    "journalctl": _journalctl,
    "useradd": _options_exist("useradd"),
    "runuser": _options_exist("runuser"),
    "apt-get": _options_exist("apt-get"),
    "ssh": _tunnels,
}


@pytest.mark.parametrize("command", ON_A_SERVER_ALONE)
def test_server_commands_name_existing_units_and_options(command: str) -> None:
    program, *words = command.split()
    CHECKS[program](words)
