"""Orders: what a person asks for against the programme, who wins, why and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal

from city.errors import BadInput
from lighting.power import FULL_LEVEL_PCT

Kind = Literal["order", "lock", "dynamic"]
"""An order of a person; a lock for people at work (*consignation*: dark, whoever asks for light); a rule that
follows something measured. A lock is above an order, an order above a rule."""


@dataclass(frozen=True, slots=True)
class Override:
    """A level that somebody asked for, with a reason and an end."""

    id: str
    selector: str
    points: frozenset[str]
    """Light points by id, as the selector stood for when it was asked."""
    level: float
    """Percent."""
    reason: str
    by: str
    asked_at: datetime
    until: datetime
    """Excluded: at this instant the programme rules again."""
    cancelled_at: datetime | None = None
    kind: Kind = "order"

    def active(self, now: datetime) -> bool:
        """Whether it holds at an instant."""
        cancelled = self.cancelled_at is not None and self.cancelled_at <= now
        return self.asked_at <= now < self.until and not cancelled


@dataclass(frozen=True, slots=True)
class Decision:
    """What one light point should hold, and why."""

    level: float
    """Percent."""
    source: Literal["programme", "override"]
    text: str
    """The programme's name, or the order's reason."""
    by: str | None
    until: datetime | None
    order: str | None


def decide(
    point: str, programme_level: float, programme_name: str, overrides: Iterable[Override], now: datetime
) -> Decision:
    """Who wins on one light point: the override asked last, as long as it holds, else the programme.

    An override ends the ones asked before it on its points, as it does in the controllers: when it is over or
    cancelled, the programme rules, and not what an older override had asked for. Give the ended ones too.
    """
    concerned = [each for each in overrides if point in each.points and each.asked_at <= now]
    last = max(concerned, key=lambda each: (each.asked_at, each.id), default=None)
    if last is None or not last.active(now):
        return Decision(programme_level, "programme", programme_name, None, None, None)
    return Decision(last.level, "override", last.reason, last.by, last.until, last.id)


def check_override(
    level: float,
    for_: timedelta,
    reason: str,
    points: int,
    *,
    by_supervisor: bool,
    is_night: bool,
    longest: timedelta,
    alone_points: int,
) -> None:
    """Whether an override may be asked for.

    Args:
        level: percent.
        for_: how long it shall hold.
        reason: why, in a person's words.
        points: how many light points it concerns.
        by_supervisor: whether a supervisor asks.
        is_night: whether the sun is down, now or while it holds.
        longest: no override lasts longer, whoever asks.
        alone_points: more points than this need a supervisor.

    Raises:
        BadInput: it may not; the message says what to give instead.
    """
    if not 0 <= level <= FULL_LEVEL_PCT:
        raise BadInput(f"level: got {level:g}, expected 0 to 100 (percent)")
    if for_ <= timedelta():
        raise BadInput("duration: an override needs an end in the future, for instance 2h")
    if for_ > longest:
        raise BadInput(f"duration: got {_hours(for_)}, expected {_hours(longest)} at most")
    if not reason.strip():
        raise BadInput("reason: say why, it is shown to whoever finds the lamps at that level")
    if points < 1:
        raise BadInput("selector: no light point is concerned")
    if by_supervisor:
        return
    if points > alone_points:
        raise BadInput(f"{points} light points: more than {alone_points} need a supervisor")
    if level <= 0 and is_night:
        raise BadInput("level: switching off at night needs a supervisor")


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g} h"


def ordered_dark(overrides: Iterable[Override]) -> list[tuple[datetime, datetime]]:
    """When the overrides of one light point had it dark, in order; each ends when the next is asked for."""
    asked = sorted(overrides, key=lambda each: (each.asked_at, each.id))
    dark = []
    for each, after in zip_longest(asked, asked[1:]):
        ends = [each.until, each.cancelled_at, after.asked_at if after else None]
        end = min(instant for instant in ends if instant is not None)
        if each.level <= 0 and each.asked_at < end:
            dark.append((each.asked_at, end))
    return dark
