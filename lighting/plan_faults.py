"""What is wrong with a light plan file, thing by thing: with its tables, its names, and rules that can never hold."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from city.sections import explain_fault
from lighting.line_numbers import Path
from lighting.plan_tables import CalendarTable, PlanTable, RuleTable

MOST_EVENINGS = 4000
"""A rule for no more evenings than this, eleven years, is tried out on each."""

LONGEST_NAME = 40
"""A table is called by its name in an error where the name is no longer than this."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    path: Path
    """Which key or table."""
    text: str
    """What was got and what was expected, without the key."""


def table_faults(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """What is wrong with the tables themselves: keys that are missing or unknown, values that cannot be."""
    faults = error.errors(include_url=False)
    unknown = {fault["loc"][:-1] for fault in faults if fault["type"] == "extra_forbidden"}
    told = []
    for fault in faults:
        # A slip of the pen makes two faults: the key that is unknown is told, and what it was meant for is not.
        if fault["type"] == "missing" and fault["loc"][:-1] in unknown and _meant(fault, faults):
            continue
        if fault["type"] == "too_short" and fault["input"]:
            continue  # it is what is in it that is wrong, and told
        told.append(Fault(fault["loc"], _text(fault, model)))
    return told


def name_faults(document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the names: given twice, or meant where nothing has them."""
    programmes = list(_names(document, "programme"))
    calendars = list(_names(document, "calendar"))
    return [
        *_doubles(programmes),
        *_doubles(calendars),
        *_nowhere(_programme_references(document), "programme", {name for _, name in programmes}),
        *_nowhere(_calendar_references(document), "calendar", {name for _, name in calendars}),
        *_default(document, [name for _, name in calendars]),
        *(
            fault
            for place, calendar in _tables(document, "calendar")
            for fault in _doubles(
                [(("calendar", place, *path), name) for path, name in _names(calendar, "rule")]
            )
        ),
    ]


def rule_faults(plan: PlanTable) -> list[Fault]:
    """The rules that can never hold, whatever the night: whoever wrote them expects something that will not come."""
    return [
        Fault(("calendar", place, "rule", number), text)
        for place, calendar in enumerate(plan.calendar)
        for number, text in _dead_rules(calendar)
    ]


def path_text(path: Path, document: Mapping[str, Any]) -> str:
    """A path for people: tables are called by their names, and nothing in it can disturb a terminal."""
    told: list[str] = []
    inside: Any = document
    for part in path:
        try:
            inside = inside[part]
        except (KeyError, IndexError, TypeError):
            inside = {}
        name = inside.get("name") if isinstance(part, int) and isinstance(inside, dict) else None
        text = str(name if isinstance(name, str) and len(name) <= LONGEST_NAME else part)
        told.append(text if text.isprintable() else repr(text))
    return ".".join(told)


def _text(fault: ErrorDetails, model: type[BaseModel]) -> str:
    if fault["type"] == "tuple_type" and isinstance(fault["input"], dict):
        return f"expected [[{fault['loc'][-1]}]] in double brackets: there may be several"
    key = ".".join(str(part) for part in fault["loc"])
    return explain_fault(fault, model).removeprefix(f"{key}: ")


def _meant(missing: ErrorDetails, faults: Iterable[ErrorDetails]) -> bool:
    """Whether a key that is missing is there with a slip of the pen."""
    table = missing["loc"][:-1]
    unknown = [
        str(fault["loc"][-1])
        for fault in faults
        if fault["type"] == "extra_forbidden" and fault["loc"][:-1] == table
    ]
    return bool(difflib.get_close_matches(str(missing["loc"][-1]), unknown, n=1))


def _tables(table: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The tables of an array of tables, each with its place; whatever else stands there is another's fault to tell."""
    array = table.get(key)
    for place, each in enumerate(array if isinstance(array, list) else [array]):
        if isinstance(each, dict):
            yield place, each


def _names(table: Mapping[str, Any], key: str) -> Iterator[tuple[Path, str]]:
    for place, each in _tables(table, key):
        if isinstance(each.get("name"), str):
            yield (key, place, "name"), each["name"]


def _programme_references(document: Mapping[str, Any]) -> Iterator[tuple[Path, object]]:
    for place, calendar in _tables(document, "calendar"):
        yield ("calendar", place, "default"), calendar.get("default")
        for number, rule in _tables(calendar, "rule"):
            yield ("calendar", place, "rule", number, "programme"), rule.get("programme")


def _calendar_references(document: Mapping[str, Any]) -> Iterator[tuple[Path, object]]:
    yield ("default",), document.get("default")
    for place, assignment in _tables(document, "assignment"):
        yield ("assignment", place, "calendar"), assignment.get("calendar")


def _doubles(names: Iterable[tuple[Path, str]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, name in names:
        if name in seen:
            yield Fault(path, f"got {name!r} a second time, expected each name once")
        seen.add(name)


def _nowhere(references: Iterable[tuple[Path, object]], kind: str, known: set[str]) -> Iterator[Fault]:
    for path, name in references:
        if isinstance(name, str) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield Fault(path, f"got {name!r}, there is no {kind} of that name{hint}")


def _default(document: Mapping[str, Any], calendars: list[str]) -> Iterator[Fault]:
    if "default" not in document and len(calendars) > 1:
        text = "missing; expected the calendar of all light points that no assignment names"
        yield Fault(("default",), text)


def _dead_rules(calendar: CalendarTable) -> Iterator[tuple[int, str]]:
    earlier: list[RuleTable] = []
    for number, rule in enumerate(calendar.rule):
        cover = next((each for each in earlier if _covers(each, rule)), None)
        if cover is not None:
            yield number, f"can never hold: {cover.name} before it holds on all of its nights"
        elif not _ever_holds(rule):
            yield number, "can never hold: no evening fulfils all of its conditions"
        earlier.append(rule)


def _covers(earlier: RuleTable, later: RuleTable) -> bool:
    """Whether a rule surely holds whenever another does: it asks nothing, or the same."""
    return all(
        not asked or asked == asked_later
        for asked, asked_later in zip(_conditions(earlier), _conditions(later), strict=True)
    )


def _conditions(rule: RuleTable) -> tuple[object, ...]:
    holidays = None if rule.holidays is None else (rule.holidays, rule.region)
    return frozenset(rule.evenings), frozenset(rule.weekdays), frozenset(rule.nth), holidays


def _ever_holds(rule: RuleTable) -> bool:
    """Whether any evening fulfils a rule; True where there are too many to try them all."""
    days: list[date] = []
    for span in rule.evenings:
        if not (isinstance(span.first, date) and isinstance(span.last, date)):
            return True
        if (span.last - span.first).days + len(days) > MOST_EVENINGS:
            return True
        days += [span.first + number * ONE_DAY for number in range((span.last - span.first).days + 1)]
    told = rule.rule()
    return not days or any(told.holds(day) for day in days)
