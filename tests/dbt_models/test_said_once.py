"""Rules that Python and dbt both need: defined once on each side, and both definitions agree."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import duckdb
import jinja2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.crawl.plan import REPLAYED_FOR
from tests.docs.pages import text_of
from tests.warehouse.tables.made_up import PROJECT
from warehouse.clock import HANOI_TIME
from warehouse.records import GONE_STATUSES, HEALTHY_VERDICTS, REGULAR_KINDS, CrawlKind, Verdict
from warehouse.text.identity import article_id
from warehouse.text.normal import clean, unaccented

MODELS = PROJECT / "models"
MARTS = {
    model["name"]: {column["name"]: column for column in model["columns"]}
    for model in yaml.safe_load(text_of(MODELS / "marts" / "_marts.yml"))["models"]
}


def rendered(call: str) -> str:
    """Return the SQL of a macro call."""
    macros = "".join(text_of(macro) for macro in sorted((PROJECT / "macros").glob("*.sql")))
    return jinja2.Environment(autoescape=False).from_string(f"{macros}{{{{ {call} }}}}").render().strip()  # noqa: S701 - it is SQL


def evaluate(call: str, **parameters: object) -> Any:
    """Return the value of a macro call in DuckDB."""
    ((value,),) = duckdb.sql(f"select {rendered(call)}", params=parameters).fetchall()
    return value


def accepted(macro: str, values: Iterable[object]) -> set[object]:
    """Return the values for which a macro is true."""
    condition = rendered(f"{macro}('value')")
    given = duckdb.sql("select unnest($values) as value", params={"values": list(values)})
    return {value for (value,) in given.filter(condition).fetchall()}


def test_healthy_verdicts_agree() -> None:
    assert accepted("is_healthy", get_args(Verdict)) == set(HEALTHY_VERDICTS)


def test_kinds_of_crawls_that_count_for_absences_agree() -> None:
    assert accepted("is_regular", get_args(CrawlKind)) == set(REGULAR_KINDS)


def test_statuses_of_gone_pages_agree() -> None:
    assert accepted("is_gone", range(100, 600)) == set(GONE_STATUSES)


@pytest.mark.parametrize("year", [1997, 2015, 2026])
@pytest.mark.parametrize("month", [1, 7])
def test_the_time_zone_agrees(year: int, month: int) -> None:
    moment = datetime(year, month, 1, 17, 30, tzinfo=UTC)
    in_hanoi = moment.astimezone(HANOI_TIME)
    assert evaluate("hanoi_time('$moment')", moment=moment) == in_hanoi.replace(tzinfo=None)
    assert evaluate("hanoi_day('$moment')", moment=moment) == in_hanoi.date()


@pytest.mark.parametrize(
    ("portal", "key"),
    [
        ("my-duc", "4401001"),
        ("tay-ho", "https://tay-ho.test/tin/-/view_content/1-khai-hoi"),
        ("tay-ho", "https://tay-ho.test/tin/lễ-hội-chùa-hương?trang=2&mục=văn hoá"),
        ("tay-ho", unicodedata.normalize("NFD", "lễ-hội-chùa-hương")),
        ("thu-do", "Quận Hoàn Kiếm, phường Hàng Đào: 'Tết' 100 %"),
        ("thu-do", ""),
    ],
    ids=["number", "URL", "Vietnamese URL", "decomposed", "quotation marks", "empty"],
)
def test_article_ids_agree(portal: str, key: str) -> None:
    assert evaluate("article_id('$portal', '$key')", portal=portal, key=key) == article_id(portal, key)


def folded(text: str) -> str:
    """Return a text as Python folds it for comparing names and URLs."""
    return " ".join(unaccented(clean(text)).split())  # a mark may stand alone between spaces


VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXY"
TONES = "\u0300\u0301\u0303\u0309\u0323"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Giải ngân vốn ĐẦU TƯ công", "giai ngan von dau tu cong"),
        ("hoà hòa HOÀ HÒA khoẻ khỏe uỷ ủy thuỷ thủy quý", "hoa hoa hoa hoa khoe khoe uy uy thuy thuy quy"),
        ("Ðống Đa, ðường đi", "dong da, duong di"),
        ("hai\n\ndòng\t \u00a0cách\u2003ra\u3000xa ", "hai dong cach ra xa"),
        ("mềm\u00admại không\u200bthấy \ufeffđầu \u200e", "memmai khongthay dau"),
        ("ướt nghĩa\u0323 Ừ Ữ ỄẾ ỵ", "uot nghia u u ee y"),
        ("36,6 % – “trích” (2/9)", "36,6 % – “trich” (2/9)"),
        ("Straße Łódź Århus İzmir", "straße łodz arhus izmir"),
        ("", ""),
        ("  \u200b ", ""),
    ],
)
def test_a_text_is_folded_for_searching(form: Any, text: str, expected: str) -> None:
    written = unicodedata.normalize(form, text)
    assert evaluate("folded_text('$text::varchar')", text=written) == expected == folded(written)


@settings(deadline=None, derandomize=True)
@given(
    st.lists(
        st.text(VIETNAMESE + TONES + "ÐðßŁİéñçöÅ \t\n\u00a0\u00ad\u200b\u2028\u3000\ufeff0-–’“.,%", max_size=40),
        max_size=50,
    )
)
def test_folding_agrees_with_python_for_any_latin_text(texts: list[str]) -> None:
    given_texts = duckdb.sql("select unnest($texts::varchar[]) as text", params={"texts": texts})
    assert [row[0] for row in given_texts.project(rendered("folded_text('text')")).fetchall()] == list(
        map(folded, texts)
    )


def test_the_table_folds_each_of_its_characters_as_python_does() -> None:
    every = [chr(code) for code in range(1, 0x20000) if not 0xD800 <= code < 0xE000]
    given_letters = duckdb.sql("select unnest($letters::varchar[]) as letter", params={"letters": every})
    other, text = rendered("has_other_characters('letter')"), rendered("folded_text('letter')")
    found = dict(given_letters.filter(f"not {other}").project(f"letter, {text}").fetchall())
    assert found == {letter: folded(letter) for letter in found}
    assert found.keys() >= {
        unicodedata.normalize("NFC", letter + tone) for letter in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in ("", *TONES)
    }


@pytest.mark.parametrize(
    ("mart", "column", "values"),
    [
        ("fct_crawls", "verdict", get_args(Verdict)),
        ("fct_crawls", "kind", get_args(CrawlKind)),
        ("fct_portal_days", "verdict", (*get_args(Verdict), "not_looked")),
    ],
)
def test_accepted_values_are_the_types_of_python(mart: str, column: str, values: tuple[str, ...]) -> None:
    (found,) = (test["accepted_values"] for test in MARTS[mart][column]["data_tests"] if "accepted_values" in test)
    assert found["arguments"]["values"] == list(values)


def spelled_out() -> Iterator[str]:
    """Yield places in models and data tests that repeat a value of a rule instead of calling its macro."""
    for file in sorted((*MODELS.rglob("*.sql"), *(PROJECT / "tests").glob("*.sql"))):
        for number, line in enumerate(text_of(file).splitlines(), start=1):
            said = line.partition("--")[0].replace("materialized='incremental'", "")
            if re.search(r"'(ok|no_news|full|incremental)'|\b(404|410)\b|Ho_Chi_Minh", said):
                yield f"{file.relative_to(PROJECT)}:{number}"


def test_no_model_spells_out_a_rule() -> None:
    assert list(spelled_out()) == []


def test_time_limits_of_resumption_agree() -> None:
    project = yaml.safe_load(text_of(PROJECT / "dbt_project.yml"))
    assert timedelta(hours=project["vars"]["hanoi_corpus"]["resumption_hours_max"]) == REPLAYED_FOR
