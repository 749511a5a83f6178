"""Virtual environments of the CMSs from PyPI, each made once from its locked requirements and kept.

Belongs here: making one. Does not belong here: what is installed (`requirements-*.lock`).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cms.site import NotInstalledError

INSTALL_TIMEOUT_SECONDS = 150
_LOCKS = Path(__file__).parent


def python_of(name: str, cache: Path) -> Path:
    """Return the Python of the environment that `requirements-<name>.lock` describes; install it if it is missing.

    Args:
        name: the CMS.
        cache: folder that is kept between runs; an environment's folder is named by the lock's digest.

    Raises:
        NotInstalledError: pip could not install it, such as without a network; the message has its last lines.
    """
    lock = _LOCKS / f"requirements-{name}.lock"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = cache / f"{name}-{version}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    python, is_complete = folder / "bin/python", folder / ".installed"
    if is_complete.exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary"]
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=INSTALL_TIMEOUT_SECONDS)
        subprocess.run(
            [python, *install, ":all:", "--retries", "1", "--requirement", lock],
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_SECONDS,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = error.stderr if isinstance(error.stderr, str) else ""
        raise NotInstalledError(f"pip could not install {lock.name}: {said[-500:] or error}") from error
    is_complete.touch()
    return python
