"""What each controller should hold: compares it with what they say they hold, and sends what differs."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from city.clock import Clock
from city.errors import BadInput, Outside, Refused
from city.measurements import DeviceKind, Fact, Reading
from city.nights import night_of
from city.places import Site
from headend.order_book import OrderBook
from headend.patience import PATIENCE_REAL_S, Patience
from headend.plan import Plan
from lighting.cabinet_programmes import CabinetProgramme, cabinet_programme
from lighting.inventory import Inventory, LightPoint
from lighting.lamp_programmes import LampProgramme, lamp_programme
from lighting.light_plan import LightPlan, plan_of
from lighting.limits import SIMPLEST
from lighting.orders import Override

log = logging.getLogger(__name__)

ROUND_S = 5.0
"""Clock seconds between two looks at what differs."""
ROUND_REAL_S = 0.1
"""Real seconds between two rounds at least, however fast the clock runs."""
LAMPS_AT_ONCE = 16
CABINETS_AT_ONCE = 4
"""Few at once, so that a city of cabinets does not switch in the same second."""


class LampWays(Protocol):
    """How orders and programmes reach lamp controllers; raises ``city.errors.Outside``."""

    async def send_order(
        self, point: LightPoint, order: str, level: float, until: datetime, reason: str
    ) -> None:
        """Send an order."""

    async def send_resume(self, point: LightPoint, order: str) -> None:
        """Have an order ended."""

    async def send_programme(self, point: LightPoint, programme: LampProgramme) -> None:
        """Send a programme."""


Deploy = Callable[[str, CabinetProgramme], Coroutine[Any, Any, None]]
"""Writes a programme into a cabinet by its id; raises ``city.errors.Outside``."""


class Conductor:
    """Deploys programmes and orders; what a controller has confirmed is not sent again."""

    def __init__(
        self,
        inventory: Inventory,
        plan: Plan,
        book: OrderBook,
        lamps: LampWays,
        deploy: Deploy,
        clock: Clock,
        patience_real_s: float = PATIENCE_REAL_S,
        round_real_s: float = ROUND_REAL_S,
    ) -> None:
        """Prepare.

        Raises:
            BadInput: the lamp controllers could not follow the programme.
        """
        self._inventory = inventory
        self._book = book
        self._lamps = lamps
        self._deploy = deploy
        self._clock = clock
        self._patience = Patience(clock, patience_real_s)
        self._round_real_s = round_real_s
        self._started = clock.now()
        only = _only_programme(plan)
        tonight = night_of(self._started, plan.site.zone)
        self.lamp_programme = lamp_programme(only, only.default, plan.site, SIMPLEST, tonight)
        self._lamp_hash = self.lamp_programme.hash
        self._cabinet_programmes = _cabinet_programmes(inventory, only, plan.site)
        self._cabinet_hashes = {name: f"{each.hash:08x}" for name, each in self._cabinet_programmes.items()}
        self.holds: dict[str, str] = {}
        """Which programme each lamp controller says it holds; absent while it says none."""
        self.follows: dict[str, str] = {}
        """Which order each lamp controller says it follows; absent while it follows none."""
        self.cabinets_holding: set[str] = set()
        self._differing: dict[str, None] = {}
        self._cabinets_differing: dict[str, None] = {}
        self._unheard: set[str] = set(inventory.light_points)
        self._kick = asyncio.Event()
        book.on_change(self._reconsider)

    @property
    def controllers(self) -> int:
        """How many controllers should hold the programme."""
        return len(self._inventory.light_points) + len(self._cabinet_programmes)

    @property
    def holding(self) -> int:
        """How many say that they hold it."""
        return sum(held == self._lamp_hash for held in self.holds.values()) + len(self.cabinets_holding)

    def observe(self, reading: Reading) -> None:
        """Compare what a controller says with what it should hold."""
        if reading.kind is DeviceKind.LAMP:
            self._heard_lamp(reading)
        elif reading.kind is DeviceKind.CABINET and reading.device in self._cabinet_hashes:
            if reading.facts.get(Fact.PROGRAMME) == self._cabinet_hashes[reading.device]:
                self.cabinets_holding.add(reading.device)
                self._cabinets_differing.pop(reading.device, None)
                self._patience.forget(reading.device)
            else:
                self.cabinets_holding.discard(reading.device)
                self._cabinets_differing[reading.device] = None

    def _heard_lamp(self, reading: Reading) -> None:
        name, facts = reading.device, reading.facts
        order, held = facts.get(Fact.ORDER), facts.get(Fact.PROGRAMME)
        if order is not None:
            self.follows[name] = order
            self._book.follows(order, name)
        elif name in self.follows:
            del self.follows[name]
        if held is not None:
            self.holds[name] = held
        elif name in self.holds:
            del self.holds[name]
        self._unheard.discard(name)
        if held != self._lamp_hash or order is not None or self._book.touches(name):
            self._differing[name] = None

    def event(self, reading: Reading) -> None:
        """Take note of what a lamp controller says has happened."""
        name, what = reading.device, reading.facts.get(Fact.REFERENCE, "")
        match reading.facts.get(Fact.EVENT):
            case "order_accepted" if self._is_wanted(name, what):
                self.follows[name] = what
                self._book.follows(what, name)
            case "order_accepted":
                self.follows.pop(name, None)  # it accepted to end it
            case "order_refused":
                self._book.refuses(what, name, reading.facts.get(Fact.WHY, "no reason given"))
            case "programme_accepted":
                self.holds[name] = what
            case "programme_refused":
                self._patience.refused(name)
                log.warning("lamp %s refuses programme %s: %s", name, what, reading.facts.get(Fact.WHY))
            case "boot":
                self.follows.pop(name, None)
                self._patience.forget(name)

    def _is_wanted(self, name: str, order: str) -> bool:
        return self._book.decide(name, 0.0, "", self._clock.now()).order == order

    def _reconsider(self, points: Iterable[str]) -> None:
        for name in points:
            if name in self._inventory.light_points:
                self._differing[name] = None
                self._patience.forget(name)

    def kick(self) -> None:
        """Send what differs without waiting for the next round."""
        self._kick.set()

    async def run(self) -> None:
        """Send what differs, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_rounds(self._lamp_round))
            tasks.create_task(self._run_rounds(self._cabinet_round))
            tasks.create_task(self._kicked_rounds())

    async def _run_rounds(self, send_round: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            await self._clock.sleep(ROUND_S)
            self._book.tick(self._clock.now())
            await send_round()
            await asyncio.sleep(self._round_real_s)

    async def _kicked_rounds(self) -> None:
        while True:
            await self._kick.wait()
            self._kick.clear()
            await self._lamp_round()

    async def _lamp_round(self) -> None:
        points = self._inventory.light_points
        due = [name for name in self._differing if self._patience.allows(name)]
        await _in_parallel((self._settle(points[name]) for name in due if name in points), LAMPS_AT_ONCE)

    async def _cabinet_round(self) -> None:
        due = [name for name in self._cabinets_differing if self._patience.allows(name)]
        await _in_parallel((self._deploy_one(name) for name in due), CABINETS_AT_ONCE)

    async def _settle(self, point: LightPoint) -> None:
        """Bring one lamp controller to what it should hold, as far as it takes it."""
        name = point.id
        if not self._patience.allows(name):
            return  # the other round has just been here
        wanted, ended = self._order_for(name)
        lacks_programme = name not in self._unheard and self.holds.get(name) != self._lamp_hash
        if wanted is None and ended is None and not lacks_programme:
            self._differing.pop(name, None)
            self._patience.forget(name)
            return
        self._patience.told(name)
        try:
            if lacks_programme:
                await self._lamps.send_programme(point, self.lamp_programme)
            if wanted is not None:
                await self._lamps.send_order(point, wanted.id, wanted.level, wanted.until, wanted.reason)
            elif ended is not None:
                await self._lamps.send_resume(point, ended)
        except (Refused, BadInput) as error:
            self._patience.refused(name)
            log.warning("lamp %s: %s", name, error)
        except Outside as error:
            self._patience.forget(name)  # it was told nothing: the next round may
            log.debug("lamp %s: %s", name, error)

    def _order_for(self, name: str) -> tuple[Override | None, str | None]:
        """The order that a controller still has to be told, and the one that it should end."""
        now = self._clock.now()
        following = self.follows.get(name)
        order = self._book.decide(name, 0.0, "", now).order if self._book.touches(name) else None
        if order is not None:
            override = self._book.get(order)
            settled = order == following or name in self._book.refused.get(order, {})
            if settled or override is None or (name in self._unheard and override.asked_at < self._started):
                # After a restart the field is read back first: an order that is in effect is not sent again.
                return None, None
            return override, None
        known = self._book.get(following) if following is not None else None
        # An order that ran out ends by itself in the controller; one that we do not know is not ours to end.
        return None, following if known is not None and now < known.until else None

    async def _deploy_one(self, cabinet: str) -> None:
        self._patience.told(cabinet)
        try:
            await self._deploy(cabinet, self._cabinet_programmes[cabinet])
        except (Refused, BadInput) as error:
            self._patience.refused(cabinet)
            log.warning("cabinet %s refuses its programme: %s", cabinet, error)
        except Outside as error:
            log.info("cabinet %s could not be given its programme: %s", cabinet, error)
        else:
            self.cabinets_holding.add(cabinet)
            self._cabinets_differing.pop(cabinet, None)
            self._patience.forget(cabinet)


def _only_programme(plan: Plan) -> LightPlan:
    light_plan = plan.light_plan
    return plan_of(light_plan.programmes[light_plan.calendars[light_plan.default].default])


def _cabinet_programmes(inventory: Inventory, plan: LightPlan, site: Site) -> Mapping[str, CabinetProgramme]:
    """The programme of each cabinet; one that cannot follow keeps what it has, which is never darkness."""
    programmes: dict[str, CabinetProgramme] = {}
    for cabinet in inventory.cabinets.values():
        followed = {circuit.number: frozenset({plan.default}) for circuit in cabinet.circuits}
        try:
            programmes[cabinet.id] = cabinet_programme(plan, followed, cabinet, site)
        except BadInput as error:
            log.warning("cabinet %s keeps its programme: %s", cabinet.id, error)
    return programmes


async def _in_parallel(work: Iterable[Coroutine[Any, Any, None]], at_once: int) -> None:
    free = asyncio.Semaphore(at_once)

    async def one(part: Coroutine[Any, Any, None]) -> None:
        async with free:
            await part

    async with asyncio.TaskGroup() as tasks:
        for part in work:
            tasks.create_task(one(part))
