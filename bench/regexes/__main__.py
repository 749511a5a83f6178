"""`python -m bench.regexes`: time every pattern of the project on a megabyte of its worst case.

Exit codes: 0 all end within a second; 1 at least one does not, or its pattern is not known.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from bench.regexes.audit import slowest
from bench.regexes.bounds import BOUNDED, DYNAMIC
from bench.regexes.patterns import all_patterns

_CHARACTERS = 1_000_000
_LIMIT_SECONDS = 1.0
_SHOWN = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the patterns; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.regexes", description="Time each regular expression on its worst case."
    )
    parser.add_argument("--characters", type=int, default=_CHARACTERS, help="length of each text")
    parser.add_argument("--quick", action="store_true", help="fewer texts: without pairs of characters")
    parser.add_argument("--only", default="", help="only places that contain this text")
    options = parser.parse_args(arguments)
    found, dynamic = all_patterns()
    chosen = [one for one in found if options.only in one.place]
    started_at = time.perf_counter()
    results = []
    for one in chosen:
        results.append(slowest(one, options.characters, _LIMIT_SECONDS, thorough=not options.quick))
        if results[-1].seconds is None:
            print(f"SLOW {results[-1]}\n     {one.pattern.pattern!r}"[:600], flush=True)
    slow = [result for result in results if result.seconds is None]
    unknown = [place for place in dynamic if place not in DYNAMIC and options.only in place]
    for place in unknown:
        print(f"UNKNOWN {place}: its pattern depends on values at run time")
    for result in sorted(results, key=lambda result: -(result.seconds or 0.0))[:_SHOWN]:
        print(result)
    bounded = sum(one.place in BOUNDED for one in chosen)
    print(
        f"{len(chosen)} patterns ({bounded} on bounded texts) in {time.perf_counter() - started_at:.0f} s: {len(slow)} "
        f"take more than {_LIMIT_SECONDS:g} s of {options.characters:,} characters; {len(unknown)} are not known"
    )
    return 1 if slow or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
