"""The forms of an NGSI entity: key-values, normalized (NGSI v2) and JSON-LD; and how entities name each other."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, unquote

Form = Literal["keyvalues", "normalized", "ld"]
CONTEXT = (
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Streetlighting/master/context.jsonld",
)
_HEAD = ("id", "type", "@context")
_V2_TYPES: Mapping[type, str] = {bool: "Boolean", int: "Number", float: "Number", str: "Text"}


def urn(kind: str, name: str) -> str:
    """The identifier of an entity: ``urn:ngsi-ld:Streetlight:08-1173``; what no URN may hold is escaped."""
    return f"urn:ngsi-ld:{kind}:{quote(name, safe=':')}"


def name_of(identifier: str) -> str:
    """Our identifier of an entity: without ``urn:ngsi-ld:`` and its type, where it has them."""
    parts = identifier.split(":", 3)
    if len(parts) == 4 and parts[:2] == ["urn", "ngsi-ld"]:
        return unquote(parts[3])
    return identifier


def plain(entity: Mapping[str, Any]) -> dict[str, Any]:
    """An entity in any of the forms, as key-values."""
    return {
        key: value if key in _HEAD else _value(value) for key, value in entity.items() if key != "@context"
    }


def _value(attribute: Any) -> Any:
    if not isinstance(attribute, dict):
        return attribute
    for key in ("value", "object", "@value"):
        if key in attribute:
            return _value(attribute[key])
    return attribute


def formed(entity: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """A key-values entity in another form."""
    if form == "keyvalues":
        return dict(entity)
    make = _v2 if form == "normalized" else _ld
    attributes = {key: value if key in _HEAD else make(key, value) for key, value in entity.items()}
    return attributes if form == "normalized" else {**attributes, "@context": list(CONTEXT)}


def _v2(key: str, value: Any) -> dict[str, Any]:
    if key == "location":
        return {"type": "geo:json", "value": value}
    if key.startswith("date"):
        return {"type": "DateTime", "value": value}
    if key.startswith("ref") and isinstance(value, str):
        return {"type": "Relationship", "value": value}
    return {"type": _V2_TYPES.get(type(value), "StructuredValue"), "value": value}


def _ld(key: str, value: Any) -> dict[str, Any]:
    if key == "location":
        return {"type": "GeoProperty", "value": value}
    if key.startswith("ref"):
        return {"type": "Relationship", "object": value}
    if key.startswith("date"):
        return {"type": "Property", "value": {"@type": "DateTime", "@value": value}}
    return {"type": "Property", "value": value}
