"""The steps of a light plan's programmes as they stand in its text: found, and changed without touching the rest.

Comments, spaces and the order of keys stay as they are: only what a person changes is written anew.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|\n|[\[\]{},=]|[^\s\[\]{},="'#]+''',
    re.DOTALL,
)
"""A string, a comment, the end of a line, a sign, or a bare run of anything else."""
_BREAK = "\n"
_PLAN_KEYS = frozenset({"programme", "calendar", "assignment"})
"""A file with any of these at its top holds several programmes; one without is a programme itself."""
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: from one character to before another."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StepPlace:
    """One step, and where its values are."""

    whole: Place
    values: dict[str, Place]


@dataclass(slots=True)
class ProgrammePlace:
    """One programme, and where its values are."""

    start: int
    """Its header, or the beginning of the file."""
    last: int = 0
    """After its last value."""
    values: dict[str, Place] = field(default_factory=dict)
    steps: list[StepPlace] = field(default_factory=list)
    is_plain: bool = True
    """Whether its steps are written as ``steps = [{ at = …, level = … }, …]``."""


def programmes_in(text: str) -> list[ProgrammePlace]:
    """The programmes of a text in its order; none where it is no TOML."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError):
        return []
    return _Walk(text, is_plan=not _PLAN_KEYS.isdisjoint(document)).programmes()


def value_of(text: str, place: Place | None) -> str:
    """What stands there as people write it: strings without their quotes, tables as they are."""
    if place is None:
        return ""
    raw = text[place.start : place.end]
    try:
        value: Any = tomllib.loads(f"value = {raw}")["value"]
    except (ValueError, RecursionError):
        return raw
    return value if isinstance(value, str) else raw


def moment(typed: str) -> str:
    """A moment as TOML: in quotes, unless it is a table of limits."""
    typed = typed.strip()
    return typed if _is_table(typed) else json.dumps(typed, ensure_ascii=False)


def _is_table(typed: str) -> bool:
    if not typed.startswith("{") or "\n" in typed:
        return False
    try:
        return isinstance(tomllib.loads(f"value = {typed}")["value"], dict)
    except (ValueError, RecursionError):
        return False


def level(typed: str) -> str:
    """A level as TOML; what is no number is written in quotes, for the head-end to say what is expected."""
    number = typed.strip().removesuffix("%").strip().replace(",", ".")
    is_number = re.fullmatch(r"-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,4})?", number)
    return number if is_number else json.dumps(typed.strip(), ensure_ascii=False)


def with_value(text: str, programme: ProgrammePlace, key: str, toml: str) -> str:
    """The text with another value of a programme's key; a key that is missing is added after the others."""
    if place := programme.values.get(key):
        return text[: place.start] + toml + text[place.end :]
    end = _line_end(text, programme.last)
    return f"{text[:end]}\n{key} = {toml}{text[end:]}"


def with_step_value(text: str, step: StepPlace, key: str, toml: str) -> str:
    """The text with another value of one step."""
    place = step.values[key]
    return text[: place.start] + toml + text[place.end :]


def with_step(text: str, programme: ProgrammePlace, after: int, at: str, to: str) -> str:
    """The text with another step after the one of that number; -1 puts it first. ``at`` and ``to`` are TOML."""
    new = f"{{ at = {at}, level = {to} }}"
    if not programme.steps:
        return with_value(text, programme, "steps", f"[\n{INDENT}{new},\n]")
    if after < 0:
        first = programme.steps[0].whole.start
        joint = f",\n{_indent(text, first)}" if _has_own_line(text, programme.steps[0].whole) else ", "
        return text[:first] + new + joint + text[first:]
    before = programme.steps[after].whole
    if not _has_own_line(text, before):
        return f"{text[: before.end]}, {new}{text[before.end :]}"
    comma = _comma_after(text, before.end)
    missing = "" if comma is not None else ","
    end = _line_end(text, before.end if comma is None else comma)
    line = f"\n{_indent(text, before.start)}{new},"
    return text[: before.end] + missing + text[before.end : end] + line + text[end:]


def without_step(text: str, programme: ProgrammePlace, number: int) -> str:
    """The text without one step; the comment on its line goes with it."""
    steps, gone = programme.steps, programme.steps[number].whole
    if _has_own_line(text, gone):
        start = text.rfind("\n", 0, gone.start)
        return text[:start] + text[_line_end(text, gone.end) :]
    if number + 1 < len(steps):
        return text[: gone.start] + text[steps[number + 1].whole.start :]
    if number:
        return text[: steps[number - 1].whole.end] + text[gone.end :]
    comma = _comma_after(text, gone.end)
    return text[: gone.start] + text[gone.end if comma is None else comma :]


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _indent(text: str, place: int) -> str:
    begin = text.rfind("\n", 0, place) + 1
    return text[begin:place] if not text[begin:place].strip() else INDENT


def _comma_after(text: str, place: int) -> int | None:
    """Behind the comma that follows; None where none does."""
    found = re.compile(r"(?:\s|#[^\n]*\n)*,").match(text, place)
    return found.end() if found else None


def _has_own_line(text: str, place: Place) -> bool:
    begin, end = text.rfind("\n", 0, place.start) + 1, _line_end(text, place.end)
    behind = text[place.end : end].lstrip(" \t,")
    return not text[begin : place.start].strip() and (not behind or behind.startswith("#"))


class _Walk:
    """A walk through the tokens of a text that is TOML."""

    def __init__(self, text: str, *, is_plan: bool) -> None:
        self._tokens = [found for found in _TOKEN.finditer(text) if not found[0].startswith("#")]
        self._place = 0
        self._found: list[ProgrammePlace] = []
        self._current: ProgrammePlace | None = None
        if not is_plan:
            self._begin(0)

    def programmes(self) -> list[ProgrammePlace]:
        while self._place < len(self._tokens):
            if self._at(_BREAK):
                self._place += 1
            elif self._at("["):
                self._header()
            else:
                self._assignment()
        return self._found

    def _at(self, sign: str) -> bool:
        return self._tokens[self._place][0] == sign

    def _begin(self, start: int) -> None:
        self._current = ProgrammePlace(start, start)
        self._found.append(self._current)

    def _header(self) -> None:
        start = self._tokens[self._place].start()
        names = "".join(self._until(_BREAK)).strip("[]").replace('"', "").replace("'", "")
        if names == "programme":
            self._begin(start)
            if self._current:
                self._current.last = self._tokens[self._place - 1].end()
        elif names.startswith("programme.") and self._found:
            self._found[-1].is_plain, self._current = False, None
        else:
            self._current = None

    def _until(self, sign: str) -> Iterator[str]:
        while self._place < len(self._tokens) and not self._at(sign):
            yield self._tokens[self._place][0]
            self._place += 1

    def _assignment(self) -> None:
        key = "".join(self._until("=")).strip("\"'")
        self._place += 1
        elements: list[StepPlace] | None = [] if key == "steps" else None
        place = self._value(elements)
        if self._current is None:
            return
        self._current.last = place.end
        if "." in key:
            self._current.is_plain = False
        self._current.values[key] = place
        if elements is not None:
            self._current.steps = elements
            self._current.is_plain &= all({"at", "level"} <= step.values.keys() for step in elements)

    def _value(self, elements: list[StepPlace] | None = None) -> Place:
        self._skip_breaks()
        start = self._tokens[self._place].start()
        if self._at("["):
            self._place += 1
            while self._more("]"):
                values: dict[str, Place] = {}
                place = self._value_or_table(values)
                if elements is not None:
                    elements.append(StepPlace(place, values))
        elif self._at("{"):
            self._table({})
        else:
            while self._place < len(self._tokens) and self._tokens[self._place][0] not in (
                _BREAK,
                ",",
                "]",
                "}",
            ):
                self._place += 1
        return Place(start, self._tokens[self._place - 1].end())

    def _value_or_table(self, values: dict[str, Place]) -> Place:
        if not self._at("{"):
            return self._value()
        start = self._tokens[self._place].start()
        self._table(values)
        return Place(start, self._tokens[self._place - 1].end())

    def _table(self, values: dict[str, Place]) -> None:
        self._place += 1
        while self._more("}"):
            key = "".join(self._until("=")).strip("\"'")
            self._place += 1
            values[key] = self._value()

    def _more(self, closing: str) -> bool:
        while self._at(_BREAK) or self._at(","):
            self._place += 1
        if not self._at(closing):
            return True
        self._place += 1
        return False

    def _skip_breaks(self) -> None:
        while self._at(_BREAK):
            self._place += 1


def line_at(text: str, place: int) -> int:
    """The line of a place, from 1."""
    return text.count("\n", 0, place) + 1


def programme_at(text: str, programmes: Sequence[ProgrammePlace], line: int) -> int:
    """The number of the programme at a line, or of the one before it; 0 where none is."""
    starts = [line_at(text, each.start) for each in programmes]
    return max((number for number, start in enumerate(starts) if start <= line), default=0)
