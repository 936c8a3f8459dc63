"""What a file would change of the inventory: added, changed, unchanged and missing, each thing by its kind and id."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ValidationError

from headend import inventory_file
from headend.exchange.geojson import MEMBERS
from headend.exchange.rows import FEATURES, KINDS, UNFIT, BadRow, Kind, Row, Rows, Unreadable
from headend.inventory import faults, key_of

MODELS: Mapping[Kind, type[BaseModel]] = {
    "lamp-type": inventory_file.LampType,
    "cabinet": inventory_file.Cabinet,
    "light-point": inventory_file.LightPoint,
    "hotspot": inventory_file.Hotspot,
    "wifi-controller": inventory_file.WifiController,
    "access-point": inventory_file.AccessPoint,
    "group": inventory_file.Group,
}
LISTS: Mapping[Kind, str] = {kind: member for member, kind in MEMBERS.items()} | dict.fromkeys(
    FEATURES, "features"
)
"""The list of the inventory file that holds a kind."""
PROGRESS_EVERY = 500

Key = tuple[Kind, str]
Progress = Callable[[int, int], None]
"""Told how many rows of how many are done."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One property that a file says otherwise."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What a file says otherwise of one thing."""

    kind: Kind
    id: str
    fields: tuple[FieldChange, ...]


@dataclass
class Difference:
    """What a file would change, and the inventory as it would be."""

    document: dict[str, Any]
    added: list[Key] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    missing: list[Key] = field(default_factory=list)
    """In the inventory, of a kind that the file is about, and not in the file."""
    bad: list[BadRow] = field(default_factory=list)


def merge(
    document: Mapping[str, Any],
    rows: Rows,
    *,
    default_type: str | None = None,
    progress: Progress | None = None,
) -> Difference:
    """Lay the rows over an inventory, which stays as it is. What a row does not say stays as it was."""
    return _Merger(document, rows, default_type).merge(progress)


def without(document: Mapping[str, Any], gone: list[Key]) -> dict[str, Any]:
    """An inventory without some things."""
    left = dict(document)
    keys = set(gone)
    for name in {LISTS[kind] for kind, _ in gone}:
        left[name] = [part for part in document[name] if _key(name, part) not in keys]
    return left


def parts(document: Mapping[str, Any], kind: Kind) -> Iterator[dict[str, Any]]:
    """The things of a kind that name themselves, features with their geometry."""
    for part in _listed(document, LISTS[kind]):
        key = _key(LISTS[kind], part)
        if key is not None and key[0] == kind:
            yield part


class Groups:
    """The groups of an inventory file, with the light points that the head-end leaves out too."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._members = {part["id"]: _names(part.get("members")) for part in parts(document, "group")}
        self._points = {part["properties"]["id"] for part in parts(document, "light-point")}

    def points(self, group: str) -> set[str]:
        """The light points of a group and of the groups within it."""
        found: set[str] = set()
        seen, waiting = {group}, [group]
        while waiting:
            named = self._members.get(waiting.pop(), set())
            waiting += [each for each in named if each in self._members and each not in seen]
            seen |= named
            found |= (named & self._points) - self._members.keys()
        return found


def _names(members: Any) -> set[str]:
    return {each for each in members if isinstance(each, str)} if isinstance(members, list) else set()


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    listed = document.get(name)
    return listed if isinstance(listed, list) else []


def _key(name: str, part: Any) -> Key | None:
    if not isinstance(part, dict):
        return None
    own = part.get("properties") if name == "features" else part
    if not isinstance(own, dict) or not isinstance(own.get("id"), str) or UNFIT.search(own["id"]):
        return None
    kind = own.get("kind") if name == "features" else MEMBERS[name]
    return (kind, own["id"]) if kind in KINDS else None


class _Merger:
    def __init__(self, document: Mapping[str, Any], rows: Rows, default_type: str | None) -> None:
        self._rows = rows
        self._default_type = default_type
        self._document = document
        lists = {name: list(_listed(document, name)) for name in LISTS.values() if name in document}
        self.result = Difference({**document, **lists}, bad=list(rows.bad))
        self._places: dict[Key, tuple[list[Any], int]] = {}
        for name, listed in lists.items():
            for number, part in enumerate(listed):
                if (key := _key(name, part)) is not None:
                    self._places.setdefault(key, (listed, number))
        self._known = set(self._places)

    @cached_property
    def _groups(self) -> Groups:
        return Groups(self._document)

    def merge(self, progress: Progress | None) -> Difference:
        seen: set[Key] = set()
        for done, row in enumerate(self._rows.rows):
            if progress and done % PROGRESS_EVERY == 0:
                progress(done, len(self._rows.rows))
            try:
                self._take(row, is_second=(row.kind, row.id) in seen)
            except Unreadable as why:
                self.result.bad.append(BadRow.of(row.number, row.id, why))
            seen.add((row.kind, row.id))
        kinds = {row.kind for row in self._rows.rows}
        named = seen | {(kind, bad.id) for bad in self.result.bad for kind in kinds}
        self.result.missing = [
            key for key in self._places if key in self._known and key[0] in kinds and key not in named
        ]
        self.result.bad.sort(key=lambda bad: bad.number)
        return self.result

    def _take(self, row: Row, *, is_second: bool) -> None:
        if is_second:
            raise Unreadable("id", row.id, "an id that stands there once")
        place = self._places.get((row.kind, row.id))
        part = place[0][place[1]] if place else None
        is_feature = row.kind in FEATURES
        before: dict[str, Any] = {} if part is None else part["properties"] if is_feature else part
        said, new_type = self._resolved(row, before)
        identity = {"kind": row.kind, "id": row.id} if is_feature else {"id": row.id}
        after = {**before, **identity, **_laid_over(before, said)}
        changes = [
            FieldChange(key, before.get(key), after[key]) for key in after if before.get(key) != after[key]
        ]
        geometry = _geometry(part, row) if is_feature else None
        if part is not None and is_feature and geometry != part.get("geometry"):
            changes.append(FieldChange("position", _coordinates(part), list(row.position or ())))
        if part is not None and not changes:
            self.result.unchanged += 1
            return
        _check(row.kind, after, {*said, "id"})
        if new_type is not None:
            self._put("lamp-type", new_type)
        self._put(
            row.kind,
            {"type": "Feature", **(part or {}), "geometry": geometry, "properties": after}
            if is_feature
            else after,
        )
        if part is None:
            self.result.added.append((row.kind, row.id))
        else:
            self.result.changed.append(Change(row.kind, row.id, tuple(changes)))

    def _put(self, kind: Kind, part: dict[str, Any]) -> None:
        name = part["properties"]["id"] if kind in FEATURES else part["id"]
        place = self._places.get((kind, name))
        if place is not None:
            place[0][place[1]] = part
            return
        listed = self.result.document.setdefault(LISTS[kind], [])
        listed.append(part)
        self._places[kind, name] = (listed, len(listed) - 1)

    def _resolved(self, row: Row, before: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """A row's properties with all that depends on the inventory settled, and the lamp type that it brings."""
        said = {
            key: value for key, value in row.properties.items() if value not in ("", None) or key in before
        }
        if row.kind == "cabinet" and "circuit_numbers" in said:
            said["circuits"] = _circuits(before.get("circuits"), said.pop("circuit_numbers"))
        if row.kind == "group" and "points" in said:
            points = said.pop("points")
            if self._groups.points(row.id) != set(points):
                said["members"] = points
        if row.kind == "access-point":
            said |= _moved(said, before)
        if row.kind != "light-point":
            return said, None
        new_type = self._typed(said, before, said.pop("nominal_w", None))
        if self._default_type and not before.get("lamp_type"):
            said.setdefault("lamp_type", self._default_type)
        return said, new_type

    def _typed(
        self, said: dict[str, Any], before: Mapping[str, Any], watts: float | None
    ) -> dict[str, Any] | None:
        """Name the type of a lamp of which others say the power: a known one, or a new one of that power."""
        named = said.get("lamp_type")
        if watts is None or ("lamp-type", named) in self._places:
            return None
        place = self._places.get(("lamp-type", before.get("lamp_type", "")))
        if place and place[0][place[1]].get("nominal_w") == watts and named is None:
            return None
        said["lamp_type"] = f"{named} {watts:g} W" if named else f"{watts:g} W"
        known = ("lamp-type", said["lamp_type"]) in self._places
        return None if known else {"id": said["lamp_type"], "nominal_w": watts}


def _laid_over(before: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, tables of the file laid over those that stand there."""
    return {
        key: {**before[key], **value}
        if isinstance(value, dict) and isinstance(before.get(key), dict)
        else value
        for key, value in said.items()
    }


def _moved(said: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What is given up by an access point that moves behind a controller, or from there to an address of its own."""
    if said.get("controller") and before.get("snmp") and "snmp" not in said:
        return {"snmp": None}
    if said.get("snmp") and before.get("controller") and "controller" not in said:
        return {"controller": ""}
    return {}


def _circuits(known: Any, numbers: list[int]) -> list[Any]:
    circuits = list(known) if isinstance(known, list) else []
    there = {each.get("number") for each in circuits if isinstance(each, dict)}
    return circuits + [{"number": number} for number in numbers if number not in there]


def _coordinates(part: Mapping[str, Any]) -> list[Any]:
    geometry = part.get("geometry")
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    return coordinates if isinstance(coordinates, list) else []


def _geometry(part: Mapping[str, Any] | None, row: Row) -> Any:
    """Where it stands; where it has not moved, the height above the sea that the inventory may hold stays."""
    position = list(row.position or ())
    if part is not None and (not position or _coordinates(part)[:2] == position):
        return part.get("geometry")
    return {"type": "Point", "coordinates": position}


def _check(kind: Kind, properties: Mapping[str, Any], said: set[str]) -> None:
    """Refuse what a row says and the inventory file cannot hold; what is missing may come later.

    Raises:
        Unreadable: with the first property that is wrong.
    """
    try:
        MODELS[kind].model_validate(properties)
    except ValidationError as error:
        for fault in faults(error)[1]:
            if fault["loc"] and fault["loc"][0] in said:
                expected = fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
                raise Unreadable(key_of(fault["loc"]), fault["input"], expected) from error
