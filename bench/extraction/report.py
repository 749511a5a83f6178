"""The report: Markdown tables by origin, differences in our results, one case beside its gold.

Belongs here: texts and tables. Does not belong here: computing figures (see `bench.extraction.bars`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from bench.extraction.bars import Reached, Scores, Summary, all_reached, of_origin
from bench.extraction.cases import ORIGINS, Case
from bench.extraction.contenders import CONTENDERS, OURS, TRAFILATURA
from bench.extraction.lists import ListScore
from bench.extraction.score import JUDGED, Fields, Score, paragraphs, score
from bench.figures import Figure, as_rows, machine

_SHARES: Final = ("title", "day", "minute", "byline", "source", "captions")
_HEAD: Final = (
    "contender",
    "cases",
    *(f"{name} %" for name in _SHARES),
    "F1 mean",
    "F1 min",
    "caption leaks",
    "furniture leaks",
    "repeated leads",
    "invented",
)
_SHARES_IN_SHORT: Final = ("title", "day", "minute", "byline", "captions")
HEAD_IN_SHORT: Final = ("pages", "read by", "cases", *(f"{name} %" for name in _SHARES_IN_SHORT), "F1 mean", "leaks")
_SHORT: Final = 100


def as_markdown(scores: Scores, lists: Sequence[ListScore], not_articles: Sequence[str]) -> str:
    """Return the report.

    Args:
        scores: scores of cases with an article.
        lists: scores of the saved list pages.
        not_articles: one line for each article extracted from a page that contains none.
    """
    return "\n\n".join(
        (
            *_in_short(scores),
            *_tables(scores),
            *_lists(lists),
            *_lines("Articles seen where there is none", not_articles),
            *_lines(
                "What differs in ours", [line for name in OURS for line in _differences(name, scores.get(name, ()))]
            ),
            *_lines("Bars missed", [_missed(one) for one in all_reached(scores) if not one.is_met]),
        )
    )


def _in_short(scores: Scores) -> Iterator[str]:
    """Yield the table of the README: our extraction and trafilatura, by origin."""
    rows = [
        (origin, name, *_cells_in_short(summary))
        for origin in ORIGINS
        for name in (*OURS, TRAFILATURA)
        if (summary := of_origin(scores.get(name, ()), origin))
    ]
    if rows:
        yield "## In short\n\n" + _table(HEAD_IN_SHORT, rows)


def _cells_in_short(summary: Summary) -> tuple[str, ...]:
    shares = (_percent(summary.share(name)) for name in _SHARES_IN_SHORT)
    return (str(len(summary.scores)), *shares, f"{summary.f1_mean:.3f}", str(summary.leaks))


def _tables(scores: Scores) -> Iterator[str]:
    for origin in ORIGINS:
        summaries = {name: of_origin(of_it, origin) for name, of_it in scores.items()}
        rows = [(name, *_cells(summary)) for name, summary in summaries.items() if summary]
        if rows:
            yield f"## {origin}\n\n" + _table(_HEAD, rows)


def _cells(summary: Summary) -> tuple[str, ...]:
    return (
        str(len(summary.scores)),
        *(_percent(summary.share(name)) for name in _SHARES),
        f"{summary.f1_mean:.3f}",
        f"{summary.f1_min:.3f}",
        str(summary.caption_leaks),
        str(summary.furniture_leaks),
        str(summary.repeated_leads),
        str(summary.invented),
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (head, ("---", *("---:" for _ in head[1:])), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _lists(lists: Sequence[ListScore]) -> Iterator[str]:
    platforms = sorted({one.case.platform for one in lists})
    rows = []
    for platform in platforms:
        of_it = [one for one in lists if one.case.platform == platform]
        total, wrong = sum(len(one.case.rows) for one in of_it), sum(len(one.wrong) for one in of_it)
        dates, extra = sum(len(one.wrong_dates) for one in of_it), sum(len(one.extra) for one in of_it)
        rows.append((platform, str(len(of_it)), f"{total - wrong} of {total}", str(dates), str(extra)))
    if rows:
        head = ("platform", "lists", "rows right", "wrong dates", "rows too many")
        yield "## Rows of real lists\n\n" + _table(head, rows)


def _lines(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines)


def _missed(one: Reached) -> str:
    return f"{one.origin}, {one.bar}: {one.value:.3f}"


def _differences(contender: str, scores: Sequence[Score]) -> Iterator[str]:
    for one in scores:
        if not one.is_clean:
            yield f"{one.case.name} ({contender}): {'; '.join(faults(one))}"


def faults(one: Score) -> Iterator[str]:
    """Yield the differences, a few words each."""
    if wrong := [name for name, is_right in one.fields.items() if not is_right]:
        yield f"wrong {', '.join(wrong)}"
    if one.invented:
        yield f"invented {', '.join(one.invented)}"
    if one.text.f1 < 1:
        yield f"P {one.text.precision:.3f} R {one.text.recall:.3f}"
    if one.caption_leaks:
        yield f"{len(one.caption_leaks)} captions leaked"
    if one.furniture_leaks:
        yield f"leaked {', '.join(repr(text[:30]) for text in one.furniture_leaks[:3])}"
    if one.is_lead_repeated:
        yield "lead repeated"


def compared(case: Case, contender: str) -> str:
    """Return one case beside its gold: differing fields, missing and additional paragraphs."""
    found = CONTENDERS[contender](case)
    lines = [f"# {case.name}, {contender}", f"{case.url}"]
    if case.gold is None or found is None:
        return "\n".join((*lines, f"gold: {_kind(case.gold)}", f"found: {_kind(found)}"))
    one = score(case, found)
    lines += faults(one)
    for field in dict.fromkeys(field for field, _ in JUDGED.values()):
        wrong = any(one.fields.get(name) is False for name, (of, _) in JUDGED.items() if of == field)
        if wrong or field in one.invented:
            lines += ["", field, f"  gold:  {_shown(case.gold.get(field))}", f"  found: {_shown(found.get(field))}"]
    expected, got = paragraphs(case.gold), paragraphs(found)
    for title, texts, others in (("missing", expected, got), ("too many", got, expected)):
        if only := [text for text in texts if text not in others]:
            lines += ["", f"paragraphs {title}:", *(f"  {_shown(text)}" for text in only)]
    return "\n".join(lines)


def _kind(fields: Fields | None) -> str:
    return "no article" if fields is None else f"an article, {_shown(fields.get('title'))}"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 2 * _SHORT else f"{text[:_SHORT]} […] {text[-_SHORT:]}"


def as_json(scores: Scores, lists: Sequence[ListScore], figures: Sequence[Figure]) -> str:
    """Return scores, bars and speed figures as JSON text."""
    cases = [
        {
            "contender": contender,
            "case": one.case.name,
            "origin": one.case.origin,
            "fields": dict(one.fields),
            "invented": one.invented,
            **asdict(one.text),
            "f1": one.text.f1,
            "caption_leaks": one.caption_leaks,
            "furniture_leaks": one.furniture_leaks,
            "is_lead_repeated": one.is_lead_repeated,
        }
        for contender, of_it in scores.items()
        for one in of_it
    ]
    bars = [
        {"bar": str(one.bar), "origin": one.origin, "value": one.value, "met": one.is_met}
        for one in all_reached(scores)
    ]
    rows = [
        {
            "list": one.case.name,
            "rows": len(one.case.rows),
            "wrong": len(one.wrong),
            "wrong_dates": len(one.wrong_dates),
            "extra": len(one.extra),
        }
        for one in lists
    ]
    whole = {"machine": machine(), "bars": bars, "lists": rows, "figures": as_rows(figures), "cases": cases}
    return json.dumps(whole, ensure_ascii=False, indent=1)
