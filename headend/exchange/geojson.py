"""GeoJSON in: our own inventory file, and those of others with the names that they use."""

from collections import Counter
from typing import Any

from city.errors import BadInput
from headend.exchange.names import identity, in_our_words
from headend.exchange.positions import Crs, crs_of, position
from headend.exchange.rows import FEATURES, Kind, Row, Rows, Unreadable

MEMBERS: dict[str, Kind] = {
    "lamp_types": "lamp-type",
    "hotspots": "hotspot",
    "controllers": "wifi-controller",
    "groups": "group",
}
"""The members of our file beside its features."""


def read_geojson(document: dict[str, Any], kind: Kind, crs: Crs | None, where: str) -> Rows:
    """What a FeatureCollection says; features that do not name their kind as ours do are of ``kind``.

    Raises:
        BadInput: it is no FeatureCollection, or of a reference system that is not read.
    """
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise BadInput(f"{where}: expected a GeoJSON FeatureCollection with a list of features")
    crs = crs or _declared(document, where)
    rows = Rows("feature")
    for member, member_kind in MEMBERS.items():
        listed = document.get(member)
        for number, raw in enumerate(listed if isinstance(listed, list) else [], 1):
            _take_member(rows, number, member_kind, raw)
    is_ours = bool(rows.rows) or any(_kind(feature) in FEATURES for feature in features)
    for number, feature in enumerate(features, 1):
        own = _kind(feature)
        if is_ours and own not in FEATURES:
            rows.ignored[f"kind {own}"] += 1
        else:
            _take_feature(rows, number, own if is_ours else kind, feature, crs)
    return rows


def _declared(document: dict[str, Any], where: str) -> Crs | None:
    """The ``crs`` member is of the older GeoJSON; French files still come with it."""
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return crs_of(name, f"{where}: crs") if isinstance(name, str) else None


def _kind(feature: Any) -> Any:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    kind = properties.get("kind") if isinstance(properties, dict) else None
    return kind if isinstance(kind, str) else None


def _take_member(rows: Rows, number: int, kind: Kind, raw: Any) -> None:
    name = raw.get("id") if isinstance(raw, dict) else None
    if isinstance(name, str):
        rows.rows.append(Row(number, kind, name, {key: raw[key] for key in raw if raw[key] is not None}))
    else:
        rows.refuse(number, "", Unreadable(f"{kind} id", name, "a text"))


def _take_feature(rows: Rows, number: int, kind: Kind, feature: Any, crs: Crs | None) -> None:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    said = (
        {key: properties[key] for key in properties if key != "kind"} if isinstance(properties, dict) else {}
    )
    ignored: Counter[str] = Counter()
    try:
        rows.rows.append(_row(number, kind, feature, said, crs, ignored))
    except Unreadable as why:
        rows.refuse(number, identity(kind, said), why)
    else:
        rows.ignored += ignored


def _row(
    number: int, kind: Kind, feature: Any, said: dict[str, Any], crs: Crs | None, ignored: Counter[str]
) -> Row:
    if not said:
        raise Unreadable("properties", None, "an object with at least an identifier")
    ours = in_our_words(kind, said, ignored)
    name = str(ours.pop("id", feature.get("id") or ""))
    if not name:
        raise Unreadable("id", None, "an identifier")
    return Row(number, kind, name, ours, _position(feature, crs))


def _position(feature: dict[str, Any], crs: Crs | None) -> tuple[float, float]:
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        got = geometry.get("type") if isinstance(geometry, dict) else geometry
        raise Unreadable("geometry", got, "a Point")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) not in {2, 3}:
        raise Unreadable("coordinates", coordinates, "two or three numbers")
    return position(coordinates[0], coordinates[1], crs)
