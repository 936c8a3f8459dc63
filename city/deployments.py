"""What the head-end and its consoles say to each other of light plans and of what controllers hold of them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from city.message import Message

LONGEST_PLAN = 1_000_000
"""Characters of a light plan's file, at most."""
LONGEST_NAME = 200
"""And of its name."""


class PlanRequest(Message):
    """A light plan that somebody wants to have followed from now on."""

    text: str = Field(min_length=1, max_length=LONGEST_PLAN)
    """The file as it is (docs/programme-file.md)."""
    file: str = Field("programmes.toml", min_length=1, max_length=LONGEST_NAME)
    """What its errors name it."""
    dry_run: bool = False
    made_from: str | None = Field(None, max_length=LONGEST_NAME)
    """The plan in force that its writer has seen last; where it is another by now, nothing is done. None: no matter."""


class CalendarShare(Message):
    """A calendar of a light plan, and how much of the city follows it."""

    name: str
    title: str
    points: int
    programme: str
    """Tonight's, by name."""


class PlanRefusal(Message):
    """Controllers that could not follow a light plan, for one reason."""

    why: str
    controllers: int
    sample: tuple[str, ...]
    """The first of them."""


class DarkNights(Message):
    """Nights of the year to come that a calendar leaves without any light, though the sun sets."""

    calendar: str
    nights: int
    sample: tuple[str, ...]
    """The first of them, by the evening's date."""


class PlanAnswer(Message):
    """What a light plan means for the city, and what became of it."""

    plan: str
    """Eight hex digits that change with the file."""
    state: Literal["dry_run", "awaiting", "in_force"]
    calendars: tuple[CalendarShare, ...]
    points_changed: int
    """Light points that would do something else in some night."""
    controllers: int
    """How many have to be given something else."""
    refusals: tuple[PlanRefusal, ...]
    """Any at all, and the plan cannot come into force."""
    unheard: int
    """Controllers behind a gateway that has not said yet what they can do."""
    dark_nights: tuple[DarkNights, ...]
    warnings: tuple[str, ...]
    second_person: bool
    """Whether a second person has to agree."""
    approval: str | None = None
    """Under which name it waits for one."""
    until: datetime | None = None
    """Until when it waits."""


class ControllerView(Message):
    """How one controller stands to the plan."""

    id: str
    kind: Literal["lamp", "cabinet"]
    calendar: str
    wanted: str | None
    """The hash of what it should hold; None: it cannot follow, and keeps what it has."""
    held: str | None
    state: Literal["holds", "waiting", "refused", "unheard"]
    why: str


class DeploymentView(Message):
    """The plan in force, and how far it has come."""

    plan: str
    """Eight hex digits of the file; "" for the programme built in."""
    since: datetime | None
    """When it was deployed; None: by hand, or never."""
    by: str | None
    controllers: int
    holding: int
    refused: int
    unheard: int
    rows: tuple[ControllerView, ...]
    """Those that do not hold it, at most 500."""
