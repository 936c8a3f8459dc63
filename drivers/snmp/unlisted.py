"""Access points that controllers list and the inventory does not name: remembered, so that they can be proposed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from drivers.snmp.names import is_mac, plain_name
from drivers.snmp.seen import SeenAccessPoint
from wifi.inventory import Inventory

MOST = 1_000
"""So many are remembered; what is too much is counted."""
FORGOTTEN_AFTER = timedelta(days=1)
"""One that was listed no more for so long is forgotten."""


class Place(NamedTuple):
    """Which controller lists it, and how it is read."""

    host: str
    port: int
    profile: str


@dataclass(frozen=True, slots=True)
class Unlisted:
    """One access point that the inventory does not name."""

    place: Place
    seen: SeenAccessPoint
    """Without its radios."""
    first_seen: datetime
    last_seen: datetime


class UnlistedAccessPoints:
    """All of them, of all controllers; it may outlive the poller that fills it."""

    def __init__(self) -> None:
        self._expected: frozenset[str] = frozenset()
        self._found: dict[tuple[Place | None, str], Unlisted] = {}

    def expect(self, inventory: Inventory) -> None:
        """Take up what the inventory names and whom it asks; what else was remembered is forgotten."""
        access_points = inventory.access_points.values()
        self._expected = frozenset(
            plain_name(name) for each in access_points for name in (each.id, each.own_name)
        )
        places = {Place(each.host, each.port, each.profile) for each in access_points}
        places |= {Place(each.host, each.port, each.profile) for each in inventory.controllers.values()}
        self._found = {
            key: found
            for key, found in self._found.items()
            if found.place in places and not self.names(called(found.seen))
        }

    def names(self, plain: Iterable[str]) -> bool:
        """Whether the inventory names an access point by anything that it is called (plain names)."""
        return not self._expected.isdisjoint(plain)

    def note(
        self, place: Place, strangers: Iterable[SeenAccessPoint], at: datetime, refused: Counter[str]
    ) -> None:
        """Remember what one read of a controller brought that the inventory does not name.

        An access point that two controllers list, each for the case that the other fails, is one: of the controller
        where it was found first, unless it is up at the other one alone.
        """
        for seen in strangers:
            own = seen.id or ""
            key = (None if is_mac(own) else place, plain_name(own))
            before = self._found.get(key)
            if before is None and len(self._found) >= MOST:
                refused[f"more than {MOST} access points that the inventory does not name"] += 1
            elif before is None:
                self._found[key] = Unlisted(place, replace(seen, radios=[]), at, at)
            elif before.place == place or (seen.up and not before.seen.up):
                self._found[key] = Unlisted(place, replace(seen, radios=[]), before.first_seen, at)
        gone = [key for key, found in self._found.items() if at - found.last_seen > FORGOTTEN_AFTER]
        for key in gone:
            del self._found[key]

    def all(self) -> list[Unlisted]:
        """Those that are remembered, in the order in which they were found."""
        return list(self._found.values())


def called(seen: SeenAccessPoint) -> tuple[str, ...]:
    """All that an access point is called by its controller, as plain names."""
    return tuple(plain_name(name) for name in (seen.id, seen.name, seen.serial) if name)
