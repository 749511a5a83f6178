"""What the extractor extracts from each gold case, and the bench's scores.

Contains the one function that imports modules of the project. Does not belong here: other extractors, or speed.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from tests.snapshot.published import EVER_NEW, VARIES
from tests.snapshot.store import Row, Tables


def gold_tables() -> Tables:
    """Return values and scores of all cases: the repository's, and those of the folder `shared` if it is there."""
    from bench.extraction import report
    from bench.extraction.all_cases import load_cases
    from bench.extraction.contenders import CONTENDERS, OURS, contends
    from bench.extraction.lists import list_cases, read_rows, score_list
    from bench.extraction.scoring import false_articles, score_all
    from spiders.platforms import PLATFORMS

    cases = load_cases()
    scores, not_articles = score_all(cases, OURS), false_articles(cases)
    rows_of = [(case, read_rows(case)) for case in list_cases() if case.platform in PLATFORMS]
    lists = [score_list(case, rows) for case, rows in rows_of]
    figures = json.loads(report.as_json(scores, lists, []))
    lines = report.as_markdown(scores, lists, not_articles).splitlines()
    return {
        "articles": [
            {"case": case.name, "read_by": name, "is_article": fields is not None, **_kept(fields or {})}
            for case in cases
            for name in OURS
            if contends(name, case)
            for fields in [CONTENDERS[name](case)]
        ],
        "list_rows": [
            {"list": case.name, "number": number, **asdict(row)}
            for case, rows in rows_of
            for number, row in enumerate(rows, start=1)
        ],
        "scores": figures["cases"],
        "bars": figures["bars"],
        "lists": figures["lists"],
        "report": [{"number": number, "line": line} for number, line in enumerate(lines, start=1)],
    }


def _kept(fields: Row) -> Row:
    return {name: VARIES if name in EVER_NEW else value for name, value in fields.items()}
