"""What the head-end and its consoles say to each other of a light plan while somebody writes it.

Times are UTC, levels percent. Nothing here changes what the city does.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from city.calendar_views import FindingView
from city.deployments import LONGEST_PLAN
from city.message import Message
from city.messages import SwitchPointView

FIRST_NIGHT, LAST_NIGHT = date(1900, 1, 1), date(2189, 12, 31)
"""Much further away neither the sun nor the time zone is right."""
LONGEST_CALENDAR = 40
"""Characters of a calendar's name, at most."""

DraftText = Annotated[str, Field(max_length=LONGEST_PLAN)]


class PlanText(Message):
    """The file of the plan in force, as it is."""

    text: str
    file: str
    """What its errors name it."""
    plan: str
    """Eight hex digits that change with the file; "" for the programme built in."""
    since: datetime | None
    """When it was deployed; None: by hand, or never."""
    by: str | None


class DraftRequest(Message):
    """A draft, and what of it is to be seen."""

    text: DraftText
    line: int = Field(1, ge=1, le=LONGEST_PLAN)
    """Where its writer is: the programme or calendar that stands there is meant."""
    night: Annotated[date, Field(ge=FIRST_NIGHT, le=LAST_NIGHT)] | None = None
    """The evening's date; None: tonight."""


class ComparedRequest(Message):
    """A night of the plan in force, to be seen beside that of a draft."""

    kind: Literal["programme", "calendar"]
    name: str = Field(min_length=1, max_length=LONGEST_CALENDAR)
    night: Annotated[date, Field(ge=FIRST_NIGHT, le=LAST_NIGHT)]


class DraftYearRequest(Message):
    """A draft, and the calendar of it whose year is to be seen."""

    text: DraftText
    calendar: str = Field(min_length=1, max_length=LONGEST_CALENDAR)


class DraftFault(Message):
    """One thing that is wrong with a draft."""

    line: int | None
    """Of the file, from 1; None: no line in particular."""
    text: str
    """The key, what was got and what was expected."""


class DraftNight(Message):
    """A programme or a calendar of a draft in one night."""

    kind: Literal["programme", "calendar"]
    name: str
    title: str
    night: date
    programme: str
    """As people say it."""
    rule: str | None
    """The rule that chose the programme; None: no rule holds, or it is a programme that is looked at."""
    sunset: datetime | None
    sunrise: datetime | None
    switch_points: tuple[SwitchPointView, ...]
    lit_h: float
    full_h: float
    """Hours at 100 % that would use as much energy."""
    findings: tuple[FindingView, ...]


class DraftView(Message):
    """What a draft says."""

    in_force: str
    """The plan in force, as ``PlanText.plan``: whoever writes sees that somebody else has deployed meanwhile."""
    faults: tuple[DraftFault, ...] = ()
    """Any at all, and nothing else is known of it."""
    calendars: tuple[str, ...] = ()
    """By name, in the order of the file."""
    night: DraftNight | None = None
