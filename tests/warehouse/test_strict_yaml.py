"""Hostile YAML: refused by file and line before it costs anything, and never read as another value than it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from warehouse import strict_yaml
from warehouse.home import Home
from warehouse.settings import SettingsError, load_settings


def refused(text: str) -> str:
    """Return the message without the file's name: `line: problem`."""
    with pytest.raises(strict_yaml.FileError) as caught:
        strict_yaml.parse(text, Path("f.yml"), "a file").as_model(Plain)
    message = str(caught.value)
    assert message.startswith("f.yml:")
    assert len(message) < 8_000
    assert message.replace("\n", "").isprintable()
    return message.removeprefix("f.yml:")


class Plain(strict_yaml.Strict):
    """A model with a value of each kind."""

    text: str = ""
    number: int = 0
    share: float = 0.0
    flag: bool = False
    texts: tuple[str, ...] = ()


ALIASES = "anchors and aliases (& and *) are not allowed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [b]\n", f"1: {ALIASES}"),
        ("a: 1\nb: *x\n", f"2: {ALIASES}"),
        ("a: &a [*a]\n", f"1: {ALIASES}"),
        ("base: &b {text: x}\n<<: *b\n", f"1: {ALIASES}"),
        ("<<: {text: x}\n", "1: <<: unknown key"),
        ("text: !!python/object/apply:os.system [id]\n", "1: tags (!) are not allowed"),
        ("text: !!binary aGk=\n", "1: tags (!) are not allowed"),
        ("text: !!str x\n", "1: tags (!) are not allowed"),
        ("text: ! x\n", "1: tags (!) are not allowed"),
        ("!!set {a, b}\n", "1: tags (!) are not allowed"),
        ("a:\n" + "".join("  " * depth + "- a:\n" for depth in range(50)), "6: lists and mappings are nested"),
        ("a: " + "[" * 100_000, "1: lists and mappings are nested more than 10 deep"),
        ("a: " + "{a: " * 20_000, "1: lists and mappings are nested more than 10 deep"),
        ("- " * 50_000, "1: lists and mappings are nested more than 10 deep"),
        ("? " * 50_000, "1: lists and mappings are nested more than 10 deep"),
        ("".join(f"k{number}: 1\n" for number in range(10_000)), "2500: there are more than 5000 values"),
        ("texts: [" + "a," * 60_000 + "]", "1: there are more than 5000 values"),
        ("".join(f"k{number}: 1\n" for number in range(1_000)), "1: k0: unknown key"),
        ("a: 1\n---\nb: 2\n", "2: expected a single document in the stream: but found another document"),
        ("? [a, b]\n: c\n", "1: a key must be plain text, not a list or mapping"),
        ("? {a: b}\n: c\n", "1: a key must be plain text, not a list or mapping"),
        ("a: 1\n'a': 2\n", "2: a: the key is given twice"),
        ("1: a\n'1': b\n", "2: 1: the key is given twice"),
        ('true: a\n"true": b\n', "2: true: the key is given twice"),
        ("~: a\n", "1: ~: unknown key"),
        ("'': a\n", "1: '': unknown key"),
        ("no: a\n", "1: no: unknown key"),
        ("text: ~\n", "1: text: Input should be a valid string"),
        ("text: no\n", "1: text: must not be yes or no"),
        ("text: 12\n", "1: text: Input should be a valid string"),
        ("number: " + "1" * 5_000 + "\n", "1: number: Unable to parse input string as an integer"),
        ("number: 0x1f\n", "1: number: Input should be a valid integer"),
        ("number: 0b_\n", "1: number: Input should be a valid integer"),
        ("number: 1:30\n", "1: number: Input should be a valid integer"),
        ("share: .inf\n", "1: share: Input should be a valid number"),
        ("share: inf\n", "1: share: Input should be a finite number"),
        ("share: .nan\n", "1: share: Input should be a valid number"),
        ("share: nan\n", "1: share: Input should be a finite number"),
        ("share: 2e999999\n", "1: share: Input should be a finite number"),
        ("share: 2.0e999\n", "1: share: Input should be a finite number"),
        ("share: 1:30.5\n", "1: share: Input should be a valid number"),
        ("share: 2026-01-01\n", "1: share: Input should be a valid number"),
        ("a: 1\ntext: a\x00b\n", "2: special characters are not allowed"),
        ('a: 1\ntext: "a\\0b"\n', "2: a value holds a control character, or half of a character"),
        ('text: "a\\x1b[2Jb"\n', "1: a value holds a control character"),
        ('"a\\x1b[2Jb": 1\n', "1: a value holds a control character"),
        ('text: "\\ud800"\n', "1: a value holds a control character, or half of a character"),
        ('text: "\\UFFFFFFFF"\n', "1: is not YAML: "),
        ('text: "\\U00110000"\n', "1: is not YAML: "),
        ("text: \ud800\n", "1: special characters are not allowed"),
        ("%YAML 9.9\n---\na: 1\n", "1: found incompatible YAML document"),
        ("%TAG ! tag:x:\n---\na: !b 1\n", "3: tags (!) are not allowed"),
        ("\ta: 1\n", "1: while scanning for the next token: found character '\\t'"),
        ("text: `x\n", "1: while scanning for the next token: found character '`'"),
        ("k" * 100_000 + ": 1\n", "1: "),
        ("text: [" + "x" * 100_000 + "\n", "2: while parsing a flow sequence: expected ',' or ']'"),
        ("x" * 128_001, " it has more than 128000 characters"),
    ],
)
def test_what_no_such_file_needs_is_refused(text: str, message: str) -> None:
    assert refused(text).startswith(message)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("text: 17:30", "text", "17:30"),
        ("text: 2026-01-01", "text", "2026-01-01"),
        ("text: =", "text", "="),
        ("text: <<", "text", "<<"),
        ("text: 'a\n\n  b'", "text", "a\nb"),
        ("text: |\n  a\n  b\n", "text", "a\nb"),
        ("number: 010", "number", 10),
        ("number: -5", "number", -5),
        ("share: 1.5e3", "share", 1500.0),
        ("share: 1e3", "share", 1000.0),
        ("share: 2", "share", 2.0),
        ("flag: no", "flag", False),
        ("flag: On", "flag", True),
        ("\ufefftext: a", "text", "a"),
        ("---\ntext: a\n...\n", "text", "a"),
        ("text: a\r\n", "text", "a"),
        ("texts: []", "texts", ()),
        ("text: Đầu tư công 🙂", "text", "Đầu tư công 🙂"),
    ],
)
def test_what_it_shows_is_what_it_gives(text: str, field: str, value: object) -> None:
    assert getattr(strict_yaml.parse(text, Path("f.yml"), "a file").as_model(Plain), field) == value


@pytest.mark.parametrize(
    "text",
    [
        "1.5e3",
        "1e5",
        "010",
        "0x1f",
        "1:30",
        "1_000",
        "no",
        "~",
        "null",
        "=",
        "<<",
        "2026-01-01",
        ".inf",
        "- a",
        "a: b",
        "'",
    ],
)
def test_a_text_that_another_program_wrote_stays_a_text(text: str) -> None:
    written = yaml.safe_dump({"text": text})
    assert strict_yaml.parse(written, Path("f.yml"), "a file").as_model(Plain).text == text


def test_the_faults_that_are_named_are_bounded() -> None:
    lines = refused("".join(f"{'k' * 100}{number}: 1\n" for number in range(1_000))).split("\n")
    assert len(lines) == 21
    assert lines[-1] == "f.yml: and 980 more problems"
    assert all(len(line) < 400 for line in lines)


@pytest.mark.parametrize("name", ["bomb.yml", "deep.yml", "rec.yml"])
def test_the_yaml_bombs_are_refused(shared: Path, name: str) -> None:
    text = (shared / "cases" / "faults" / name).read_text(encoding="utf-8")
    refused(text)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda file: file.write_bytes(b"a: 1\n" * 20_000_000), "it has more than 128000 bytes"),
        (lambda file: file.write_bytes(b"\xff\xfea\0"), "'utf-8' codec can't decode"),
        (lambda file: file.write_bytes(b"text: \xed\xa0\x80\n"), "'utf-8' codec can't decode"),
        (lambda file: file.mkdir(), "it is not a file, but a folder, a pipe or a device"),
        (lambda file: file.symlink_to("/dev/zero"), "it is not a file, but a folder, a pipe or a device"),
        (lambda file: file.symlink_to("absent"), "No such file or directory"),
        (lambda file: file.symlink_to(file), "Too many levels of symbolic links"),
    ],
    ids=["100 MB", "UTF-16", "surrogates in UTF-8", "a folder", "a device", "a broken link", "a loop"],
)
def test_a_settings_file_that_cannot_be_read_is_named(
    tmp_path: Path, make: Callable[[Path], object], problem: str
) -> None:
    home = Home(tmp_path)
    make(home.settings_file)
    with pytest.raises(SettingsError) as caught:
        load_settings(home)
    assert str(caught.value).startswith(f"{home.settings_file}: cannot be read: ")
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("free_space_min_gb: .inf", "free_space_min_gb: Input should be a valid number"),
        ("free_space_min_gb: inf", "free_space_min_gb: Input should be a finite number"),
        ("free_space_min_gb: 1e300", "free_space_min_gb: Input should be less than or equal to 1000000"),
        (
            "requests_per_host_per_day: 99999999999999",
            "requests_per_host_per_day: Input should be less than or equal to",
        ),
        ("full_crawl_every: 99999w", "full_crawl_every: must be at most 100 years"),
        ("refetch: {hourly: [99999w]}", "refetch.hourly.0: must be at most 100 years"),
    ],
)
def test_settings_out_of_every_range_are_named(tmp_path: Path, text: str, message: str) -> None:
    home = Home(tmp_path)
    home.settings_file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(home)
    assert str(caught.value).startswith(f"{home.settings_file}:1: {message}")
