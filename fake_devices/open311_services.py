"""What the simulated Allô Proximité takes reports of: its services, as GeoReport v2 describes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CHANGESET = "2026-11-01T00:00:00+01:00"
"""When services and definitions last changed."""
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
JURISDICTION = "mulhouse.fr"
XML_TYPE, JSON_TYPE = "text/xml", "application/json"
SERVICE_TYPES = {"number": "realtime", "token": "batch", "nothing": "blackbox"}
MIME_TYPES = {"xml": XML_TYPE, "json": JSON_TYPE}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing more that a report of a service may say."""

    code: str
    description: str
    datatype: str = "string"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of report."""

    code: str
    name: str
    description: str
    keywords: str
    group: str
    attributes: tuple[Attribute, ...] = ()


LIGHTING = Service(
    "eclairage-public",
    "Éclairage public",
    "Lampe éteinte, lampe allumée en plein jour, rue dans le noir",
    "lampe, lampadaire, éclairage, armoire",
    "espace public",
    (
        Attribute("fault", "Nature de la panne", required=True),
        Attribute("pole_number", "Numéro du point lumineux"),
        Attribute("circuit", "Départ"),
        Attribute("cabinet", "Armoire"),
        Attribute("points", "Points lumineux éteints", "number"),
        Attribute("detected_at", "Constaté le", "datetime"),
        Attribute("source", "Qui signale"),
        Attribute("external_ref", "Référence de l'émetteur"),
    ),
)
ROADS = Service(
    "voirie", "Voirie", "Nid-de-poule, trottoir, signalisation", "route, trottoir", "espace public"
)

SERVICES: Mapping[str, Service] = {service.code: service for service in (LIGHTING, ROADS)}


def service_document(service: Service, gives: str = "number") -> dict[str, Any]:
    """An entry of the list of services, whose creations are answered with a number, a token or nothing."""
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": bool(service.attributes),
        "type": SERVICE_TYPES[gives],
        "keywords": service.keywords,
        "group": service.group,
    }


def definition_document(service: Service) -> dict[str, Any]:
    """What a report of this service may or must say beside the usual."""
    return {
        "service_code": service.code,
        "attributes": [
            {
                "variable": True,
                "code": attribute.code,
                "datatype": attribute.datatype,
                "required": attribute.required,
                "datatype_description": None,
                "order": order,
                "description": attribute.description,
                "values": [],
            }
            for order, attribute in enumerate(service.attributes, start=1)
        ],
    }


def discovery_document(url: str, formats: Collection[str] = ("xml", "json")) -> dict[str, Any]:
    """Where the service is and what it speaks."""
    return {
        "changeset": CHANGESET,
        "contact": "Allô Proximité (simulation)",
        "key_service": "The key of this simulation is printed where it is started",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": url,
                "changeset": CHANGESET,
                "type": "test",
                "formats": [MIME_TYPES[kind] for kind in sorted(formats, reverse=True)],
            }
        ],
    }


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a request was not granted."""

    code: int
    description: str


class NotGranted(Exception):
    """A request that is answered with an HTTP error and its reasons."""

    def __init__(self, status: int, problems: Sequence[Problem]) -> None:
        super().__init__(status)
        self.status = status
        self.problems = problems


def refusal(status: int, *reasons: str) -> NotGranted:
    """A refusal whose reasons carry the code of the HTTP status."""
    return NotGranted(status, [Problem(status, reason) for reason in reasons])
