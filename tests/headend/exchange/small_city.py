"""A small inventory with one of everything, and ways to import texts into it."""

import copy
import json
from pathlib import Path
from typing import Any

from headend.exchange.importing import Outcome, Wishes, import_file
from headend.inventory_edit import document_text

CITY: dict[str, Any] = {
    "type": "FeatureCollection",
    "note": "fictional",
    "lamp_types": [
        {"id": "led-60", "nominal_w": 60.0, "power_at_min_w": 7.0, "min_level_pct": 10.0, "standby_w": 0.6,
         "warm_up_s": 30.0, "rated_hours": 80000, "lumens": 8400, "cct_k": 2200}
    ],
    "hotspots": [
        {"id": "patinoire", "name": "Patinoire", "sector": "West", "watched": True, "longitude": 7.3, "latitude": 47.7}
    ],
    "groups": [
        {"id": "berges", "name": "Berges de l'Ill", "members": ["08-1173"]},
        {"id": "eau", "members": ["berges", "08-1174"]},
    ],
    "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.3386, 47.7467, 240.0]},
         "properties": {"kind": "cabinet", "id": "A-017", "sector": "D8", "street": "rue Mercière", "owner": "Ville",
                        "modbus": {"host": "127.0.0.1", "port": 15017, "unit": 1}, "profile": "falotier-cabinet",
                        "circuits": [{"number": 1, "feed": "permanent"}, {"number": 2, "feed": "night"}],
                        "metering_point": "50012345678901", "subscribed_kw": 9}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.3388, 47.7466]},
         "properties": {"kind": "light-point", "id": "08-1173", "sector": "D8", "quarter": "Centre",
                        "street": "rue Mercière", "cabinet": "A-017", "circuit": "A-017/2", "phase": "L2",
                        "lamp_type": "led-60", "gateway": "GW-4", "serial": "FC081173", "support": "M-12",
                        "height_m": 8, "owner": "Ville de Mulhouse", "zone": "Mulhouse", "category": "a",
                        "installed": "2020-05-31", "hours_before": 1200.5, "painted": "green"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.3389, 47.7465]},
         "properties": {"kind": "light-point", "id": "08-1174", "cabinet": "A-017", "circuit": "A-017/2", "phase": "L3",
                        "lamp_type": "led-60", "gateway": "GW-4"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.3168, 47.7352]},
         "properties": {"kind": "access-point", "id": "AP-PAT-03", "hotspot": "patinoire",
                        "snmp": {"host": "127.0.0.1", "port": 16103}, "profile": "falotier-ap",
                        "clients_per_radio": 40}},
    ],
}  # fmt: skip


def city() -> dict[str, Any]:
    return copy.deepcopy(CITY)


class Town:
    """A folder with an inventory file."""

    def __init__(self, folder: Path, document: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.file = folder / "inventory.geojson"
        if document is not None:
            self.file.write_text(document_text(document), encoding="utf-8")

    def import_(self, content: object, **wishes: Any) -> Outcome:
        """Import bytes, a text, or a document."""
        source = self.folder / "source"
        if not isinstance(content, bytes):
            text = content if isinstance(content, str) else json.dumps(content)
            content = text.encode()
        source.write_bytes(content)
        return import_file(source, self.file, Wishes(**wishes))

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return document

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of a feature."""
        found: dict[str, Any] = next(
            each["properties"] for each in self.document["features"] if each["properties"]["id"] == name
        )
        return found

    def coordinates(self, name: str) -> list[float]:
        """Where a feature stands."""
        found: list[float] = next(
            each["geometry"]["coordinates"]
            for each in self.document["features"]
            if each["properties"]["id"] == name
        )
        return found
