"""`python -m bench.fuzz`: mutate inputs of every format; report those on which a reader fails.

Failing inputs are minimised and saved, one per fault. Exit codes: 0 no failure; 1 at least one.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.figures import REPOSITORY
from bench.fuzzing.pages import Case
from bench.fuzzing.targets import TARGETS
from bench.fuzzing.targets.target import Target
from bench.fuzzing.worker import Result, Worker

FAILURES = REPOSITORY / "build" / "fuzz"
_SLOWEST_SHOWN = 3
_MINIMISE_SECONDS = 60.0


@dataclass(slots=True)
class Report:
    """Results of a run on one target.

    Attributes:
        outcomes: number of cases by outcome.
        failures: path of the saved input by fault.
        failed: number of cases by fault.
        slowest: seconds, case number and size of the slowest cases.
    """

    target: str
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Path] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, int, int]] = field(default_factory=list)
    seconds: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the fuzzer; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.fuzz", description="Feed randomly mutated inputs to the readers of every format."
    )
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="only this format; repeatable")
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--seed", type=int, help="seed of the run; random by default")
    parser.add_argument("--case", type=int, metavar="NUMBER", help="run only this case, of one target")
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    chosen = [TARGETS[name] for name in options.target or TARGETS]
    if options.case is not None:
        return _run_case(chosen[0], seed, options.case)
    print(f"seed {seed}", flush=True)
    reports = []
    shares = sum(target.share for target in chosen)
    for target in chosen:
        reports.append(run(target, seed, options.minutes * 60 * target.share / shares))
        print(as_text(reports[-1]), flush=True)
    return 1 if any(report.failures for report in reports) else 0


def _run_case(target: Target, seed: int, number: int) -> int:
    with Worker() as worker:
        result = worker.run(target.mutated(number, seed, target.seeds()))
    print(result.failure or result.outcome, f"{result.seconds:.2f} s", result.detail)
    return 1 if result.failure else 0


def run(target: Target, seed: int, seconds: float, folder: Path = FAILURES) -> Report:
    """Check mutated inputs of a target until the time is over."""
    report = Report(target.name)
    known = target.seeds()
    number = 0
    with Worker() as worker:
        started_at = time.perf_counter()  # the worker has started; on a busy machine that takes seconds
        while time.perf_counter() - started_at < seconds:
            case = target.mutated(number, seed, known)
            result = worker.run(case)
            _record(report, result, number, case)
            if result.failure and result.failure not in report.failures:
                print(f"{target.name}, case {number}: {result.failure}", flush=True)
                report.failures[result.failure] = save(minimised(case, result, worker), result, seed, number, folder)
            number += 1
    report.seconds = time.perf_counter() - started_at
    return report


def _record(report: Report, result: Result, number: int, case: Case) -> None:
    report.outcomes[result.outcome or "failed"] += 1
    report.failed.update([result.failure] if result.failure else [])
    report.slowest = sorted([*report.slowest, (result.seconds, number, len(case.body))], reverse=True)[:_SLOWEST_SHOWN]


def minimised(case: Case, result: Result, worker: Worker) -> Case:
    """Return the case minimised to what the failure needs, as far as possible within a minute."""
    until = time.perf_counter() + _MINIMISE_SECONDS
    size = len(case.body) // 2
    while size and time.perf_counter() < until:
        at = 0
        while at < len(case.body) and time.perf_counter() < until:
            smaller = replace(case, body=case.body[:at] + case.body[at + size :])
            if worker.run(smaller).failure == result.failure:
                case = smaller
            else:
                at += size
        size //= 2
    return case


def save(case: Case, result: Result, seed: int, number: int, folder: Path) -> Path:
    """Save a failing input and its details; return the input's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case.target}-{seed}-{number}"
    path.write_bytes(case.body)
    about = {
        "failure": result.failure,
        "target": case.target,
        "url": case.url,
        "platform": case.platform,
        "content_type": case.content_type,
        "seed": seed,
        "case": number,
        "detail": result.detail,
    }
    path.with_suffix(".json").write_text(json.dumps(about, ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def as_text(report: Report) -> str:
    """Return the report as text: the outcomes, the slowest cases and the failures."""
    cases = report.outcomes.total()
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in report.outcomes.most_common())
    slowest = "; ".join(f"{seconds:.1f} s, case {number}, {size:,} bytes" for seconds, number, size in report.slowest)
    lines = [f"{report.target}: {cases:,} cases in {report.seconds:.0f} s: {counts}. Slowest: {slowest}"]
    lines += [f"FAILED {report.failed[failure]} times: {failure}: {path}" for failure, path in report.failures.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
