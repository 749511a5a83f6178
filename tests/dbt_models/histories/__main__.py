"""`python -m tests.dbt_models.histories`: compare incremental builds of random histories with full ones.

Exit codes: 0 all builds are equal; 1 at least one differs, and the output names seed, step, relations and rows.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from tests.dbt_models.histories.building import Builder
from tests.dbt_models.histories.running import run
from tests.dbt_models.histories.shrinking import described, shrunk
from tests.dbt_models.histories.steps import history_of


def main() -> int:
    """Run the histories of consecutive seeds; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.dbt_models.histories", description="Compare incremental builds with full ones."
    )
    parser.add_argument("--histories", type=int, default=20, help="how many")
    parser.add_argument("--seed", type=int, help="seed of the first history; random by default")
    parser.add_argument("--steps", type=int, default=4, help="builds of each history")
    parser.add_argument("--shrink", action="store_true", help="reduce a history that fails, which takes minutes")
    options = parser.parse_args()
    first = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    failures = 0
    with tempfile.TemporaryDirectory(prefix="hanoi-corpus-histories-") as name:
        folder = Path(name)
        builder = Builder(folder)
        for seed in range(first, first + options.histories):
            history = history_of(seed, options.steps)
            failure = run(history, builder, folder)
            print(f"seed {seed}: {'equal' if failure is None else f'step {failure.step} differs'}", flush=True)
            if failure is None:
                continue
            failures += 1
            print("\n".join(failure.lines))
            if options.shrink:
                print("\n".join(described(shrunk(history, failure, builder, folder))), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
