"""Our tickets as anyone may read them: the documents of Open311 GeoReport v2, in JSON and in XML.

Nothing in them is personal or secret: they say what a ticket says, and not what the service answered.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from city.errors import BadInput
from headend.records import Ticket, TicketState

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
LONGEST_SPAN = timedelta(days=90)
LONGEST_LIST = 1000
"""What GeoReport v2 gives at most, by default."""
MIME_TYPES = {"json": "application/json", "xml": "text/xml"}
COORDINATE_DECIMALS = 6

_ITEMS: Mapping[str, str] = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Query:
    """Which requests are asked for."""

    ids: Sequence[str]
    """If given, nothing else counts."""
    service_codes: frozenset[str]
    statuses: frozenset[str]
    start: datetime
    end: datetime

    @classmethod
    def of(cls, asked: Mapping[str, str], now: datetime) -> "Query":
        """What a query's parameters mean; by default the last 90 days.

        Raises:
            BadInput: one of them means nothing.
        """
        statuses = frozenset(_parts(asked, "status", lower=True))
        if unknown := statuses - {"open", "closed"}:
            raise BadInput(f"status: got {', '.join(sorted(unknown))}, expected open or closed")
        start, end = _instant(asked, "start_date"), _instant(asked, "end_date")
        if end is None:
            end = min(start + LONGEST_SPAN, now) if start else now
        start = start or end - LONGEST_SPAN
        if end - start > LONGEST_SPAN:
            raise BadInput(f"start_date and end_date: more than {LONGEST_SPAN.days} days apart")
        return cls(
            _parts(asked, "service_request_id"),
            frozenset(_parts(asked, "service_code")),
            statuses,
            start,
            end,
        )


def _parts(asked: Mapping[str, str], name: str, *, lower: bool = False) -> list[str]:
    text = asked.get(name, "")
    return [part.strip() for part in (text.lower() if lower else text).split(",") if part.strip()]


def _instant(asked: Mapping[str, str], name: str) -> datetime | None:
    # A plus sign of an offset that was not escaped arrives as a space.
    text = asked.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadInput(f"{name}: got {text!r:.40}, expected a W3C date and time with Z or an offset")


def incident_of(number: str) -> str:
    """The incident, or the storm, whose ticket has a name of ours."""
    name = number.removeprefix("t-")
    return name if name.startswith("s-") else f"i-{name}"


def is_public(ticket: Ticket) -> bool:
    """Whether it stands for itself: what is told in a storm's summary is not told twice."""
    return ticket.summary is None or ticket.posted_at is not None


def status_of(ticket: Ticket) -> str:
    """GeoReport's word for where it stands: over is closed, whether or not the service has been told yet."""
    return "closed" if ticket.over or ticket.state is TicketState.CLOSED else "open"


def discovery_document(root: str, changeset: datetime) -> dict[str, Any]:
    """Where the feed is and what it speaks."""
    since = w3c(changeset)
    endpoint = {
        "specification": SPECIFICATION,
        "url": root,
        "changeset": since,
        "type": "production",
        "formats": [MIME_TYPES["xml"], MIME_TYPES["json"]],
    }
    key = "Lecture seule, sans clé"
    return {"changeset": since, "contact": "Falotier", "key_service": key, "endpoints": [endpoint]}


def service_document(code: str) -> dict[str, Any]:
    """The one kind of request that there is."""
    return {
        "service_code": code,
        "service_name": "Éclairage public",
        "description": "Pannes constatées par la télégestion (lecture seule)",
        "metadata": False,
        "type": "realtime",
        "keywords": "éclairage, lampe, armoire",
        "group": "espace public",
    }


def request_document(ticket: Ticket, code: str, agency: str, *, extended: bool) -> dict[str, Any]:
    """A ticket as a service request; what it says of the fault only where extensions are asked for."""
    last = ticket.updates[-1] if ticket.updates else None
    document: dict[str, Any] = {
        "service_request_id": ticket.id,
        "status": status_of(ticket),
        "status_notes": last.text if last else None,
        "service_name": "Éclairage public",
        "service_code": code,
        "description": ticket.description,
        "agency_responsible": agency,
        "service_notice": None,
        "requested_datetime": w3c(ticket.opened_at),
        "updated_datetime": w3c(max(last.at, ticket.opened_at) if last else ticket.opened_at),
        "expected_datetime": None,
        "address": ticket.address,
        "address_id": None,
        "zipcode": None,
        "lat": round(ticket.position.latitude, COORDINATE_DECIMALS),
        "long": round(ticket.position.longitude, COORDINATE_DECIMALS),
        "media_url": None,
    }
    if extended:
        document["extended_attributes"] = dict(ticket.attributes)
    return document


def w3c(instant: datetime) -> str:
    """W3C's subset of ISO 8601, UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written(kind: str, root: str, content: object) -> bytes:
    """A document in ``json`` or ``xml``, there under its root element."""
    if kind == "json":
        return json.dumps(content, ensure_ascii=False).encode()
    element = ET.Element(root)
    _fill(element, content)
    body: bytes = ET.tostring(element, encoding="utf-8", xml_declaration=True)
    return body


def _fill(element: ET.Element, content: object) -> None:
    if isinstance(content, Mapping):
        for key, value in content.items():
            _fill(ET.SubElement(element, key), value)
    elif isinstance(content, list):
        for value in content:
            _fill(ET.SubElement(element, _ITEMS[element.tag]), value)
    elif isinstance(content, bool):
        element.text = str(content).lower()
    elif content is not None:
        element.text = _NOT_IN_XML.sub("", str(content))
