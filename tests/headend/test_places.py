"""Where an incident is shown, and where a crew is sent."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from city.incidents import Cause, Evidence, Incident, State
from city.measurements import DeviceKind
from city.places import Position
from headend.inventory import CityInventory
from headend.places import place_of, spot_of
from lighting.inventory import Inventory
from tests.headend.small_city import small_inventory
from tests.lighting.small_city import MULHOUSE
from wifi.inventory import AccessPoint, Hotspot
from wifi.inventory import Inventory as Wifi

RINK, LIBRARY = Position(47.73, 7.31), Position(47.75, 7.33)
WIFI = Wifi(
    {
        "patinoire": Hotspot("patinoire", "Patinoire de l'Illberg", RINK, "West", watched=True),
        "mediatheque": Hotspot("mediatheque", "Médiathèque", LIBRARY, "Centre", watched=False),
    },
    {
        name: AccessPoint(name, place, position, "10.0.0.1", 161, "cisco-wlc", 40, controller="WLC-1")
        for name, place, position in (
            ("AP-1", "patinoire", RINK),
            ("AP-2", "patinoire", RINK),
            ("AP-3", "mediatheque", LIBRARY),
        )
    },
)
AT = datetime(2026, 11, 30, 17, tzinfo=UTC)
CENTRE = Position(47.0, 7.0)


def incident(cause: Cause, asset: str, kind: DeviceKind) -> Incident:
    return Incident("i-1", cause, asset, kind, State.OPEN, AT, AT, (Evidence("quorum_silent", AT),))


def city() -> CityInventory:
    """Of the gateway's lamps one stands north-east of the other, and a third speaks through another gateway."""
    small = small_inventory(2)
    points = dict(small.light_points)
    points["L1"] = replace(points["L1"], position=Position(47.70, 7.30), sector="West")
    points["L2"] = replace(points["L2"], position=Position(47.80, 7.40), sector="West")
    points["N1"] = replace(points["N1"], gateway="GW-2")
    points["N2"] = replace(points["N2"], gateway="GW-2")
    return CityInventory(Inventory(points, small.cabinets), WIFI)


def test_a_gateway_is_shown_amid_its_lamps_under_its_own_name() -> None:
    lost = incident(Cause.GATEWAY_LOST, "GW-1", DeviceKind.GATEWAY)
    spot = spot_of(city(), lost, CENTRE)
    assert (spot.place, spot.sector) == ("GW-1", "West")
    assert (spot.position.latitude, spot.position.longitude) == pytest.approx((47.75, 7.35))
    assert place_of(city(), lost, "Mulhouse", CENTRE).address == "GW-1, Mulhouse"


def test_a_phase_is_where_its_cabinet_is() -> None:
    spot = spot_of(city(), incident(Cause.PHASE_LOST, "A-001/L2", DeviceKind.PHASE), CENTRE)
    assert (spot.place, spot.position) == ("rue Mercière", MULHOUSE.position)


@pytest.mark.parametrize(
    ("cause", "asset", "kind", "place", "sector"),
    [
        (Cause.AP_DOWN, "AP-3", DeviceKind.ACCESS_POINT, "Médiathèque", "Centre"),
        (Cause.RADIO_OFF, "AP-3/2", DeviceKind.RADIO, "Médiathèque", "Centre"),
        (Cause.BACKHAUL_DOWN, "mediatheque", DeviceKind.HOTSPOT, "Médiathèque", "Centre"),
        (Cause.WIFI_CONTROLLER_LOST, "WLC-1", DeviceKind.WIFI_CONTROLLER, "WLC-1", "West"),
    ],
)
def test_wifi_is_where_its_place_is_and_a_controller_amid_its_access_points(
    cause: Cause, asset: str, kind: DeviceKind, place: str, sector: str
) -> None:
    spot = spot_of(city(), incident(cause, asset, kind), CENTRE)
    assert (spot.place, spot.sector) == (place, sector)
    expected = (47.7367, 7.3167) if kind is DeviceKind.WIFI_CONTROLLER else (47.75, 7.33)
    assert (spot.position.latitude, spot.position.longitude) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("kind", DeviceKind)
def test_what_is_not_on_file_is_looked_for_in_the_centre(kind: DeviceKind) -> None:
    spot = spot_of(city(), incident(Cause.GATEWAY_LOST, "X-9/1", kind), CENTRE)
    assert (spot.place, spot.sector, spot.position) == ("X-9/1", "", CENTRE)
