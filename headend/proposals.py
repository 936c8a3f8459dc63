"""Access points that controllers list and the inventory does not name: proposed, then adopted or ignored by people."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from city.clock import Clock
from city.errors import BadInput
from city.messages import JournalEntry
from city.places import Position
from city.proposals import AdoptedView, AdoptRequest
from city.wifi_views import ProposalView
from drivers.snmp.names import is_mac, plain_name
from drivers.snmp.unlisted import Unlisted, called
from headend.exchange.merging import merge, parts
from headend.exchange.rows import Row, Rows
from headend.inventory_edit import InventoryEdit
from headend.records import IgnoredAccessPoint, Records, Token
from headend.records.connection import uninterrupted
from headend.unknown import Unknown
from wifi.inventory import Inventory, place_name

LONGEST_NAME = 80
"""Characters of an id in the inventory file."""
NAMED_MOST = 10
"""Hotspots that an error names, at most."""


class Proposals:
    """What may be taken up into the inventory file. Nothing of it is polled or judged before that."""

    def __init__(
        self,
        file: Path,
        inventory: Inventory,
        unlisted: Callable[[], Sequence[Unlisted]],
        records: Records,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """``changed`` is told once the inventory file holds what was adopted."""
        self._file = file
        self._inventory = inventory
        self._unlisted = unlisted
        self._records = records
        self._clock = clock
        self._changed = changed
        self._ignored: frozenset[str] = frozenset()
        """By id, as the records last had them."""
        self._controllers = {
            (each.host, each.port, each.profile): each.id for each in inventory.controllers.values()
        }

    @property
    def count(self) -> int:
        """How many are proposed; asks nobody."""
        return sum(1 for name in self._all() if name not in self._ignored)

    async def remember(self) -> None:
        """Read again which are ignored. Raises Unreachable when the records are away."""
        self._ignored = frozenset(await self._records.ignored_access_points.all())

    async def views(self, *, ignored: bool = False) -> tuple[ProposalView, ...]:
        """What is proposed, or what is ignored of what is listed, in the order in which it was found.

        Raises:
            Unreachable: the records are away.
        """
        known = await self._records.ignored_access_points.all()
        return tuple(
            self._view(name, found, ignored=ignored)
            for name, found in self._all().items()
            if (name in known) == ignored
        )

    @uninterrupted
    async def adopt(self, name: str, request: AdoptRequest, token: Token) -> AdoptedView:
        """Write a proposal into the inventory file; the head-end takes it up by itself.

        Raises:
            Unknown: nothing of that name is listed by a controller, or the inventory names it already.
            BadInput: there is no such hotspot, the name is taken, or the inventory file cannot be changed.
            Unreachable: the records are away; nothing was changed.
        """
        found = self._found(name)
        with ExitStack() as stack:
            edit = await asyncio.to_thread(stack.enter_context, InventoryEdit(self._file))
            adopted = self._decided(found, request, edit.document)
            await asyncio.to_thread(edit.stage, self._with(edit.document, adopted, found))
            text = f"{adopted.hotspot} · {adopted.controller} · {adopted.listed_as}"
            await self._records.add_journal(self._entry("adopt", adopted.id, text, token))
            await asyncio.to_thread(edit.commit)
        self._changed()
        return adopted

    async def ignore(self, name: str, token: Token) -> ProposalView:
        """Propose an access point no more. Raises Unknown, or Unreachable when the records are away."""
        found = self._found(name)
        ignored = IgnoredAccessPoint(name, self._clock.now(), token.name)
        entry = self._entry("ignore_access_point", name, found.seen.name or "", token)
        await self._records.ignored_access_points.add(ignored, entry)
        self._ignored |= {name}
        return self._view(name, found, ignored=True)

    async def propose_again(self, name: str, token: Token) -> None:
        """Take back that an access point is ignored.

        Raises:
            Unknown: none of that name is ignored.
            Unreachable: the records are away.
        """
        entry = self._entry("propose_access_point", name, "", token)
        if not await self._records.ignored_access_points.remove(name, entry):
            raise Unknown(f"access point {name}: is not ignored")
        self._ignored -= {name}

    def _all(self) -> dict[str, Unlisted]:
        return {proposal_id(found): found for found in self._unlisted()}

    def _found(self, name: str) -> Unlisted:
        found = self._all().get(name)
        if found is None:
            raise Unknown(f"access point {name}: no controller lists it, or the inventory names it already")
        return found

    def _controller(self, found: Unlisted) -> str:
        """By id; its address where the inventory has no name for it."""
        return self._controllers.get(found.place) or place_name(found.place.host, found.place.port)

    def _view(self, name: str, found: Unlisted, *, ignored: bool) -> ProposalView:
        seen = found.seen
        return ProposalView(
            id=name,
            name=seen.name or "",
            serial=seen.serial or "",
            model=seen.model or "",
            controller=self._controller(found),
            first_seen=found.first_seen,
            up=seen.up,
            ignored=ignored,
        )

    def _decided(self, found: Unlisted, request: AdoptRequest, document: Mapping[str, Any]) -> AdoptedView:
        hotspot = self._inventory.hotspots.get(request.hotspot)
        if hotspot is None:
            known = ", ".join(sorted(self._inventory.hotspots)[:NAMED_MOST])
            raise BadInput(f"hotspot: got {request.hotspot!r}, expected one of {known or 'none yet'}")
        position = _position(request) or hotspot.position
        return AdoptedView(
            id=_name(found, request, parts(document, "access-point")),
            hotspot=hotspot.id,
            controller=self._controller(found),
            listed_as=found.seen.id or "",
            latitude=position.latitude,
            longitude=position.longitude,
            clients_per_radio=request.clients_per_radio or self._usual_clients(hotspot.id),
        )

    def _usual_clients(self, hotspot: str) -> int:
        """What a radio of the hotspot is meant to carry, or else of the city, mostly.

        Raises:
            BadInput: nobody knows.
        """
        for group in (self._inventory.by_hotspot[hotspot], self._inventory.access_points.values()):
            if common := Counter(each.clients_per_radio for each in group).most_common(1):
                return common[0][0]
        raise BadInput("clients_per_radio: say how many clients one of its radios is meant to carry")

    def _with(self, document: Mapping[str, Any], adopted: AdoptedView, found: Unlisted) -> dict[str, Any]:
        """The inventory with an access point more.

        Raises:
            BadInput: the inventory file cannot hold it.
        """
        said: dict[str, Any] = {"hotspot": adopted.hotspot, "clients_per_radio": adopted.clients_per_radio}
        if adopted.listed_as != adopted.id:
            said["listed_as"] = adopted.listed_as
        if found.place in self._controllers:
            said["controller"] = adopted.controller
        else:
            said["snmp"] = {"host": found.place.host, "port": found.place.port}
            said["profile"] = found.place.profile
        row = Row(1, "access-point", adopted.id, said, (adopted.longitude, adopted.latitude))
        difference = merge(document, Rows("feature", [row]))
        for bad in difference.bad:
            raise BadInput(f"{bad.key}: got {bad.got}, expected {bad.expected}")
        return difference.document

    def _entry(self, act: str, subject: str, text: str, token: Token) -> JournalEntry:
        return JournalEntry(at=self._clock.now(), by=token.name, act=act, subject=subject, text=text)


def proposal_id(found: Unlisted) -> str:
    """What a proposal is called: its MAC address; other names mean something with its controller's address only."""
    own = found.seen.id or ""
    return own if is_mac(own) else f"{place_name(found.place.host, found.place.port)}:{own}"


def _position(request: AdoptRequest) -> Position | None:
    latitude, longitude = request.latitude, request.longitude
    if latitude is None or longitude is None:
        if latitude is not longitude:
            raise BadInput("position: latitude and longitude, or none of them")
        return None
    return Position(latitude, longitude)


def _name(found: Unlisted, request: AdoptRequest, known: Iterable[Mapping[str, Any]]) -> str:
    """What an access point is to be called.

    Raises:
        BadInput: the name is taken, or the file has the access point already.
    """
    own, taken = set(called(found.seen)), set[str]()
    for part in known:
        properties = part["properties"]
        taken.add(properties["id"])
        for name in (properties["id"], properties.get("listed_as")):
            if isinstance(name, str) and plain_name(name) in own:
                raise BadInput(f"access point {properties['id']}: the inventory has it already")
    wanted = request.id.strip()
    if wanted in taken:
        raise BadInput(f"id: got {wanted!r}, which is another access point's")
    given = found.seen.name or ""
    return wanted or (given if given and len(given) <= LONGEST_NAME else found.seen.id or "")
