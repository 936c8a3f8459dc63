"""What stands under the cursor of the map, in a line, and where Enter leads from there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

from city.incidents import LIVE
from city.measurements import DeviceKind
from city.messages import IncidentView, LightPointView
from city.wifi_views import HotspotView
from console.city_now import STATE_RANK, CityNow
from console.hostile import clean
from console.i18n import N_
from console.session import Session
from console.vocabulary import BLUE, BRIGHT, GREY, LAMP_SIGNS
from console.widgets.city_map import HOTSPOT, WRONG


@dataclass(frozen=True, slots=True)
class Under:
    """One thing of the map."""

    mode: str
    row: str
    """The screen that it is on, and its row there."""
    word: str
    """An English message id of what Enter opens."""
    line: Text


def under(session: Session, names: Iterable[str], spot: HotspotView | None) -> Under | None:
    """What is named first in a cell: what is wrong before a hotspot, and that before what is well."""
    lamps = worst_first(session.city, names)
    if spot and not (lamps and lamps[0].state in WRONG):
        line = Text.assemble(
            (f" {HOTSPOT} ", BLUE), (clean(spot.name), BRIGHT), (f" · {clean(spot.sector)}", GREY)
        )
        return Under("wifi", spot.id, N_("hotspot"), line)
    return _lamp(session, lamps) if lamps else None


def worst_first(city: CityNow, names: Iterable[str]) -> list[LightPointView]:
    """The light points of these names that are known."""
    found = (city.light_points[name] for name in names if name in city.light_points)
    return sorted(found, key=lambda point: (STATE_RANK[point.state], point.id))


def _lamp(session: Session, lamps: Sequence[LightPointView]) -> Under:
    worst = lamps[0]
    sign = LAMP_SIGNS[worst.state]
    line = Text.assemble(
        (f" {sign.symbol} ", sign.colour),
        (clean(worst.id), f"bold {BRIGHT}"),
        f" {session.words.t(sign.word)}",
    )
    if len(lamps) > 1:
        line.append(f" +{len(lamps) - 1}", BLUE)
    line.append(f" · {clean(worst.street)}", GREY)
    incident = _incident_of(worst, session.city) if worst.state in WRONG else None
    if incident:
        return Under("incidents", incident.id, N_("incident"), line)
    return Under("lighting", worst.id, N_("lamp"), line)


def _incident_of(point: LightPointView, city: CityNow) -> IncidentView | None:
    """The incident that explains a light point: its own, or the one that it is a part of."""
    for incident in city.incidents.values():
        itself = incident.kind is DeviceKind.LAMP and incident.asset == point.id
        if incident.state in LIVE and (itself or point.id in incident.suppressed):
            return incident
    return None
