"""What others call the properties of our inventory, and how they write their values.

French names are those common in published files of light points; OpenStreetMap's are its tags of street lamps
(docs/inventory-file.md has the table).
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from headend.exchange.rows import Kind, Unreadable
from headend.inventory_file import CIRCUITS_MOST

_SHARED = {
    "id": "id identifiant id_objet code numero gml_id fid",
    "sector": "sector secteur",
    "street": "street rue voie nom_voie adresse addr_street libelle_voie",
    "owner": "owner proprietaire maitre_ouvrage operator exploitant gestionnaire",
}
_LIGHT_POINT = {
    "id": "id_pl idpl num_pl numero_pl point_lumineux id_point_lumineux id_foyer ref",
    "quarter": "quarter quartier",
    "cabinet": "cabinet armoire id_armoire num_armoire code_armoire armoire_commande",
    "circuit": "circuit depart id_depart num_depart",
    "phase": "phase",
    "lamp_type": "lamp_type type_lampe typ_lampe type_source lampe modele_luminaire luminaire",
    "nominal_w": "nominal_w puissance puis_lam puissance_w puissance_lampe puissance_active puissance_nominale",
    "gateway": "gateway passerelle",
    "serial": "serial numero_serie num_serie",
    "support": "support id_support num_support mat id_mat lamp_mount_ref",
    "height_m": "height_m hauteur height hauteur_feu haut_feu hauteur_m hauteur_mat",
    "zone": "zone commune nom_commune",
    "category": "category categorie cat_arrete categorie_arrete",
    "installed": "installed date_pose date_installation date_mise_service date_lampe start_date",
    "hours_before": "hours_before heures_avant",
}
_CABINET = {
    "id": "cabinet armoire id_armoire num_armoire code_armoire ref",
    "profile": "profile profil",
    "modbus": "modbus",
    "modbus.host": "modbus_host host hote",
    "modbus.port": "modbus_port port",
    "modbus.unit": "modbus_unit unit",
    "modbus.url": "modbus_url",
    "circuits": "circuits departs",
    "metering_point": "metering_point pdl prm point_livraison",
    "subscribed_kw": "subscribed_kw puissance_souscrite puissance_souscrite_kw",
}
_ACCESS_POINT = {
    "id": "ref",
    "hotspot": "hotspot point_acces",
    "snmp": "snmp",
    "snmp.host": "snmp_host host hote",
    "snmp.port": "snmp_port port",
    "profile": "profile profil",
    "clients_per_radio": "clients_per_radio",
    "controller": "controller controleur",
    "listed_as": "listed_as",
}

LONGITUDE = frozenset({"longitude", "lon", "lng", "long", "x_wgs84", "x", "coord_x", "x_l93", "x_lambert93"})
LATITUDE = frozenset({"latitude", "lat", "y_wgs84", "y", "coord_y", "y_l93", "y_lambert93"})
BOTH = frozenset({"geo_point_2d", "geo_point", "geopoint"})
"""Columns that hold latitude and longitude in one text: "47.75, 7.34"."""


def _aliases(own: Mapping[str, str]) -> Mapping[str, str]:
    names = {alias: ours for ours, listed in own.items() for alias in listed.split()}
    shared = {alias: ours for ours, listed in _SHARED.items() for alias in listed.split()}
    return shared | names


ALIASES: Mapping[Kind, Mapping[str, str]] = {
    "light-point": _aliases(_LIGHT_POINT),
    "cabinet": _aliases(_CABINET),
    "access-point": _aliases(_ACCESS_POINT),
}
"""Kind → folded name in a file → our property; a dot leads into a table of the inventory file."""


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A property's name without case, accents and signs: ``Id PL`` and ``id_pl`` are one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def in_our_words(kind: Kind, said: Mapping[str, Any], ignored: Counter[str]) -> dict[str, Any]:
    """The properties of a row by our names, with values as our file writes them; what has no place is counted.

    Of two names that mean the same property, the first that says something counts.

    Raises:
        Unreadable: a value makes no sense.
    """
    aliases, ours = ALIASES[kind], dict[str, Any]()
    for name, value in said.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        key = aliases.get(folded(name))
        if key is None or key in ours:
            ignored[name] += 1
        else:
            ours[key] = VALUES[key](key, value) if key in VALUES else _text(key, value)
    if kind == "light-point" and "circuit" in ours:
        ours["circuit"] = _whole_circuit(ours["circuit"], ours.get("cabinet"))
    return _nested(ours)


def identity(kind: Kind, said: Mapping[str, Any]) -> str:
    """The identifier of a row that cannot be used, where it has one."""
    aliases = ALIASES[kind]
    return next(
        (str(value) for name, value in said.items() if value and aliases.get(folded(name)) == "id"), ""
    )


def number(key: str, value: object) -> float:
    """A finite number: ``8``, ``8.5``, ``"8,5"``, ``"1 200"``, ``"8 m"``.

    Raises:
        Unreadable: it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        read = float(value) if abs(value) <= _LARGEST else math.inf
    else:
        found = _NUMBER.fullmatch(str(value)[:_NUMBER_MOST].strip())
        read = float(re.sub(r"\s", "", found[1]).replace(",", ".")) if found else math.nan
    if not math.isfinite(read):
        raise Unreadable(key, value, "a number")
    return int(read) if read.is_integer() else read


_LARGEST = 1e15
_NUMBER_MOST = 40
_NUMBER = re.compile(r"([-+]?\d[\d\s]*(?:[.,]\d+)?(?:e[-+]?\d+)?)\s*(?:m|w|kw|h|k|lm|°)?", re.IGNORECASE)


def _text(key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable(key, value, "a text")
    return str(value).strip()


def day(key: str, value: object) -> str:
    """A date as the file writes it, from ``2020-05-31``, with or without a time, or ``31/05/2020``.

    Raises:
        Unreadable: it is none.
    """
    text = str(value).strip()
    try:
        if "/" in text:
            return datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - a date has no zone
        return date.fromisoformat(text[: len("2020-05-31")]).isoformat()
    except ValueError as error:
        raise Unreadable(key, value, "a date such as 2020-05-31 or 31/05/2020") from error


def _phase(key: str, value: object) -> str:
    """FIWARE and older books say R, S, T."""
    phases = {"R": "L1", "S": "L2", "T": "L3", "1": "L1", "2": "L2", "3": "L3"}
    said = _text(key, value).upper()
    return phases.get(said, said)


def _letter(key: str, value: object) -> str:
    return _text(key, value).lower()


def _circuits(key: str, value: object) -> object:
    """A table writes ``1:permanent 2:night``; GeoJSON has the list of the inventory file."""
    if not isinstance(value, str):
        return value
    circuits = []
    for part in re.split(r"[\s,;]+", value.strip())[: CIRCUITS_MOST + 1]:
        number_, colon, feed = part.partition(":")
        if not colon or not number_.isdecimal() or len(number_) > 1:
            raise Unreadable(key, value, "numbers and feeds such as 1:permanent 2:night")
        circuits.append({"number": int(number_), "feed": feed})
    return circuits


def _as_it_is(_key: str, value: object) -> object:
    return value


VALUES: Mapping[str, Callable[[str, object], object]] = {
    **dict.fromkeys(("height_m", "nominal_w", "hours_before", "subscribed_kw", "clients_per_radio"), number),
    **dict.fromkeys(("modbus.port", "modbus.unit", "snmp.port"), number),
    "phase": _phase,
    "category": _letter,
    "installed": day,
    "circuits": _circuits,
    "modbus": _as_it_is,
    "snmp": _as_it_is,
}


def _whole_circuit(circuit: str, cabinet: str | None) -> str:
    """Others number the circuits of each cabinet; ours are named ``A-017/2``."""
    return f"{cabinet}/{circuit}" if cabinet and "/" not in circuit else circuit


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        table, dot, inner = key.partition(".")
        if dot:
            nested.setdefault(table, {})[inner] = value
        else:
            nested[key] = value
    return nested
