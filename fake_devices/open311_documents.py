"""How the simulated Allô Proximité writes its answers: GeoReport v2's shapes in JSON and in XML."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web

from fake_devices.open311_services import JSON_TYPE, SERVICES, XML_TYPE
from fake_devices.open311_tickets import Ticket, Update

ITEM_NAMES: Mapping[str, str] = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
"""XML: what the elements of a list are called."""
JSON_ITSELF = frozenset({"discovery", "service_definition"})
"""Documents that are one object in JSON; all others are arrays."""


def answer(kind: str, root: str, content: Any, status: int = 200) -> web.Response:
    """An answer in the format asked for (``json`` or ``xml``), under XML's root element."""
    if kind == "json":
        body, content_type = json.dumps(content, ensure_ascii=False).encode(), JSON_TYPE
    else:
        element = ET.Element(root)
        _fill(element, content)
        body, content_type = ET.tostring(element, encoding="utf-8", xml_declaration=True), XML_TYPE
    return web.Response(body=body, status=status, content_type=content_type, charset="utf-8")


def _fill(element: ET.Element, content: Any) -> None:
    if isinstance(content, Mapping):
        for key, value in content.items():
            _fill(ET.SubElement(element, key), value)
    elif isinstance(content, Sequence) and not isinstance(content, str):
        for value in content:
            _fill(ET.SubElement(element, ITEM_NAMES[element.tag]), value)
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = str(content)


def w3c(instant: datetime) -> str:
    """W3C's subset of ISO 8601."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket_document(ticket: Ticket, *, extended: bool) -> dict[str, Any]:
    """A service request as it is listed; its attributes only where extensions were asked for."""
    document: dict[str, Any] = {
        "service_request_id": ticket.id,
        "status": ticket.status,
        "status_notes": ticket.updates[-1].description if ticket.updates else None,
        "service_name": SERVICES[ticket.service_code].name,
        "service_code": ticket.service_code,
        "description": ticket.description,
        "agency_responsible": "Ville de Mulhouse",
        "service_notice": None,
        "requested_datetime": w3c(ticket.opened_at),
        "updated_datetime": w3c(ticket.updated_at),
        "expected_datetime": None,
        "address": ticket.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": ticket.position.latitude if ticket.position else None,
        "long": ticket.position.longitude if ticket.position else None,
        "media_url": ticket.reporter.get("media_url"),
    }
    if extended:
        document |= {key: value for key, value in ticket.reporter.items() if key != "media_url"}
        document["extended_attributes"] = dict(ticket.attributes)
    return document


def update_document(update: Update) -> dict[str, Any]:
    """An update as it is listed: FixMyStreet writes the status in lower case here."""
    return {
        "update_id": update.id,
        "service_request_id": update.ticket,
        "status": update.status,
        "description": update.description,
        "media_url": None,
        "updated_datetime": w3c(update.at),
    }
