"""Which programme each controller holds, beside the one that it should hold, and why not."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from headend.wanted import Wanted
from lighting.inventory import Inventory, LightPoint

State = Literal["holds", "waiting", "refused", "unheard"]
"""``refused``: it cannot follow, or said no; ``unheard``: it has said nothing since the head-end started."""


class Holding(NamedTuple):
    """How one controller stands to the plan."""

    id: str
    kind: Literal["lamp", "cabinet"]
    calendars: frozenset[str]
    """The one that a lamp follows; all of those that a cabinet feeds."""
    wanted: str | None
    held: str | None
    state: State
    why: str


class Holdings:
    """All controllers; what they say is noted as it comes."""

    def __init__(self, inventory: Inventory, wanted: Wanted) -> None:
        self._inventory = inventory
        self.wanted = wanted
        """Replaced as a whole once another plan or another night holds."""
        self.lamps: dict[str, str] = {}
        """Which programme each lamp controller says it holds; absent while it says none."""
        self.cabinets: dict[str, str] = {}
        self.unheard: set[str] = set(inventory.light_points)
        """The lamp controllers that have said nothing yet."""
        self._noes: dict[str, tuple[str, str]] = {}
        """Who said no to which programme, and why."""

    def lamp_says(self, name: str, held: str | None) -> None:
        """A lamp controller says what it holds."""
        self.unheard.discard(name)
        _keep(self.lamps, name, held)

    def cabinet_says(self, name: str, held: str | None) -> None:
        """A cabinet says what it holds."""
        _keep(self.cabinets, name, held or "")

    def refuses(self, name: str, programme: str, why: str) -> None:
        """A controller says no to a programme."""
        self._noes[name] = (programme, why)

    def lamp_wants(self, point: LightPoint) -> str | None:
        """The programme that a lamp controller should hold, by its hash; None: there is none that it could."""
        programme = self.wanted.lamp(point).programme
        return None if programme is None else programme.hash

    def cabinet_wants(self, name: str) -> str | None:
        """The programme that a cabinet should hold, by its hash."""
        programme = self.wanted.cabinets.get(name)
        return None if programme is None else f"{programme.hash:08x}"

    def lamp_lacks(self, point: LightPoint) -> bool:
        """Whether a lamp controller that was heard should be given a programme."""
        wanted = self.lamp_wants(point)
        return wanted is not None and point.id not in self.unheard and self.lamps.get(point.id) != wanted

    def cabinet_lacks(self, name: str) -> bool:
        """Whether a cabinet that was heard should be given a programme."""
        wanted = self.cabinet_wants(name)
        return wanted is not None and name in self.cabinets and self.cabinets[name] != wanted

    def lacking(self) -> tuple[list[str], list[str]]:
        """The lamp controllers and the cabinets that should be given a programme."""
        points = self._inventory.light_points.values()
        return (
            [point.id for point in points if self.lamp_lacks(point)],
            [name for name in self._inventory.cabinets if self.cabinet_lacks(name)],
        )

    def __iter__(self) -> Iterator[Holding]:
        """How every controller stands: cabinets first, for what they feed depends on them."""
        for name in self._inventory.cabinets:
            calendars = self._fed_calendars(name)
            unheard = name not in self.cabinets
            why = self.wanted.cabinet_refusals.get(name, "")
            held = self.cabinets.get(name) or None
            yield self._holding(
                name, "cabinet", calendars, self.cabinet_wants(name), held, why, unheard=unheard
            )
        for point in self._inventory.light_points.values():
            name, wanted = point.id, self.lamp_wants(point)
            why, held = self.wanted.lamp(point).why, self.lamps.get(name)
            calendars, unheard = frozenset({self.wanted.calendar(point)}), name in self.unheard
            yield self._holding(name, "lamp", calendars, wanted, held, why, unheard=unheard)

    def _holding(
        self,
        name: str,
        kind: Literal["lamp", "cabinet"],
        calendars: frozenset[str],
        wanted: str | None,
        held: str | None,
        why: str,
        *,
        unheard: bool,
    ) -> Holding:
        state: State = "waiting"
        refused, said = self._noes.get(name, (None, ""))
        if wanted is None:
            state = "refused"
        elif unheard:
            state = "unheard"
        elif held == wanted:
            state = "holds"
        elif refused == wanted:
            state, why = "refused", said
        return Holding(name, kind, calendars, wanted, held, state, why)

    def _fed_calendars(self, cabinet: str) -> frozenset[str]:
        fed = self._inventory.by_cabinet.get(cabinet, ())
        return frozenset(self.wanted.calendar(point) for point in fed) or frozenset({self.wanted.default})


def _keep(held: dict[str, str], name: str, programme: str | None) -> None:
    if programme is None:
        held.pop(name, None)
    else:
        held[name] = programme
