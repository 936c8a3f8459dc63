"""Light plan files: from TOML to a light plan, or to one line for each thing that is wrong with it, and where."""

import tomllib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from city.errors import BadInput, FaultyFile
from city.sections import explain
from lighting.calendars import Calendar
from lighting.light_plan import Assignment, LightPlan, plan_of
from lighting.line_numbers import line_numbers, line_of
from lighting.plan_faults import Fault, name_faults, path_text, rule_faults, table_faults
from lighting.plan_tables import CalendarTable, PlanTable, ProgrammeTable
from lighting.programmes import Programme, Step

MOST_FAULTS = 20
"""More faults than this are counted and not told: whoever has so many has one cause to look for."""

LONGEST_FAULT = 400
"""No line that tells a fault is longer than this: a file may hold anything."""

PLAN_KEYS = frozenset({"programme", "calendar", "assignment"})
"""A file with any of these at its top is a plan; one without is a programme for every night."""


def read_light_plan(text: str, file: str) -> LightPlan:
    """Read a light plan, or a programme for every night of every light point; ``file`` is where it came from.

    Raises:
        FaultyFile: one line for each fault with the file, the line, the key, what was got and what was expected.
        BadInput: it is no TOML.
    """
    document = _toml(text, file)
    is_plan = _is_plan(document)
    model = PlanTable if is_plan else ProgrammeTable
    faults = name_faults(document) if is_plan else []
    try:
        table: PlanTable | ProgrammeTable | None = model.model_validate(document)
    except ValidationError as error:
        faults += table_faults(error, model)
        table = None
    if isinstance(table, PlanTable) and not faults:
        faults = rule_faults(table)
    if faults or table is None:
        raise FaultyFile(_told(faults, document, text, file))
    return _plan(table) if isinstance(table, PlanTable) else plan_of(_programme(table))


def is_light_plan(text: str) -> bool:
    """Whether a text that ``read_light_plan`` has read holds calendars, not only one programme."""
    return _is_plan(tomllib.loads(text))


def load_programme(document: dict[str, Any], file: str) -> Programme:
    """Check a programme file already read as TOML; ``file`` is where it came from.

    Raises:
        BadInput: one line with the file, the key, what was got and what was expected.
    """
    try:
        return _programme(ProgrammeTable.model_validate(document))
    except ValidationError as error:
        raise BadInput(f"{PurePath(file)}: {explain(error, ProgrammeTable)}") from error


def _toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise BadInput(f"{file}: not TOML: nested too deep") from error
    except ValueError as error:  # a syntax error, or a number of thousands of digits
        raise BadInput(f"{file}: not TOML: {error}") from error


def _is_plan(document: dict[str, Any]) -> bool:
    return not PLAN_KEYS.isdisjoint(document)


def _told(faults: Iterable[Fault], document: dict[str, Any], text: str, file: str) -> list[str]:
    """One line for each fault, in the order of the file."""
    lines = line_numbers(text)
    found = sorted(
        {(line_of(fault.path, lines), path_text(fault.path, document), fault.text) for fault in faults}
    )
    told = [
        f"{file}: line {line}: {f'{key}: ' if key else ''}{said}"[:LONGEST_FAULT]
        for line, key, said in found[:MOST_FAULTS]
    ]
    if len(found) > MOST_FAULTS:
        told.append(f"{file}: and {len(found) - MOST_FAULTS} more")
    return told


def _plan(table: PlanTable) -> LightPlan:
    calendars = {each.name: _calendar(each) for each in table.calendar}
    return LightPlan(
        programmes={each.name: _programme(each) for each in table.programme},
        calendars=calendars,
        default=table.default or next(iter(calendars)),
        assignments=tuple(Assignment(each.to, each.calendar) for each in table.assignment),
    )


def _calendar(table: CalendarTable) -> Calendar:
    rules = tuple(each.rule() for each in table.rule)
    return Calendar(table.name, table.title or table.name, table.default, rules)


def _programme(table: ProgrammeTable) -> Programme:
    return Programme(
        name=table.name,
        title=table.title or table.name,
        on=table.on,
        off=table.off,
        level=table.level,
        steps=tuple(
            Step(step.at, step.level, None if step.fade_s is None else timedelta(seconds=step.fade_s))
            for step in table.steps
        ),
        fade=timedelta(seconds=table.fade_s),
        shortest=timedelta(minutes=table.shortest_min),
        photocell=timedelta(minutes=table.photocell_min),
    )
