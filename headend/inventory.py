"""The inventory file, read into the two domains: what cannot be used is left out and named."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from city.errors import BadInput
from city.places import Position
from city.telemetry import Tag, Tags
from headend import inventory_file
from headend.inventory_edit import collection, read_document
from lighting import inventory as lighting
from wifi import inventory as wifi
from wifi.opening_hours import OpeningHours

_T = TypeVar("_T")
_M = TypeVar("_M", bound=BaseModel)


STRANGERS_NAMED = 3
"""How many members of a group that are not there are named, at most; all are counted."""


class _Unusable(Exception):
    """Why a feature is left out."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the file that cannot be used."""

    what: str
    """Its kind and id, or its place in the file."""
    why: str


@dataclass(frozen=True)
class CityInventory:
    """All that stands in the city, in both domains' words."""

    lighting: lighting.Inventory
    wifi: wifi.Inventory
    left_out: tuple[LeftOut, ...] = ()

    def tags_of(self, device: str) -> Tags:
        """The groups of a light point, circuit, cabinet, access point, radio or SSID; none for a stranger.

        What a controller counts has none: its access points may serve several hotspots.
        """
        if point := self.lighting.light_points.get(device):
            return {Tag.SECTOR: point.sector, Tag.CABINET: point.cabinet}
        parent = device.rpartition("/")[0] or device
        if cabinet := self.lighting.cabinets.get(parent):
            return {Tag.SECTOR: cabinet.sector, Tag.CABINET: cabinet.id}
        if access_point := self.wifi.access_points.get(parent):
            hotspot = self.wifi.hotspots[access_point.hotspot]
            return {Tag.SECTOR: hotspot.sector, Tag.HOTSPOT: hotspot.id}
        return {}


def load_inventory(file: Path) -> CityInventory:
    """Read an inventory file; what cannot be used is left out and named.

    Raises:
        BadInput: the file is missing, cannot be read, or is not a GeoJSON FeatureCollection.
    """
    return read_inventory(read_document(file), str(file))


def read_inventory(document: Any, where: str = "inventory") -> CityInventory:
    """Read an inventory; what cannot be used is left out and named.

    Raises:
        BadInput: it is not a GeoJSON FeatureCollection; the message names ``where`` it stood.
    """
    document = collection(document, where)
    return _Reader().read(document, document["features"])


class _Reader:
    """Builds the inventory part by part: types and hotspots first, then cabinets, then what hangs on them."""

    def __init__(self) -> None:
        self.groups: dict[str, inventory_file.Group] = {}
        self.lamp_types: dict[str, lighting.LampType] = {}
        self.hotspots: dict[str, wifi.Hotspot] = {}
        self.controllers: dict[str, wifi.Controller] = {}
        self.cabinets: dict[str, lighting.Cabinet] = {}
        self.light_points: dict[str, lighting.LightPoint] = {}
        self.access_points: dict[str, wifi.AccessPoint] = {}
        self.left_out: list[LeftOut] = []

    def read(self, document: dict[str, Any], features: list[Any]) -> CityInventory:
        for number, raw in enumerate(_listed(document, "lamp_types")):
            self._try(_member("lamp_types", number, raw), self._lamp_type, raw)
        for number, raw in enumerate(_listed(document, "hotspots")):
            self._try(_member("hotspots", number, raw), self._hotspot, raw)
        for number, raw in enumerate(_listed(document, "controllers")):
            self._try(_member("controllers", number, raw), self._controller, raw)
        makers = {
            "cabinet": self._cabinet,
            "light-point": self._light_point,
            "access-point": self._access_point,
        }
        for wanted, make in makers.items():
            for number, feature in enumerate(features):
                if _kind_of(feature) == wanted:
                    self._try(_named(number, feature), make, feature)
        for number, feature in enumerate(features):
            if not isinstance(kind := _kind_of(feature), str) or kind not in makers:
                why = f"kind: got {kind!r}, expected {', '.join(makers)}"
                self.left_out.append(LeftOut(_named(number, feature), why))
        for number, raw in enumerate(_listed(document, "groups")):
            self._try(_member("groups", number, raw), self._group, raw)
        return CityInventory(
            lighting.Inventory(
                self.light_points, self.cabinets, tuple(self.lamp_types.values()), self._linked_groups()
            ),
            wifi.Inventory(self.hotspots, self.access_points, self.controllers),
            tuple(self.left_out),
        )

    def _try(self, what: str, make: Callable[[Any], None], raw: Any) -> None:
        try:
            make(raw)
        except _Unusable as error:
            self.left_out.append(LeftOut(what, str(error)))
        except ValidationError as error:
            self.left_out.append(LeftOut(what, why_unusable(error)))

    def _lamp_type(self, raw: Any) -> None:
        parsed = inventory_file.LampType.model_validate(raw)
        _add(self.lamp_types, parsed.id, lighting.LampType(**parsed.model_dump()))

    def _group(self, raw: Any) -> None:
        parsed = inventory_file.Group.model_validate(raw)
        _add(self.groups, parsed.id, parsed)

    def _linked_groups(self) -> dict[str, lighting.Group]:
        """The groups with the members that there are; the link that would close a cycle is left out and named."""
        nested: dict[str, list[str]] = {name: [] for name in self.groups}
        linked = {}
        for name, group in self.groups.items():
            strangers = []
            for member in group.members:
                if member in self.groups and _reaches(nested, member, name):
                    why = f"members: {member} is in it, and holds it: a group cannot be inside itself"
                    self.left_out.append(LeftOut(f"group {name}", why))
                elif member in self.groups:
                    nested[name].append(member)
                elif member not in self.light_points:
                    strangers.append(member)
            if strangers:
                some = ", ".join(strangers[:STRANGERS_NAMED])
                why = f"members: {len(strangers)} are no light points or groups, or were left out: {some}"
                self.left_out.append(LeftOut(f"group {name}", why))
            points = frozenset(self.light_points.keys() & group.members)
            linked[name] = lighting.Group(name, group.name or name, points.union(nested[name]))
        return linked

    def _hotspot(self, raw: Any) -> None:
        parsed = inventory_file.Hotspot.model_validate(raw)
        position = Position(parsed.latitude, parsed.longitude)
        opens = None
        try:
            opens = OpeningHours.parse(parsed.opens) if parsed.opens else None
        except BadInput as error:  # its access points are watched all the same
            self.left_out.append(LeftOut(f"hotspots {parsed.id}", f"opens: {error}"))
        _add(
            self.hotspots,
            parsed.id,
            wifi.Hotspot(parsed.id, parsed.name, position, parsed.sector, parsed.watched, opens),
        )

    def _controller(self, raw: Any) -> None:
        parsed = inventory_file.WifiController.model_validate(raw)
        _add(
            self.controllers, parsed.id, wifi.Controller(parsed.id, parsed.host, parsed.port, parsed.profile)
        )

    def _cabinet(self, feature: Any) -> None:
        parsed, position = _parse(feature, inventory_file.Cabinet)
        numbers = [circuit.number for circuit in parsed.circuits]
        if len(set(numbers)) < len(numbers):
            raise _Unusable("circuits: the same number stands there twice")
        circuits = tuple(
            lighting.Circuit(f"{parsed.id}/{circuit.number}", parsed.id, circuit.number, circuit.feed)
            for circuit in sorted(parsed.circuits, key=lambda circuit: circuit.number)
        )
        modbus = parsed.modbus
        cabinet = lighting.Cabinet(
            parsed.id, position, parsed.sector, parsed.street, modbus.host, modbus.port, modbus.unit, parsed.profile,
            circuits, parsed.owner, parsed.metering_point, parsed.subscribed_kw, modbus.url,
        )  # fmt: skip
        _add(self.cabinets, parsed.id, cabinet)

    def _light_point(self, feature: Any) -> None:
        parsed, position = _parse(feature, inventory_file.LightPoint)
        cabinet = self.cabinets.get(parsed.cabinet)
        if cabinet is None:
            raise _Unusable(f"cabinet: {parsed.cabinet} is not in the file, or was left out")
        if parsed.circuit not in {circuit.id for circuit in cabinet.circuits}:
            raise _Unusable(f"circuit: {parsed.circuit} is no circuit of {parsed.cabinet}")
        lamp_type = self.lamp_types.get(parsed.lamp_type)
        if lamp_type is None:
            raise _Unusable(f"lamp_type: {parsed.lamp_type} is not among lamp_types, or was left out")
        point = lighting.LightPoint(
            parsed.id, position, parsed.sector, parsed.quarter, parsed.street, parsed.cabinet, parsed.circuit,
            parsed.phase, lamp_type, parsed.gateway, parsed.serial, parsed.support, parsed.height_m, parsed.owner,
            parsed.zone, parsed.category, parsed.installed, parsed.hours_before,
        )  # fmt: skip
        _add(self.light_points, parsed.id, point)

    def _access_point(self, feature: Any) -> None:
        parsed, position = _parse(feature, inventory_file.AccessPoint)
        if parsed.hotspot not in self.hotspots:
            raise _Unusable(f"hotspot: {parsed.hotspot} is not among hotspots, or was left out")
        host, port, profile = self._asked_at(parsed)
        access_point = wifi.AccessPoint(
            parsed.id, parsed.hotspot, position, host, port, profile, parsed.clients_per_radio, parsed.controller,
            "" if parsed.listed_as == parsed.id else parsed.listed_as,
        )  # fmt: skip
        _add(self.access_points, parsed.id, access_point)

    def _asked_at(self, parsed: inventory_file.AccessPoint) -> tuple[str, int, str]:
        """Host, port and profile of an access point: its controller's, or its own."""
        if parsed.controller:
            controller = self.controllers.get(parsed.controller)
            if controller is None:
                raise _Unusable(f"controller: {parsed.controller} is not among controllers, or was left out")
            return controller.host, controller.port, controller.profile
        if parsed.snmp is None or parsed.profile is None:
            lacking = [key for key in ("snmp", "profile") if getattr(parsed, key) is None]
            raise _Unusable(f"{', '.join(lacking)}: missing, as there is no controller")
        return parsed.snmp.host, parsed.snmp.port, parsed.profile


def _listed(document: dict[str, Any], key: str) -> list[Any]:
    found = document.get(key, [])
    return found if isinstance(found, list) else []


def _kind_of(feature: Any) -> object:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties.get("kind") if isinstance(properties, dict) else None


def _member(member: str, number: int, raw: Any) -> str:
    name = raw.get("id") if isinstance(raw, dict) else None
    return f"{member} {name}" if isinstance(name, str) and name.isprintable() else f"{member} {number}"


def _named(number: int, feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    name = properties.get("id") if isinstance(properties, dict) else None
    kind = _kind_of(feature)
    named = isinstance(name, str) and name.isprintable() and str(kind).isprintable()
    return f"{kind} {name}" if named else f"feature {number}"


def _reaches(nested: dict[str, list[str]], start: str, wanted: str) -> bool:
    """Whether a group is another one, or is inside of it."""
    seen, waiting = {start}, [start]
    while waiting:
        inside = waiting.pop()
        if inside == wanted:
            return True
        waiting += [member for member in nested[inside] if member not in seen]
        seen.update(nested[inside])
    return False


def _parse(feature: dict[str, Any], model: type[_M]) -> tuple[_M, Position]:
    """The checked properties and the position of a feature."""
    parsed = model.model_validate(feature["properties"])
    longitude, latitude = inventory_file.Point.model_validate(feature.get("geometry")).coordinates[:2]
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise _Unusable(
            f"coordinates: got [{longitude}, {latitude}], expected longitude and latitude in degrees"
        )
    return parsed, Position(latitude, longitude)


def _add(into: dict[str, _T], key: str, value: _T) -> None:
    if key in into:
        raise _Unusable(f"id: {key} stands there twice; the first is kept")
    into[key] = value


def why_unusable(error: ValidationError) -> str:
    """What is wrong with a part of the file in one line: its first fault, or all that is missing."""
    missing, wrong = faults(error)
    if not wrong:
        return f"{', '.join(key_of(fault['loc']) for fault in missing)}: missing"
    expected = wrong[0]["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{key_of(wrong[0]['loc'])}: got {wrong[0]['input']!r:.60}, expected {expected}"


def faults(error: ValidationError) -> tuple[list[ErrorDetails], list[ErrorDetails]]:
    """What is missing, and what is wrong; a list is not wrong for being too short without its incomplete items."""
    found = error.errors(include_url=False)
    missing = [fault for fault in found if fault["type"] == "missing"]
    within = {fault["loc"][:depth] for fault in missing for depth in range(1, len(fault["loc"]))}
    return missing, [fault for fault in found if fault["type"] != "missing" and fault["loc"] not in within]


def key_of(place: tuple[int | str, ...]) -> str:
    """A place in a part of the file, as people write it: ``modbus.port``."""
    return ".".join(str(part) for part in place) or "feature"
