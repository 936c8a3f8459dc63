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
from wifi.inventory import Inventory


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
    asset, spot = incident.asset, None
    if incident.kind is DeviceKind.LAMP:
        point = inventory.lighting.light_points.get(asset)
        if point:
            return Spot(point.street, point.sector, point.position, point.cabinet)
    elif incident.kind in {DeviceKind.CIRCUIT, DeviceKind.PHASE, DeviceKind.CABINET}:
        cabinet = inventory.lighting.cabinets.get(asset.partition("/")[0])
        if cabinet:
            return Spot(cabinet.street, cabinet.sector, cabinet.position, cabinet.id)
    elif incident.kind is DeviceKind.GATEWAY:
        fed = inventory.lighting.by_gateway.get(asset, ())
        spot = _amid(asset, [(point.position, point.sector) for point in fed])
    else:
        spot = _wifi_spot(inventory.wifi, incident)
    return spot or Spot(asset, "", centre)


def _wifi_spot(wifi: Inventory, incident: Incident) -> Spot | None:
    """Where a part of the city's Wi-Fi is; None for what is not on file."""
    asset = incident.asset
    if incident.kind is DeviceKind.HOTSPOT:
        hotspot = wifi.hotspots.get(asset)
        return Spot(hotspot.name, hotspot.sector, hotspot.position) if hotspot else None
    if incident.kind is DeviceKind.WIFI_CONTROLLER:
        members = wifi.by_controller.get(asset, ())
        return _amid(asset, [(each.position, wifi.hotspots[each.hotspot].sector) for each in members])
    name = asset.rpartition("/")[0] if incident.kind is DeviceKind.RADIO else asset
    access_point = wifi.access_points.get(name)
    if access_point is None:
        return None
    hotspot = wifi.hotspots[access_point.hotspot]
    return Spot(hotspot.name, hotspot.sector, access_point.position)


def _amid(name: str, members: Sequence[tuple[Position, str]]) -> Spot | None:
    """What has no place of its own on file is shown amid what speaks through it, by position and sector."""
    if not members:
        return None
    latitude = fmean(position.latitude for position, _ in members)
    longitude = fmean(position.longitude for position, _ in members)
    sector, _ = Counter(sector for _, sector in members).most_common(1)[0]
    return Spot(name, sector, Position(latitude, longitude))


def place_of(inventory: CityInventory, incident: Incident, city: str, centre: Position) -> Place:
    """Where a crew has to go."""
    spot = spot_of(inventory, incident, centre)
    return Place(spot.position, f"{spot.place}, {city}", spot.cabinet, spot.sector)
