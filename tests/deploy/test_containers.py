"""The container files fit the project, the systemd units and themselves; no container engine is needed.

What an engine would show, that the image builds and its services start, is not tested: see docs/operate.md.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_project.instance import REPOSITORY, program
from tests.docs.pages import text_of

DEPLOY = REPOSITORY / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "postgres"}
PORTS = {"webserver": "3000", "site": "3001", "viewer": "3002"}
SCRIPT = DEPLOY / "container" / "with-secrets"


def instructions() -> list[tuple[str, str]]:
    """Return the Containerfile's instructions with their arguments, without comments."""
    text = re.sub(r"^\s*#.*\n", "", text_of(DEPLOY / "Containerfile"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    (start,) = [number for number, (name, value) in enumerate(found) if name == "FROM" and " AS " not in value]
    return found[start:]


def copied() -> list[Path]:
    """Return what the Containerfile copies from the project."""
    values = [value for name, value in instructions() if name == "COPY" and not value.startswith("--from=")]
    sources = (word for value in values for word in value.split()[:-1] if not word.startswith("--"))
    return [REPOSITORY / source for source in sources]


def settings() -> dict[str, str]:
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text_of(DEPLOY / "environment"), re.MULTILINE))


def of_unit(name: str) -> list[list[str]]:
    """Return a unit's commands as a container has them."""
    text = text_of(DEPLOY / f"systemd/hanoi-corpus-{name}.service")
    for here, there in {
        "/opt/hanoi-corpus/.venv/bin/": "",
        " --working-directory /opt/hanoi-corpus": "",
        "deploy/workspace.yaml": "/etc/hanoi-corpus/workspace.yaml",
        "--host 127.0.0.1": "--host 0.0.0.0",
    }.items():
        text = text.replace(here, there)
    return [shlex.split(line) for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)]


def of_service(name: str) -> list[list[str]]:
    """Return a service's commands; `exec` is none."""
    command = SERVICES[name]["command"]
    parts = command[2].split("&&") if command[:2] == ["sh", "-c"] else [shlex.join(command)]
    return [shlex.split(part.strip().removeprefix("exec ")) for part in parts]


@pytest.mark.parametrize("name", ["daemon", "webserver", "viewer", "site", "upkeep"])
def test_a_service_is_the_unit_of_its_name(name: str) -> None:
    assert list(map(sorted, of_service(name))) == list(map(sorted, of_unit(name)))


def test_the_code_server_is_its_unit_after_the_manifest_is_made() -> None:
    first, server = of_service("code")
    assert first == ["python", "-m", "dagster_project.dbt.manifest"]
    assert [server] == of_unit("code")


def test_there_is_a_service_for_every_unit() -> None:
    units = {unit.stem.removeprefix("hanoi-corpus-") for unit in (DEPLOY / "systemd").glob("*.service")}
    assert OURS.keys() == units


def test_pages_are_published_on_loopback_only_on_the_port_they_listen_on() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {name: [f"127.0.0.1:{port}:{port}"] for name, port in PORTS.items()}
    for name, port in PORTS.items():
        (command,) = of_service(name)
        assert command[command.index("--port") + 1] == port
        assert f"127.0.0.1:{port}/" in SERVICES[name]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_unprivileged_and_starts_again(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["env_file"] == "/etc/hanoi-corpus/environment"
    assert service["restart"] == ("no" if name == "upkeep" else "unless-stopped")
    assert "healthcheck" in service or name == "upkeep"
    mounts = [mount.split(":")[:2] for mount in service["volumes"]]
    assert {volume for volume, _ in mounts} <= COMPOSE["volumes"].keys()
    made = next(value for kind, value in last_stage() if kind == "RUN")
    assert all(folder in made.split() for _, folder in mounts)


def test_variables_and_secrets_are_those_of_the_settings() -> None:
    named = {name for service in OURS.values() for name in service["environment"]}
    secrets = COMPOSE["secrets"]
    assert named | secrets.keys() <= settings().keys()
    assert {secret for service in SERVICES.values() for secret in service["secrets"]} == secrets.keys()
    for name, secret in secrets.items():
        assert secret == {"file": f"/etc/hanoi-corpus/secrets/{name}"}
    instance = yaml.safe_load(text_of(DEPLOY / "dagster.yaml"))["storage"]["postgres"]["postgres_db"]
    database = SERVICES["postgres"]["environment"]
    assert (database["POSTGRES_USER"], database["POSTGRES_DB"]) == (instance["username"], instance["db_name"])
    assert database["POSTGRES_PASSWORD_FILE"] == f"/run/secrets/{instance['password']['env']}"
    assert OURS["code"]["environment"] == {instance["hostname"]["env"]: "postgres"}


def test_services_wait_for_what_they_need() -> None:
    needed = {name: set(service.get("depends_on", ())) for name, service in SERVICES.items()}
    assert needed == {
        "code": {"postgres"},
        "daemon": {"code"},
        "webserver": {"code"},
        "viewer": {"code"},
        "site": set(),
        "upkeep": {"postgres"},
        "postgres": set(),
    }
    for service in SERVICES.values():
        for needs, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}
            assert "healthcheck" in SERVICES[needs]


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(
    ("command", "options"),
    [
        (["dagster", "api", "grpc-health-check"], {"--socket"}),
        (["dagster", "api", "grpc"], {"--socket", "--module-name", "--location-name"}),
        (["dagster-daemon", "liveness-check"], set()),
        (["dagster-webserver"], {"--read-only", "--workspace", "--host", "--port"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_dagster_has_the_commands_and_options(command: list[str], options: set[str]) -> None:
    done = subprocess.run(
        [program(command[0]), *command[1:], "--help"], capture_output=True, text=True, timeout=100, check=True
    )
    assert options <= set(re.findall(r"--[a-z-]+", done.stdout))


def test_the_image_is_built_from_pinned_parts_without_caches() -> None:
    bases = [value.split()[0] for name, value in instructions() if name == "FROM"]
    assert all(re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-[a-z]+", base) for base in bases)
    assert len(set(bases)) == 1
    assert "ADD" not in dict(instructions())
    runs = [part for name, value in instructions() if name == "RUN" for part in value.split("&&")]
    for part in runs:
        if re.search(r"\bpip (install|wheel) ", part):
            assert "--no-cache-dir" in part
            assert "--require-hashes" in part or "--no-index" in part


def test_what_is_copied_exists_and_is_let_in() -> None:
    ignored = text_of(DEPLOY / "Containerfile.dockerignore").splitlines()
    assert ignored[1] == "*"
    let_in = {REPOSITORY / line[1:] for line in ignored if line.startswith("!")}
    assert all(path.exists() for path in copied())
    assert [path for path in copied() if not {path, *path.parents} & let_in] == []
    assert [path for path in let_in if not any(path in (one, *one.parents) for one in copied())] == []


def test_the_wheel_can_be_built_from_what_is_copied() -> None:
    build = tomllib.loads(text_of(REPOSITORY / "pyproject.toml"))
    wheel = build["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        *wheel["packages"],
        *wheel["force-include"],
        build["project"]["readme"],
        *build["project"]["license-files"],
    }
    assert {REPOSITORY / name for name in (*needed, "pyproject.toml", "requirements.lock")} <= set(copied())


def test_the_image_runs_as_nobody_in_particular_with_the_settings_of_a_server() -> None:
    stage = last_stage()
    names = [name for name, _ in stage]
    assert names.index("USER") > max(number for number, name in enumerate(names) if name in ("RUN", "COPY"))
    user = dict(stage)["USER"]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert all(f"id {number}" in dict(stage)["RUN"] for number in user.split(":"))
    given = dict(word.split("=", 1) for word in dict(stage)["ENV"].split())
    server = settings()
    assert {name: value for name, value in given.items() if name in server} == {
        name: server[name]
        for name in (
            "PATH",
            "HANOI_CORPUS_HOME",
            "DAGSTER_HOME",
            "DAGSTER_DISABLE_TELEMETRY",
            "DBT_SEND_ANONYMOUS_USAGE_STATS",
        )
    }
    assert "HEALTHCHECK" in names


def with_secrets(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SECRETS": str(folder)}
    return subprocess.run(
        [str(SCRIPT), *command], env=environment, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.process
def test_secrets_become_the_variables_of_their_names(tmp_path: Path) -> None:
    secret = " mật 'khẩu\" $(id) `id` \\ %s #1"
    (tmp_path / "DAGSTER_POSTGRES_PASSWORD").write_text(f"{secret}\n", encoding="utf-8")
    (tmp_path / "HANOI_CORPUS_SMTP_PASSWORD").write_text("khác", encoding="utf-8")
    shows = "import os; print([os.environ[n] for n in ('DAGSTER_POSTGRES_PASSWORD', 'HANOI_CORPUS_SMTP_PASSWORD')])"
    assert with_secrets(tmp_path, sys.executable, "-c", shows).stdout == f"{[secret, 'khác']}\n"


@pytest.mark.process
def test_without_secrets_the_command_runs_and_its_status_is_kept(tmp_path: Path) -> None:
    assert os.access(SCRIPT, os.X_OK)
    assert with_secrets(tmp_path / "none", "sh", "-c", "exit 3").returncode == 3
    (tmp_path / "no-name-of-a-variable").write_text("x", encoding="utf-8")
    assert with_secrets(tmp_path, "true").returncode != 0
