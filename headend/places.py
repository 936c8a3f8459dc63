"""Where an incident is, for a console and for a crew."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from city.incidents import Incident
from city.measurements import DeviceKind
from city.places import Position
from headend.inventory import CityInventory
from headend.ticket_words import Place
from lighting.inventory import LightPoint


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands."""

    place: str
    """Street or hotspot, for a person to find it; the asset's own name where nothing better is known."""
    sector: str
    position: Position
    cabinet: str = ""
    """Which cabinet feeds it; "" for what none does, and for what is not known."""


def spot_of(inventory: CityInventory, incident: Incident, centre: Position) -> Spot:
    """Where an incident is; what is no longer in the inventory is looked for in the city's ``centre``."""
    asset = incident.asset
    if incident.kind is DeviceKind.LAMP:
        point = inventory.lighting.light_points.get(asset)
        if point:
            return Spot(point.street, point.sector, point.position, point.cabinet)
    elif incident.kind in {DeviceKind.CIRCUIT, DeviceKind.PHASE, DeviceKind.CABINET}:
        cabinet = inventory.lighting.cabinets.get(asset.partition("/")[0])
        if cabinet:
            return Spot(cabinet.street, cabinet.sector, cabinet.position, cabinet.id)
    elif incident.kind is DeviceKind.GATEWAY:
        if fed := inventory.lighting.by_gateway.get(asset):
            return _amid(asset, fed)
    else:
        access_point = inventory.wifi.access_points.get(asset.partition("/")[0])
        if access_point:
            hotspot = inventory.wifi.hotspots[access_point.hotspot]
            return Spot(hotspot.name, hotspot.sector, access_point.position)
    return Spot(asset, "", centre)


def _amid(gateway: str, points: Sequence[LightPoint]) -> Spot:
    """A gateway has no place of its own on file: it is shown amid the light points that speak through it."""
    latitude = fmean(point.position.latitude for point in points)
    longitude = fmean(point.position.longitude for point in points)
    sector, _ = Counter(point.sector for point in points).most_common(1)[0]
    return Spot(gateway, sector, Position(latitude, longitude))


def place_of(inventory: CityInventory, incident: Incident, city: str, centre: Position) -> Place:
    """Where a crew has to go."""
    spot = spot_of(inventory, incident, centre)
    return Place(spot.position, f"{spot.place}, {city}", spot.cabinet, spot.sector)
