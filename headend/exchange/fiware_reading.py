"""FIWARE in: Streetlight, …Group, …ControlCabinet, …Model and …Feeder entities (smart-data-models, Streetlighting)."""

from collections.abc import Callable, Mapping
from typing import Any

from headend.exchange.names import day, number
from headend.exchange.ngsi import name_of, plain
from headend.exchange.positions import position
from headend.exchange.rows import Kind, Row, Rows, Unreadable
from headend.inventory_file import CIRCUITS_MOST

KINDS: Mapping[str, Kind] = {
    "Streetlight": "light-point",
    "StreetlightControlCabinet": "cabinet",
    "StreetlightModel": "lamp-type",
    "StreetlightGroup": "group",
}
FEEDER = "StreetlightFeeder"
"""A circuit: it is no thing of its own in our inventory but a part of its cabinet."""


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable(key, value, "a text")
    return value


def _reference(key: str, value: Any) -> str:
    return name_of(_text(key, value))


def _only_reference(key: str, value: Any) -> str:
    """A list of one reference."""
    if not isinstance(value, list) or len(value) != 1:
        raise Unreadable(key, value, "a list of one identifier")
    return _reference(key, value[0])


def _references(key: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Unreadable(key, value, "a list of identifiers")
    return [_reference(key, each) for each in value]


Read = Callable[[str, Any], Any]
_READ: Mapping[str, Mapping[str, tuple[str, Read]]] = {
    "Streetlight": {
        "areaServed": ("sector", _text),
        "address.streetAddress": ("street", _text),
        "address.district": ("quarter", _text),
        "circuit": ("circuit", _text),
        "refStreetlightControlCabinet": ("cabinet", _reference),
        "refStreetlightModel": ("lamp_type", _reference),
        "streetPoleNum": ("support", _text),
        "lanternHeight": ("height_m", number),
        "owner": ("owner", _only_reference),
        "municipalityInfo.zoneId": ("zone", _text),
        "municipalityInfo.zoneID": ("zone", _text),
        "dateLastLampChange": ("installed", day),
        "refDevice": ("serial", _only_reference),
    },
    "StreetlightControlCabinet": {
        "areaServed": ("sector", _text),
        "address.streetAddress": ("street", _text),
        "owner": ("owner", _only_reference),
        "maximumPowerAvailable": ("subscribed_kw", number),
    },
    "StreetlightModel": {
        "powerConsumption": ("nominal_w", number),
        "minPowerConsumption": ("power_at_min_w", number),
        "workingLife": ("rated_hours", number),
        "luminousFlux": ("lumens", number),
        "colorTemperature": ("cct_k", number),
    },
    "StreetlightGroup": {"name": ("name", _text), "refStreetlight": ("points", _references)},
}
"""Entity type → its attribute → our property, and how it is read. Powers are W here, but kW at the cabinet."""

_EXPECTED = frozenset({"id", "type", "location"})


def is_fiware(document: Any) -> bool:
    """Whether a document is an entity, or a list with one, of the types that are read."""
    entities = document if isinstance(document, list) else [document]
    return any(isinstance(each, dict) and each.get("type") in (*KINDS, FEEDER) for each in entities)


def read_fiware(document: Any) -> Rows:
    """What some entities say. A circuit's own group is left to its feeder; feeders are put into their cabinets."""
    rows = Rows("entity")
    feeders: dict[str, list[int]] = {}
    for place, raw in enumerate(document if isinstance(document, list) else [document], 1):
        entity = plain(raw) if isinstance(raw, dict) else {}
        kind, identifier = entity.get("type"), entity.get("id")
        if not isinstance(kind, str) or (kind not in KINDS and kind != FEEDER):
            rows.ignored[f"type {kind}"] += 1
        elif not isinstance(identifier, str):
            rows.refuse(place, "", Unreadable("id", identifier, "an identifier"))
        elif kind == FEEDER:
            _take_feeder(rows, entity, feeders)
        else:
            _take(rows, place, kind, entity)
    return _with_circuits(rows, feeders)


def _take_feeder(rows: Rows, entity: Mapping[str, Any], feeders: dict[str, list[int]]) -> None:
    name = name_of(entity["id"])
    cabinet, slash, circuit = name.rpartition("/")
    expected = {"id", "type"}
    if slash and len(circuit) == 1 and "1" <= circuit <= str(CIRCUITS_MOST):
        feeders.setdefault(cabinet, []).append(int(circuit))
        expected |= {"name", "numStreetlight"}  # both follow from the inventory
    else:
        rows.ignored[f"{FEEDER} that names no circuit of a cabinet"] += 1
    rows.ignored.update(f"{FEEDER}.{key}" for key in entity if key not in expected)


def _take(rows: Rows, place: int, kind: str, entity: Mapping[str, Any]) -> None:
    name = name_of(entity["id"])
    if kind == "StreetlightGroup" and entity.get("circuitId") == name:
        return  # as we export a circuit, because a cabinet has to refer to groups; its feeder says the same
    try:
        said: dict[str, Any] = {}
        for key, value in _flat(entity):
            ours = _READ[kind].get(key)
            if ours is not None:
                said[ours[0]] = ours[1](key, value)
            elif key not in _EXPECTED and not (key == "name" and value == name):
                rows.ignored[f"{kind}.{key}"] += 1
        if kind == "StreetlightGroup":
            rows.ignored["StreetlightGroup.location"] += 1
        where = _position(entity) if KINDS[kind] in {"light-point", "cabinet"} else None
        rows.rows.append(Row(place, KINDS[kind], name, said, where))
    except Unreadable as why:
        rows.refuse(place, name, why)


def _flat(entity: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The attributes, those of an address and of a municipality one by one."""
    flat: list[tuple[str, Any]] = []
    for key, value in entity.items():
        if key in {"address", "municipalityInfo"} and isinstance(value, dict):
            flat += [(f"{key}.{inner}", each) for inner, each in value.items()]
        else:
            flat.append((key, value))
    return flat


def _position(entity: Mapping[str, Any]) -> tuple[float, float]:
    location = entity.get("location")
    if isinstance(location, dict) and location.get("type") == "Point":
        coordinates = location.get("coordinates")
        if isinstance(coordinates, list) and len(coordinates) in {2, 3}:
            return position(coordinates[0], coordinates[1], 4326)
    raise Unreadable("location", location, "a GeoJSON Point")


def _with_circuits(rows: Rows, feeders: dict[str, list[int]]) -> Rows:
    """The rows with each cabinet's circuits; those of cabinets that are not in the file are counted as ignored."""
    for index, row in enumerate(rows.rows):
        if row.kind == "cabinet" and row.id in feeders:
            said = {**row.properties, "circuit_numbers": sorted(feeders.pop(row.id))}
            rows.rows[index] = Row(row.number, row.kind, row.id, said, row.position)
    if feeders:
        rows.ignored[f"{FEEDER} of a cabinet that is not in the file"] += sum(map(len, feeders.values()))
    return rows
