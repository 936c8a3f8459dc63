"""Programme files: from parsed TOML to a programme, or to one line that says what is wrong with it."""

import re
import tomllib
from datetime import time, timedelta
from itertools import pairwise
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from city.errors import BadInput
from city.nights import NOON
from city.settings import explain
from lighting.light_plan import LightPlan, plan_of
from lighting.moments import Edge, SunEvent
from lighting.programmes import MOST_STEPS, Programme, Step

WIDEST_OFFSET_MIN = 180
"""No edge lies further from sunset or sunrise than this, minutes: past it, somebody means a clock time."""

_EDGE = re.compile(r"(?P<event>sunset|sunrise)(?P<offset>[+-]\d{1,4})?")
_TIME = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")

Level = Annotated[float, Field(ge=0, le=100, strict=True, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _StepTable(_Table):
    at: time
    level: Level

    @field_validator("at", mode="before")
    @classmethod
    def _hours_and_minutes(cls, value: object) -> time:
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError('a local time in quotes, from "00:00" to "23:59"')
        return time(int(match["hour"]), int(match["minute"]))


class _ProgrammeTable(_Table):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: Annotated[str, Field(max_length=80)] = ""
    on: Edge
    off: Edge
    level: Level
    steps: Annotated[tuple[_StepTable, ...], Field(max_length=MOST_STEPS)] = ()

    @field_validator("on", "off", mode="before")
    @classmethod
    def _sun_and_minutes(cls, value: object) -> Edge:
        match = _EDGE.fullmatch(value.replace(" ", "")) if isinstance(value, str) else None
        if match is None or abs(int(match["offset"] or 0)) > WIDEST_OFFSET_MIN:
            raise ValueError(
                'sunset or sunrise, with minutes if need be: "sunset", "sunset+15", "sunrise-10" '
                f"({WIDEST_OFFSET_MIN} at most)"
            )
        event: SunEvent = "sunset" if match["event"] == "sunset" else "sunrise"
        return Edge(event, timedelta(minutes=int(match["offset"] or 0)))

    @field_validator("steps")
    @classmethod
    def _in_the_order_of_the_night(cls, steps: tuple[_StepTable, ...]) -> tuple[_StepTable, ...]:
        places = [(step.at < NOON, step.at) for step in steps]
        if any(later <= earlier for earlier, later in pairwise(places)):
            raise ValueError("steps in the order of the night, noon to noon, each time once")
        return steps


def read_light_plan(text: str, file: str) -> LightPlan:
    """Read a light plan, or a programme for every night of every light point; ``file`` is where it came from.

    Raises:
        BadInput: one line with the file, the line, the key, what was got and what was expected.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file}: not TOML: {error}") from error
    return plan_of(load_programme(document, file))


def load_programme(document: dict[str, Any], file: str) -> Programme:
    """Check a programme file already read as TOML; ``file`` is where it came from.

    Raises:
        BadInput: one line with the file, the key, what was got and what was expected.
    """
    try:
        table = _ProgrammeTable.model_validate(document)
    except ValidationError as error:
        raise BadInput(f"{PurePath(file)}: {explain(error, _ProgrammeTable)}") from error
    return Programme(
        name=table.name,
        title=table.title or table.name,
        on=table.on,
        off=table.off,
        level=table.level,
        steps=tuple(Step(step.at, step.level) for step in table.steps),
    )
