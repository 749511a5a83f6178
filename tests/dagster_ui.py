"""Run the Dagster UI and daemon for a test; query them by GraphQL and open them in a browser.

Belongs here: starting and stopping programs, and the path of screenshots.
Does not belong here: assertions (`tests.end_to_end`).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from dagster_project.instance import REPOSITORY, dagster_environment, program
from tests.demonstration import COMMAND_TIMEOUT_SECONDS, PROGRAM, environment
from tests.services import free_port, processes_of
from warehouse.home import Home

START_TIMEOUT_SECONDS = 240
WAIT_SECONDS = 240
LAUNCH = """mutation ($job: String!) {
  launchRun(executionParams: {selector: {
    jobName: $job, repositoryName: "__repository__", repositoryLocationName: "hanoi_corpus"
  }}) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""
TERMINATE = "mutation ($run: String!) { terminateRun(runId: $run) { __typename } }"
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
PAGE_TIMEOUT_MILLISECONDS = 60_000
# Turn off Chromium's own background requests.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser_page(width: int = 1600, height: int = 1000) -> Iterator[Any]:
    """Yield a Chromium page of a size in pixels; skip the test if Chromium is not installed."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("needs Chromium; install it with `apt-get install -y chromium`, or put `chromium` on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PAGE_TIMEOUT_MILLISECONDS)
        yield page
        browser.close()


def picture(name: str) -> Path:
    """Return the path of a screenshot, in the folder whose files CI keeps."""
    folder = Path(os.environ.get("CI_ARTIFACTS") or REPOSITORY / ".ci" / "artifacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.png"


def materialise(home: Home, selection: str) -> None:
    """Materialise assets with `dg launch` and wait until the run ends."""
    subprocess.run(
        [program("dg"), "launch", "--assets", selection],
        cwd=REPOSITORY,
        env={**environment(home), **dagster_environment(home)},
        capture_output=True,
        timeout=COMMAND_TIMEOUT_SECONDS,
        check=True,
    )


@contextmanager
def served_ui(home: Home, log: Path, program: str = PROGRAM, **variables: str) -> Iterator[str]:
    """Run `hanoi-corpus dev` on a home; yield its URL; stop its process group at the end."""
    port, site_port = free_port(), free_port()
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [program, "dev", "--port", str(port), "--site-port", str(site_port)],
            env=environment(home, **variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_served(address, process, log)
            yield address
        finally:
            stop(process)


def wait_until_served(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/server_info", timeout=5).close()  # noqa: S310 - our own server
            return
        except OSError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.3)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Send SIGINT to the process group, as Ctrl-C does; after 30 seconds kill what is left."""
    # A server that did not start is gone, and its log says why.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(30)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def ask(address: str, query: str, **variables: object) -> dict[str, Any]:
    """Return the data of a GraphQL query to the UI."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}/graphql", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as response:  # noqa: S310 - our own server
        answer = json.loads(response.read())
    assert "errors" not in answer, answer
    data = answer["data"]
    assert isinstance(data, dict)
    return data


def launched(address: str, job: str) -> str:
    """Launch a job, and return the ID of its run."""
    found = ask(address, LAUNCH, job=job)["launchRun"]
    assert found["__typename"] == "LaunchRunSuccess", found
    run = found["run"]["runId"]
    assert isinstance(run, str)
    return run


def status_of(address: str, run: str) -> str:
    """Return a run's status, such as `STARTED`."""
    return str(ask(address, STATUS, run=run)["runOrError"]["status"])


def wait_for(what: str, found: Callable[[], Any]) -> None:
    """Wait until something is true; fail with `what` after a while."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def crawls_of(home: Home) -> dict[int, str]:
    """Return the command lines of a home's crawl processes, by process ID."""
    return processes_of(home.root, "spiders.crawl")
