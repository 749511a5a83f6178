"""`python -m tests.digests`: update the digests of extraction output; raise the extractor's version if output changed.

It writes nothing if nothing changed. Run it in the root of the repository, if possible with the folder `shared` beside
it: the digests of its pages are updated only there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.digests.pages import is_at_hand, repository_pages, shared_pages
from tests.digests.readings import digests_of
from tests.digests.record import COMMAND, REPOSITORY_FILE, SHARED_FILE
from tests.digests.renewal import renew
from warehouse.clock import HANOI_TIME, Clock


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    about = "Update the digests of extraction output; raise the extractor's version if output changed."
    argparse.ArgumentParser(prog=COMMAND, description=about).parse_args(arguments)
    print("extracting every page; this takes a minute", file=sys.stderr)
    readings = {
        REPOSITORY_FILE: digests_of(repository_pages()),
        SHARED_FILE: digests_of(shared_pages()) if is_at_hand() else None,
    }
    for line in renew(readings, Clock().now().astimezone(HANOI_TIME).date()):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
