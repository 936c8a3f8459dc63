"""The tables of a light plan file: which keys there are, what each may hold, and the JSON schema of it all."""

import difflib
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import models_json_schema

from city.nights import NOON
from city.public_holidays import Region
from lighting.calendars import LAST, Day, Holidays, Rule, Span
from lighting.moment_texts import read_day, read_when
from lighting.moments import Bounded, Edge, When
from lighting.programmes import MOST_STEPS

MOST_FADE_S = 3600
"""A change that takes longer than an hour is several steps."""
MOST_SHORTEST_MIN = 240
MOST_PHOTOCELL_MIN = 120
"""A photocell that decides over more than four hours of a night is no correction of the astronomical clock any more."""
LONGEST_NAME = 80

WEEKDAYS = {
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
    "lun": 0, "mar": 1, "mer": 2, "jeu": 3, "ven": 4, "sam": 5, "dim": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6,
}  # fmt: skip
"""English and French; Monday is 0."""

NTH = {"last": LAST, "dernier": LAST}
MOST_NTH = 5
"""No weekday comes more often than this in a month."""


_MOMENT_SCHEMA = {
    "type": "string",
    "anyOf": [
        {"pattern": r"^ *(sunset|sunrise|dusk|dawn) *([+-] *[0-9]{1,4})? *$"},
        {"pattern": r"^ *(([01][0-9]|2[0-3]):[0-5][0-9]|24:00) *$"},
    ],
}
_WHEN_SCHEMA = {
    "anyOf": [
        _MOMENT_SCHEMA,
        {
            "type": "object",
            "properties": dict.fromkeys(("at", "not_before", "not_after"), _MOMENT_SCHEMA),
            "required": ["at"],
            "minProperties": 2,
            "additionalProperties": False,
        },
    ]
}
BEHIND_TEXTS = frozenset({"Bounded", "Edge", "YearlessDay"})

_DAY_SCHEMA = {
    "type": "string",
    "anyOf": [
        {"pattern": r"^--(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"},
        {"pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"},
    ],
}


def _weekday(value: object) -> int:
    name = value.lower() if isinstance(value, str) else ""
    if name in WEEKDAYS:
        return WEEKDAYS[name]
    near = difflib.get_close_matches(name, WEEKDAYS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f'a day of the week: "mon" to "sun", or "lun" to "dim"{hint}')


def _nth(value: object) -> int:
    if isinstance(value, str) and value.lower() in NTH:
        return NTH[value.lower()]
    if type(value) is int and 1 <= value <= MOST_NTH:
        return value
    raise ValueError(f'1 to {MOST_NTH}, or "last"')


Level = Annotated[float, Field(ge=0, le=100, strict=True, allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Title = Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""Without control characters: it is shown on terminals."""
Moment = Annotated[When, PlainValidator(read_when), WithJsonSchema(_WHEN_SCHEMA)]
DayText = Annotated[Day, PlainValidator(read_day), WithJsonSchema(_DAY_SCHEMA)]
Weekday = Annotated[int, PlainValidator(_weekday), WithJsonSchema({"enum": list(WEEKDAYS)})]
Nth = Annotated[
    int, PlainValidator(_nth), WithJsonSchema({"enum": [*range(1, MOST_NTH + 1), *NTH]})
]  # fmt: skip


class Table(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StepTable(Table):
    """A change of level while the lamps are lit."""

    at: Moment
    level: Level
    fade_s: Annotated[float | None, Field(ge=0, le=MOST_FADE_S, strict=True)] = None


class ProgrammeTable(Table):
    """What level, when, for one kind of night."""

    name: Name
    title: Title = ""
    on: Moment
    off: Moment
    level: Level
    steps: Annotated[tuple[StepTable, ...], Field(max_length=MOST_STEPS)] = ()
    fade_s: Annotated[float, Field(ge=0, le=MOST_FADE_S, strict=True)] = 0.0
    shortest_min: Annotated[float, Field(ge=0, le=MOST_SHORTEST_MIN, strict=True)] = 0.0
    photocell_min: Annotated[float, Field(ge=0, le=MOST_PHOTOCELL_MIN, strict=True)] = 0.0

    @field_validator("steps")
    @classmethod
    def _in_the_order_of_the_night(cls, steps: tuple[StepTable, ...]) -> tuple[StepTable, ...]:
        moments = (step.at.moment if isinstance(step.at, Bounded) else step.at for step in steps)
        by_clock = [(at < NOON, at) for at in moments if not isinstance(at, Edge)]
        if any(later <= earlier for earlier, later in pairwise(by_clock)):
            raise ValueError("steps by the clock in the order of the night, noon to noon, each time once")
        return steps


class SpanTable(Table):
    """Evenings from one day to another, both included."""

    first: DayText = Field(alias="from")
    last: DayText = Field(alias="to")

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        check_span(self.first, self.last)
        return self


class RuleTable(Table):
    """A programme for some evenings: those that fulfil all conditions."""

    name: Annotated[Title, Field(min_length=1)]
    programme: Name
    first: DayText | None = Field(None, alias="from")
    last: DayText | None = Field(None, alias="to")
    spans: tuple[SpanTable, ...] = ()
    dates: tuple[DayText, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    nth: tuple[Nth, ...] = ()
    holidays: Holidays | None = None
    region: Region = Region.ALSACE

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.first is None) != (self.last is None):
            raise ValueError("from and to together, or a list of spans")
        if self.first is not None and self.last is not None:
            check_span(self.first, self.last)
        if self.nth and not self.weekdays:
            raise ValueError("nth with weekdays: the first what of the month?")
        return self

    def rule(self) -> Rule:
        """The rule as calendars know it."""
        return Rule(
            name=self.name,
            programme=self.programme,
            spans=self.evenings,
            weekdays=frozenset(self.weekdays),
            nth=frozenset(self.nth),
            holidays=self.holidays,
            region=self.region,
        )

    @property
    def evenings(self) -> tuple[Span, ...]:
        """All spans and dates of the rule, any of which will do; none asks for nothing."""
        whole = ((self.first, self.last),) if self.first is not None and self.last is not None else ()
        listed = ((span.first, span.last) for span in self.spans)
        single = ((day, day) for day in self.dates)
        return tuple(Span(first, last) for first, last in (*whole, *listed, *single))


class CalendarTable(Table):
    """Which programme on which night."""

    name: Name
    title: Title = ""
    default: Name
    rule: tuple[RuleTable, ...] = ()


class AssignmentTable(Table):
    """Some light points follow a calendar."""

    to: Annotated[Title, Field(min_length=1)]
    calendar: Name


class PlanTable(Table):
    """A light plan: programmes, calendars, and which light point follows which."""

    default: Name | None = None
    programme: Annotated[tuple[ProgrammeTable, ...], Field(min_length=1)]
    calendar: Annotated[tuple[CalendarTable, ...], Field(min_length=1)]
    assignment: tuple[AssignmentTable, ...] = ()


def check_span(first: Day, last: Day) -> None:
    """Raise ValueError unless two days make a span."""
    if isinstance(first, date) != isinstance(last, date):
        raise ValueError("from and to both with a year, or both without")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise ValueError(f"a first day that is not after the last: from {first} to {last}")


def schema() -> dict[str, Any]:
    """The JSON schema of a light plan file, or of a file with one programme for every night."""
    tables = (PlanTable, ProgrammeTable)
    references, found = models_json_schema([(table, "validation") for table in tables])
    # The types behind moments and days are listed, too, though nothing refers to them: texts stand for them.
    definitions = {name: each for name, each in found["$defs"].items() if name not in BEHIND_TEXTS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Light plan",
        "description": "Programmes and calendars of public lighting, or one programme for every night.",
        "anyOf": [references[(table, "validation")] for table in tables],
        "$defs": definitions,
    }
