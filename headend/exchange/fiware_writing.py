"""FIWARE out: the inventory as entities of the five Streetlighting types (smart-data-models), key-values first.

Only what stands in the inventory is told; what is measured is not. ``status`` is required by the schema: it is what the
standing incidents say.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal

from headend.exchange.merging import Groups, parts
from headend.exchange.ngsi import urn
from headend.exchange.rows import FEATURES, KINDS, Feature, Kind

TYPES: Mapping[Kind, str] = {
    "lamp-type": "StreetlightModel",
    "cabinet": "StreetlightControlCabinet",
    "light-point": "Streetlight",
    "group": "StreetlightGroup",
}
Status = Literal["ok", "defectiveLamp", "brokenLantern", "columnIssue"]


def entities(document: Mapping[str, Any], defective: Collection[str]) -> Iterator[dict[str, Any]]:
    """The entities of an inventory file, each as key-values; see ``untold`` for what cannot be one.

    ``defective`` are the light points with a standing incident of their lamp or its driver.
    """
    yield from (_model(part) for part in parts(document, "lamp-type"))
    on_circuit: dict[str, list[Mapping[str, Any]]] = {}
    places = {}
    for feature in usable(document, "light-point"):
        on_circuit.setdefault(_text(feature["properties"], "circuit"), []).append(feature)
        places[feature["properties"]["id"]] = _point(feature)
    for feature in usable(document, "cabinet"):
        if not _circuits(feature["properties"]):
            continue
        yield from _cabinet(feature, on_circuit)
    for feature in usable(document, "light-point"):
        yield _streetlight(feature, feature["properties"]["id"] in defective)
    groups = Groups(document)
    for part in parts(document, "group"):
        points = sorted(groups.points(part["id"]) & places.keys())
        if points:
            yield _group(part, points, places)


def untold(document: Mapping[str, Any], made: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Kind, str]]:
    """What became no entity: the standard has none for it, or wants a position, a circuit or a light point of it."""
    identifiers = {entity["id"] for entity in made}
    for kind in KINDS:
        for part in parts(document, kind):
            name = part["properties"]["id"] if kind in FEATURES else part["id"]
            if urn(TYPES.get(kind, ""), name) not in identifiers:
                yield kind, name


def usable(document: Mapping[str, Any], kind: Feature) -> Iterator[dict[str, Any]]:
    """The features of a kind that have a position; without one nobody else can use them."""
    for feature in parts(document, kind):
        geometry = feature.get("geometry")
        coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if isinstance(coordinates, list) and len(coordinates) in {2, 3}:
            yield feature


def _point(feature: Mapping[str, Any]) -> list[float]:
    return list(feature["geometry"]["coordinates"][:2])


def _said(**attributes: Any) -> dict[str, Any]:
    """The attributes that say something."""
    return {key: value for key, value in attributes.items() if value not in (None, "", [], {})}


def _text(said: Mapping[str, Any], key: str) -> str:
    """A text of the inventory file, which may hold anything."""
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _reference(kind: str, name: str) -> str | None:
    return urn(kind, name) if name else None


def _model(part: Mapping[str, Any]) -> dict[str, Any]:
    return _said(
        id=urn("StreetlightModel", part["id"]),
        type="StreetlightModel",
        name=part["id"],
        powerConsumption=part.get("nominal_w"),
        minPowerConsumption=part.get("power_at_min_w"),
        workingLife=part.get("rated_hours"),
        luminousFlux=part.get("lumens"),
        colorTemperature=part.get("cct_k"),
    )


def _place(feature: Mapping[str, Any]) -> dict[str, Any]:
    """What all that stands in a street has."""
    said = feature["properties"]
    owner = _text(said, "owner")
    return _said(
        location={"type": "Point", "coordinates": _point(feature)},
        areaServed=_text(said, "sector"),
        address=_said(streetAddress=_text(said, "street"), district=_text(said, "quarter")),
        owner=[urn("Organization", owner)] if owner else None,
    )


def _streetlight(feature: Mapping[str, Any], is_defective: bool) -> dict[str, Any]:  # noqa: FBT001 - a plain fact
    said = feature["properties"]
    installed, serial, zone = _text(said, "installed"), _text(said, "serial"), _text(said, "zone")
    status: Status = "defectiveLamp" if is_defective else "ok"
    return _said(
        id=urn("Streetlight", said["id"]),
        type="Streetlight",
        **_place(feature),
        status=status,
        controllingMethod="individual",
        circuit=_text(said, "circuit"),
        refStreetlightControlCabinet=_reference("StreetlightControlCabinet", _text(said, "cabinet")),
        refStreetlightGroup=_reference("StreetlightGroup", _text(said, "circuit")),
        refStreetlightModel=_reference("StreetlightModel", _text(said, "lamp_type")),
        feederID=_reference("StreetlightFeeder", _text(said, "circuit")),
        streetPoleNum=_text(said, "support"),
        lanternHeight=said.get("height_m"),
        dateLastLampChange=f"{installed}T00:00:00Z" if installed else None,
        refDevice=[urn("Device", serial)] if serial else None,
        municipalityInfo={"zoneId": zone} if zone else None,
    )


def _circuits(said: Mapping[str, Any]) -> list[str]:
    listed = said.get("circuits")
    return [
        f"{said['id']}/{circuit['number']}"
        for circuit in (listed if isinstance(listed, list) else [])
        if isinstance(circuit, dict) and "number" in circuit
    ]


def _cabinet(
    feature: Mapping[str, Any], on_circuit: Mapping[str, list[Mapping[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """A cabinet and its circuits; the schema has it refer to groups, and it switches its circuits: each is one."""
    said, place = feature["properties"], _place(feature)
    circuits = _circuits(said)
    cabinet = urn("StreetlightControlCabinet", said["id"])
    for circuit in circuits:
        lamps = on_circuit.get(circuit, [])
        points = [_point(lamp) for lamp in lamps] or [_point(feature)]
        yield _said(
            id=urn("StreetlightGroup", circuit),
            type="StreetlightGroup",
            name=circuit,
            location={"type": "MultiPoint", "coordinates": points},
            circuitId=circuit,
            refStreetlightControlCabinet=cabinet,
            refStreetlight=[urn("Streetlight", lamp["properties"]["id"]) for lamp in lamps],
        )
        yield {
            "id": urn("StreetlightFeeder", circuit),
            "type": "StreetlightFeeder",
            "name": circuit,
            "numStreetlight": len(lamps),
        }
    yield _said(
        id=cabinet,
        type="StreetlightControlCabinet",
        **place,
        refStreetlightGroup=[urn("StreetlightGroup", circuit) for circuit in circuits],
        # Its controller holds the programme and switches by itself; that it is in local mode is an incident.
        workingMode="automatic",
        maximumPowerAvailable=said.get("subscribed_kw"),
    )


def _group(part: Mapping[str, Any], points: list[str], places: Mapping[str, list[float]]) -> dict[str, Any]:
    return _said(
        id=urn("StreetlightGroup", part["id"]),
        type="StreetlightGroup",
        name=_text(part, "name"),
        location={"type": "MultiPoint", "coordinates": [places[point] for point in points]},
        refStreetlight=[urn("Streetlight", point) for point in points],
    )
