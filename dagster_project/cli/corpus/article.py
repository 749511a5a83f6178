"""The command `hanoi-corpus article`: what one article has to do with others.

Does not belong here: finding it (`warehouse.corpus.relations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from dagster_project.cli.input.releases import KeptRelease
from dagster_project.cli.output.console import AsJson, print_json
from dagster_project.operations.plain_text import hanoi_minute, one_line, printable
from warehouse.corpus.relations import Relations, find_relations
from warehouse.corpus.release import open_release, release_file
from warehouse.home import Home

_LINE = 100
_LIKE_SHOWN = 20
_STORY_SHOWN = 20

_HOW_KNOWN = {
    "credited_url": "its page cites the address",
    "credited_source": "its page names the source",
    "mark": "it bears the source's mark",
    "first_published": "the texts are alike, and the other was published first",
    "containment": "nearly all of it stands in the other, which was published first",
}


def article(
    wanted: Annotated[str, typer.Argument(metavar="URL", help="the article's address, or its article_id")],
    release: KeptRelease = None,
    as_json: AsJson = False,
) -> None:
    """Show what an article copies, what copies it, what differs, and who tells of the same event."""
    path = release_file(Home.from_environment(), release)
    with open_release(path) as corpus:
        found = find_relations(corpus, path, wanted)
    if as_json:
        print_json(found)
        return
    for line in _lines(found):
        print(line)


def _lines(found: Relations) -> Iterator[str]:
    own = found.article
    yield one_line(own["title"] or "(no title)", _LINE)
    yield f"{own['portal']}  {printable(own['url'])}"
    when = hanoi_minute(own["published_at"]) if own["published_at"] else "at an unknown time"
    when = when[:10] if own["published_precision"] == "day" else when
    yield f"article {own['article_id']}, published {when}, {_count(own['revision_count'], 'revision')}"
    yield ""
    yield from _reprint(found)
    yield from _like(found)
    yield from _stale(found)
    yield from _story(found)


def _reprint(found: Relations) -> Iterator[str]:
    reprint = found.reprint
    if reprint is None:
        yield "No reprint, as far as is known."
        return
    source = reprint["source_name"] or reprint["original_portal"] or reprint["source_url_key"]
    if reprint["original_article_id"] is None:
        known = _HOW_KNOWN[reprint["how_known"]]
        yield f"A reprint from {printable(source)}, whose article is not in the corpus: {known}."
        return
    yield f"A reprint: {_HOW_KNOWN[reprint['how_known']]}."
    delay = "" if reprint["delay_minutes"] is None else f", {_minutes(reprint['delay_minutes'])} earlier"
    yield f"  {reprint['original_portal']}{delay}: {one_line(reprint['original_title'], _LINE)}"
    yield f"  {printable(reprint['original_url'])}"


def _like(found: Relations) -> Iterator[str]:
    if not found.like:
        yield "No other text is like it."
    for pair in found.like[:_LIKE_SHOWN]:
        yield ""
        other = f"{pair['other_portal']}: {one_line(pair['other_title'] or '(no title)', _LINE)}"
        yield f"{pair['relation']} {pair['kind']} ({pair['similarity']:.0%} alike)  {other}"
        yield f"  {printable(pair['other_url'])}"
        yield f"  revision {pair['revision']} here, {pair['other_revision']} there; {_difference(pair)}"
    if len(found.like) > _LIKE_SHOWN:
        yield f"… and {len(found.like) - _LIKE_SHOWN} more; --json shows all."


def _difference(pair: Mapping[str, Any]) -> str:
    """Say what the later of the two texts has changed."""
    counts = [
        f"{pair[f'{what}_sentence_count']} {what}"
        for what in ("changed", "added", "removed")
        if pair[f"{what}_sentence_count"]
    ]
    said = f"sentences: {', '.join(counts)}" if counts else "the same sentences"
    for sign, name in (("-", "figures_removed"), ("+", "figures_added")):
        if pair[name]:
            said += f"; {sign} {one_line(', '.join(pair[name]), _LINE)}"
    return said


def _stale(found: Relations) -> Iterator[str]:
    for row in found.stale:
        yield ""
        is_own = row["article_id"] == found.article["article_id"]
        who = "it" if is_own else f"its copy in {row['portal']}"
        until = "still carries" if row["is_stale"] else f"until {hanoi_minute(row['followed_at'])} carried"
        yield f"{row['original_portal']} corrected a sentence, seen {hanoi_minute(row['corrected_at'])}; {who} {until}:"
        yield f"  {one_line(row['carried_sentence'], 2 * _LINE)}"
        yield f"  corrected: {one_line(row['corrected_sentence'] or '(taken out)', 2 * _LINE)}"


def _story(found: Relations) -> Iterator[str]:
    yield ""
    if not found.story:
        yield "No other article tells of the same event."
        return
    portals = len({row["portal"] for row in found.story})
    yield f"Its story is told by {_count(len(found.story), 'article')} in {_count(portals, 'portal')}:"
    for row in found.story[:_STORY_SHOWN]:
        mark = "*" if row["article_id"] == found.article["article_id"] else " "
        title = one_line(row["title"] or "(no title)", _LINE)
        yield f"{mark} {hanoi_minute(row['published_by'])}  {row['portal']}: {title}"
        yield f"    {printable(row['url'])}"
        if row["similarity"] is not None:
            yield f"    {row['similarity']:.0%} alike on {row['assigned_on']}; {_shared(row)}"
    if len(found.story) > _STORY_SHOWN:
        yield f"… and {len(found.story) - _STORY_SHOWN} more; --json shows all."


def _shared(row: Mapping[str, Any]) -> str:
    kinds = {"names": "shared_names", "figures": "shared_figures", "documents": "shared_documents"}
    said = [f"{kind}: {one_line(', '.join(row[name]), _LINE)}" for kind, name in kinds.items() if row[name]]
    return "; ".join(said or [f"terms: {one_line(', '.join(row['shared_terms']), _LINE)}"])


def _minutes(count: int) -> str:
    if count < 2 * 60:
        return _count(count, "minute")
    return _count(count // 60, "hour") if count < 2 * 24 * 60 else _count(count // (24 * 60), "day")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
