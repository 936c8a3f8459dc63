"""What light lent by dynamic rules costs: the energy beyond what the programme would have drawn."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from lighting.energy import planned_ramps, ramps_wh
from lighting.inventory import Feed, LampType
from lighting.power import planned_w
from lighting.programmes import SwitchPoint

_HOUR = timedelta(hours=1)


class Alike(NamedTuple):
    """Lamps that draw the same at the same level."""

    lamp_type: LampType
    feed: Feed
    lamps: int


def lent_wh(
    groups: Iterable[Alike], at_least: float, switching: Sequence[SwitchPoint], start: datetime, end: datetime
) -> float:
    """What some lamps draw at a level beyond their programme, Wh, fades of the programme included.

    Args:
        groups: the lamps; all follow one calendar.
        at_least: the level that they give instead, percent.
        switching: what the programme asks for in the night in which the span lies, in order.
        start: begin of the span.
        end: its end, excluded.
    """
    if not start < end:
        return 0.0
    hours = (end - start) / _HOUR
    ramps = list(planned_ramps(switching, start, end))
    return sum(
        each.lamps
        * (
            hours * planned_w(each.lamp_type, each.feed, at_least)
            - ramps_wh(each.lamp_type, each.feed, ramps)
        )
        for each in groups
    )
