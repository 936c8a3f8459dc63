"""Every text of the console is there in French, and numbers and times are written as people write them."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

import console
from city.errors import BadInput
from console.i18n import Words, choose_language, read_catalog

ROOM = Path(console.__file__).parent
MARKERS = {"N_": 1, "t": 1, "_t": 1, "n": 2}
"""Functions that take message ids, and how many of their arguments are ids."""
NOW = datetime(2026, 11, 30, 16, 42, 10, tzinfo=UTC)


def _message_ids() -> Iterator[tuple[str, ...]]:
    for file in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                ids = node.args[: MARKERS.get(name, 0)]
                texts = [arg.value for arg in ids if isinstance(arg, ast.Constant)]
                if ids and len(texts) == len(ids) and all(isinstance(text, str) for text in texts):
                    yield tuple(str(text) for text in texts)


def test_every_text_in_the_code_has_its_french() -> None:
    catalog = read_catalog("fr")
    assert catalog is not None
    ids = set(_message_ids())
    assert len(ids) > 100
    lacking = []
    for wanted in ids:
        found = catalog.get(wanted[0])
        texts = _texts(found.string) if found else []
        if not found or found.fuzzy or len(texts) != len(wanted) or not all(texts):
            lacking.append(wanted)
    assert not lacking


def test_no_french_text_is_left_over() -> None:
    catalog = read_catalog("fr")
    assert catalog is not None
    used = {ids[0] for ids in _message_ids()}
    held = {message.id if isinstance(message.id, str) else message.id[0] for message in catalog if message.id}
    assert held - used == set()


def test_french_texts_take_the_same_fields_as_the_english() -> None:
    catalog = read_catalog("fr")
    assert catalog is not None
    for message in catalog:
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = _texts(message.string)
        for wanted, text in zip(ids, texts, strict=True):
            assert _fields(text) <= _fields(wanted), message.id


def _texts(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [string] if isinstance(string, str) else list(string or ())


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_french_numbers_have_spaces_and_commas() -> None:
    words = Words("fr")
    assert words.number(14371) == "14\u00a0371"
    assert words.percent(70) == "70\u00a0%"
    assert words.power(512_340) == "512 kW"
    assert words.power(6213) == "6,21 kW"
    assert words.power(36.4) == "36,4 W"


def test_english_numbers_have_commas_and_points() -> None:
    words = Words("en")
    assert words.number(14371) == "14,371"
    assert words.percent(70) == "70%"
    assert words.power(6213) == "6.21 kW"


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    words = Words("fr")
    assert {words.number(None), words.percent(None), words.power(None), words.rate(None)} == {"–"}


def test_times_are_the_citys_and_not_the_terminals() -> None:
    words = Words("fr", ZoneInfo("Europe/Paris"))
    assert words.clock(NOW, seconds=True) == "17:42:10"
    assert words.date(NOW) == "lun. 30 nov. 2026"
    assert words.moment(NOW - timedelta(days=3), NOW) == "27 nov. 17:42"


def test_plurals_follow_each_language() -> None:
    one, many = "{count} client", "{count} clients"
    assert Words("fr").n(one, many, 0) == "0 client"
    assert Words("en").n(one, many, 0) == "0 clients"
    assert Words("fr").n(one, many, 2) == "2 clients"
    assert Words("fr").n(one, many, 1_000_000).endswith("clients")


@pytest.mark.parametrize(
    ("seconds", "said"), [(42, "42 s"), (720, "12 min"), (7500, "2 h 05"), (90_000, "1 j 1 h")]
)
def test_spans_name_their_two_largest_units(seconds: int, said: str) -> None:
    assert Words("fr").span(timedelta(seconds=seconds)) == said


def test_french_is_spoken_unless_english_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert choose_language(None) == "fr"
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert choose_language(None) == "fr"
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert choose_language(None) == "en"
    assert choose_language("fr") == "fr"
    with pytest.raises(BadInput, match="expected fr or en"):
        choose_language("de")
