"""Selectors: how people name light points, one by one or many at a time."""

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from city.errors import BadInput
from lighting.inventory import Inventory, LightPoint

EVERYTHING = "all"

MOST_LAMPS = 2000
"""How many light points one selector may name one by one; for more there are circuits, cabinets and sectors."""
NAMED = 3
"""How many of those a shortened selector still names."""

HINTS = 3
"""How many near names an error offers."""

_FORMS = (
    "lamp:ID, lamps:ID,ID…, circuit:ID, cabinet:ID, group:ID, sector:NAME, quarter:NAME, street:NAME, zone:NAME, "
    "support:ID, owner:NAME, category:LETTER, type:ID or all"
)

_KEYS: Mapping[str, Callable[[LightPoint], str]] = MappingProxyType(
    {
        "lamp": lambda point: point.id,
        "circuit": lambda point: point.circuit,
        "cabinet": lambda point: point.cabinet,
        "sector": lambda point: point.sector,
        "quarter": lambda point: point.quarter,
        "street": lambda point: point.street,
        "zone": lambda point: point.zone,
        "support": lambda point: point.support,
        "owner": lambda point: point.owner,
        "category": lambda point: point.category,
        "type": lambda point: point.lamp_type.id,
    }
)

_IDENTIFIERS = ("lamp", "circuit", "cabinet")
"""What a bare word may be."""


def select(inventory: Inventory, selector: str) -> tuple[LightPoint, ...]:
    """The light points that a selector means, at least one, in the inventory's order.

    A bare identifier of a lamp, circuit or cabinet, ``all``, or a prefix and a name, as ``street:Rue Mercière`` or
    ``group:berges``; several lamps as ``lamps:08-1173,08-1174``. A group's members count with those of the groups
    within it. Case and accents do not matter.

    Raises:
        BadInput: it means nothing; the message offers the nearest names.
    """
    points = inventory.light_points.values()
    prefix, colon, name = selector.partition(":")
    kind, wanted = _folded(prefix), _folded(name)
    if colon and kind == "group":
        return _grouped(inventory, wanted, selector)
    if colon and kind == "lamps":
        return _listed(inventory, name)
    if colon and kind not in _KEYS:
        kinds = {key: key for key in (*_KEYS, "lamps", "group")}
        raise BadInput(f"selector: got {selector!r}, expected {_FORMS}{_near(kind, kinds)}")
    if colon:
        return _chosen(points, (kind,), wanted, selector)
    if kind == EVERYTHING and points:
        return tuple(points)
    return _chosen(points, _IDENTIFIERS, kind, selector)


def shortened(selector: str) -> str:
    """A selector as people read it: of many lamps named one by one the first few, and how many there are."""
    kind, _, names = selector.partition(":")
    listed = names.split(",")
    if _folded(kind) != "lamps" or len(listed) <= NAMED:
        return selector
    return f"{kind}:{','.join(listed[:NAMED])},… ({len(listed)})"


def _listed(inventory: Inventory, names: str) -> tuple[LightPoint, ...]:
    wanted = [name.strip() for name in names.split(",")]
    if len(wanted) > MOST_LAMPS:
        raise BadInput(f"selector: got {len(wanted)} lamps one by one, expected {MOST_LAMPS} at most")
    known = inventory.light_points
    if not all(name in known for name in wanted):
        folded = {_folded(name): name for name in known}
        for number, name in enumerate(wanted):
            if _folded(name) not in folded:
                raise BadInput(f"selector: no lamp is called {name!r}{_near(_folded(name), folded)}")
            wanted[number] = folded[_folded(name)]
    chosen = set(wanted)
    return tuple(point for point in known.values() if point.id in chosen)


def _chosen(
    points: Iterable[LightPoint], kinds: tuple[str, ...], wanted: str, selector: str
) -> tuple[LightPoint, ...]:
    names: dict[str, str] = {}
    for kind in kinds:
        key = _KEYS[kind]
        found = []
        for point in points:
            name = key(point)
            folded = _folded(name)
            if folded:
                names[folded] = name
            if folded and folded == wanted:
                found.append(point)
        if found:
            return tuple(found)
    what = kinds[0] if len(kinds) == 1 else "lamp, circuit or cabinet"
    forms = "" if len(kinds) == 1 else f"; other forms: {_FORMS}"
    raise BadInput(f"selector: no {what} is called {selector!r}{_near(wanted, names)}{forms}")


def _grouped(inventory: Inventory, wanted: str, selector: str) -> tuple[LightPoint, ...]:
    names = {
        _folded(name): group.id for group in inventory.groups.values() for name in (group.id, group.name)
    }
    if wanted not in names:
        raise BadInput(f"selector: no group is called {selector!r}{_near(wanted, names)}")
    members = inventory.by_group[names[wanted]]
    if not members:
        raise BadInput(f"selector: group {names[wanted]} holds no light point")
    return tuple(point for point in inventory.light_points.values() if point.id in members)


def _near(wanted: str, names: Mapping[str, str]) -> str:
    """The hint for a name that is none; ``names`` leads from folded names to those people write."""
    near = difflib.get_close_matches(wanted, names, n=HINTS)
    return f"; did you mean {' or '.join(names[each] for each in near)}?" if near else ""


def _folded(name: str) -> str:
    """Without case, accents or spaces around: what two spellings of one name share."""
    decomposed = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
