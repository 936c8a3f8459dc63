"""Brings every controller to what it should hold: sends what differs from what it says, and nothing else."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from city.clock import Clock
from city.errors import BadInput, Outside, Refused
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.nights import night_of
from headend.holdings import Holdings
from headend.order_book import OrderBook
from headend.patience import PATIENCE_REAL_S, Patience
from headend.plan import Plan
from headend.stagger import Stagger, Turns
from headend.wanted import Wanted
from lighting.cabinet_programmes import CabinetProgramme
from lighting.inventory import Inventory, LightPoint
from lighting.lamp_programmes import LampProgramme
from lighting.light_plan import LightPlan
from lighting.limits import LampLimits
from lighting.orders import Override

log = logging.getLogger(__name__)

ROUND_S = 5.0
"""Clock seconds between two looks at what differs."""
ROUND_REAL_S = 0.1
"""Real seconds between two rounds at least, however fast the clock runs."""
LAMPS_AT_ONCE = 16
CABINETS_AT_ONCE = 4
"""Few at once, so that a city of cabinets does not switch in the same second."""
TURN_S = 1.0
"""Clock seconds between two looks at whose turn it is to light up, at most."""


class LampWays(Protocol):
    """How orders and programmes reach lamp controllers; raises ``city.errors.Outside``."""

    @property
    def limits(self) -> Mapping[str, LampLimits]:
        """What the controllers behind each gateway can do, as it announced; it changes while the link runs."""

    async def send_order(
        self, point: LightPoint, order: str, level: float, until: datetime, reason: str
    ) -> None:
        """Send an order."""

    async def send_resume(self, point: LightPoint, order: str) -> None:
        """Have an order ended."""

    async def send_programme(self, point: LightPoint, programme: LampProgramme) -> None:
        """Send a programme."""

    def keeps_programmes(self, point: LightPoint) -> bool:
        """Whether its controller can be given a programme at all."""

    def needs_resume(self, point: LightPoint) -> bool:
        """Whether its controller follows an order until it is told to resume, since it cannot be told when to end."""


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
        *,
        stagger: Stagger | None = None,
        may_send: Callable[[], bool] = lambda: True,
        patience_real_s: float = PATIENCE_REAL_S,
        round_real_s: float = ROUND_REAL_S,
    ) -> None:
        """Prepare.

        Args:
            inventory: who there is.
            plan: what the city should do; whatever controllers cannot follow of it they are not given.
            book: the orders.
            lamps: the way to the lamp controllers.
            deploy: the way to the cabinets.
            clock: says which night it is, and paces.
            stagger: who lights up when; None: an order has all lamps light up at once.
            may_send: False while nothing may be sent, for the clock is in doubt.
            patience_real_s: see ``headend.patience``.
            round_real_s: real seconds between two rounds at least.
        """
        self._inventory = inventory
        self._plan = plan
        self._book = book
        self._lamps = lamps
        self._deploy = deploy
        self._clock = clock
        self._stagger = stagger
        self._may_send = may_send
        self._patience = Patience(clock, patience_real_s)
        self._round_real_s = round_real_s
        self._started = clock.now()
        self._prepared: Wanted | None = None
        self.holdings = Holdings(inventory, Wanted(inventory, plan, lamps.limits, self.tonight))
        self.follows: dict[str, str] = {}
        """Which order each lamp controller says it follows; absent while it follows none."""
        self._dark: set[str] = set()
        """Lamps that say they give no light."""
        self._turns = Turns()
        self._differing: dict[str, None] = {}
        self._cabinets_differing: dict[str, None] = {}
        self._kick = asyncio.Event()
        self._turning = asyncio.Event()
        book.on_change(self._reconsider)
        plan.on_change(self.recompile)

    @property
    def tonight(self) -> date:
        """The present night."""
        return night_of(self._clock.now(), self._plan.site.zone)

    def prepare(self, light_plan: LightPlan) -> Wanted:
        """Compile a plan that may come into force next. Takes seconds; may run in a thread.

        Raises:
            BadInput: an assignment of it means no light point.
        """
        plan = Plan(light_plan, self._plan.site, self._inventory)
        self._prepared = Wanted(self._inventory, plan, self._lamps.limits, self.tonight)
        return self._prepared

    def recompile(self) -> None:
        """Another plan or another night holds: whoever should hold something else for it is given that."""
        prepared, tonight = self._prepared, self.tonight
        if prepared is None or (prepared.light_plan, prepared.tonight) != (self._plan.light_plan, tonight):
            prepared = Wanted(self._inventory, self._plan, self._lamps.limits, tonight)
        self._prepared = None
        self.holdings.wanted = prepared
        lamps, cabinets = self.holdings.lacking()
        for name in (*lamps, *cabinets):
            self._patience.forget(name)
        self._differing.update(dict.fromkeys(lamps))
        self._cabinets_differing.update(dict.fromkeys(cabinets))

    def observe(self, reading: Reading) -> None:
        """Compare what a controller says with what it should hold."""
        if reading.kind is DeviceKind.LAMP and reading.device in self._inventory.light_points:
            self._heard_lamp(reading)
        elif reading.kind is DeviceKind.CABINET and reading.device in self._inventory.cabinets:
            self.holdings.cabinet_says(reading.device, reading.facts.get(Fact.PROGRAMME))
            if self.holdings.cabinet_lacks(reading.device):
                self._cabinets_differing[reading.device] = None
            else:
                self._cabinets_differing.pop(reading.device, None)
                self._patience.forget(reading.device)

    def _heard_lamp(self, reading: Reading) -> None:
        name, order = reading.device, reading.facts.get(Fact.ORDER)
        if Metric.LEVEL not in reading.values:
            return  # half of what it measures: of orders and programmes the other half speaks
        if order is not None:
            self.follows[name] = order
            self._book.follows(order, name)
        elif name in self.follows:
            del self.follows[name]
        if reading.values[Metric.LEVEL] == 0:
            self._dark.add(name)
        else:
            self._dark.discard(name)
        self.holdings.lamp_says(name, reading.facts.get(Fact.PROGRAMME))
        lacks = self.holdings.lamp_lacks(self._inventory.light_points[name])
        if lacks or order is not None or self._book.touches(name):
            self._differing[name] = None

    def event(self, reading: Reading) -> None:
        """Take note of what a lamp controller, or its gateway, says has happened."""
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
                self.holdings.lamps[name] = what
            case "programme_refused":
                why = reading.facts.get(Fact.WHY, "no reason given")
                self._patience.refused(name)
                self.holdings.refuses(name, what, why)
                log.warning("lamp %s refuses programme %s: %s", name, what, why)
            case "boot":
                self.follows.pop(name, None)
                self._patience.forget(name)
            case "online" if reading.kind is DeviceKind.GATEWAY:
                # It may have announced other limits than before.
                behind = self._inventory.by_gateway.get(name, ())
                self._differing.update({each.id: None for each in behind if self.holdings.lamp_lacks(each)})

    def _is_wanted(self, name: str, order: str) -> bool:
        return self._book.decide(name, 0.0, "", self._clock.now()).order == order

    def _reconsider(self, points: Iterable[str]) -> None:
        known = [point for name in points if (point := self._inventory.light_points.get(name))]
        for point in known:
            self._differing[point.id] = None
            self._patience.forget(point.id)
            self._turns.drop(point.id)
        if self._stagger is not None:
            now = self._clock.now()
            levels, calendar_of = self._plan.levels(now), self._plan.calendar_of
            dark = [point for point in known if point.id in self._dark]
            light_up = [
                point
                for point in dark
                if self._book.decide(point.id, levels[calendar_of[point.id]], "", now).level > 0
            ]
            for name, delay in self._stagger.delays(light_up).items():
                self._turns.wait(name, now + delay)
            self._turning.set()

    def kick(self) -> None:
        """Send what differs without waiting for the next round."""
        self._kick.set()

    async def run(self) -> None:
        """Send what differs, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_rounds(self._lamp_round))
            tasks.create_task(self._run_rounds(self._cabinet_round))
            tasks.create_task(self._kicked_rounds())
            tasks.create_task(self._take_turns())

    async def _run_rounds(self, send_round: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            await self._clock.sleep(ROUND_S)
            if self._may_send():
                if self.tonight != self.holdings.wanted.tonight:
                    self.recompile()
                self._book.tick(self._clock.now())
                await send_round()
            await asyncio.sleep(self._round_real_s)

    async def _kicked_rounds(self) -> None:
        while True:
            await self._kick.wait()
            self._kick.clear()
            if self._may_send():
                await self._lamp_round()

    async def _take_turns(self) -> None:
        """Have the lamps sent for whose turn it is to light up."""
        while True:
            await self._turning.wait()
            self._turning.clear()
            while (due := self._turns.next_due(now := self._clock.now())) is not None:
                await self._clock.sleep(min((due - now).total_seconds(), TURN_S))
                self.kick()

    async def _lamp_round(self) -> None:
        points, now = self._inventory.light_points, self._clock.now()
        due = [
            point
            for name in self._differing
            if self._patience.allows(name)
            and not self._turns.waits(name, now)
            and (point := points.get(name))
        ]
        await in_parallel((self._settle(point) for point in due), LAMPS_AT_ONCE)

    async def _cabinet_round(self) -> None:
        due = [name for name in self._cabinets_differing if self._patience.allows(name)]
        await in_parallel((self._deploy_one(name) for name in due), CABINETS_AT_ONCE)

    async def _settle(self, point: LightPoint) -> None:
        """Bring one lamp controller to what it should hold, as far as it takes it."""
        name = point.id
        if not self._patience.allows(name) or self._turns.waits(name, self._clock.now()):
            return  # the other round has just been here, or another order has come
        wanted, ended = self._order_for(point)
        lacks = self.holdings.lamp_lacks(point) and self._lamps.keeps_programmes(point)
        programme = self.holdings.wanted.lamp(point).programme if lacks else None
        if wanted is None and ended is None and programme is None:
            self._differing.pop(name, None)
            self._patience.forget(name)
            return
        self._patience.told(name)
        try:
            if programme is not None:
                await self._lamps.send_programme(point, programme)
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

    def _order_for(self, point: LightPoint) -> tuple[Override | None, str | None]:
        """The order that a controller still has to be told, and the one that it should end."""
        name, now = point.id, self._clock.now()
        following = self.follows.get(name)
        order = self._book.decide(name, 0.0, "", now).order if self._book.touches(name) else None
        if order is not None:
            override = self._book.get(order)
            settled = order == following or name in self._book.refused.get(order, {})
            if (
                settled
                or override is None
                or (name in self.holdings.unheard and override.asked_at < self._started)
            ):
                # After a restart the field is read back first: an order that is in effect is not sent again.
                return None, None
            return override, None
        known = self._book.get(following) if following is not None else None
        # An order that ran out ends by itself in the controller; one that we do not know is not ours to end. But where
        # nothing ends by itself the lamp would stay as it is for ever, whoever once asked for it.
        ends = self._lamps.needs_resume(point) or (known is not None and now < known.until)
        return None, following if ends else None

    async def _deploy_one(self, cabinet: str) -> None:
        programme = self.holdings.wanted.cabinets.get(cabinet)
        if programme is None:
            self._cabinets_differing.pop(cabinet, None)
            return
        held = f"{programme.hash:08x}"
        self._patience.told(cabinet)
        try:
            await self._deploy(cabinet, programme)
        except (Refused, BadInput) as error:
            self._patience.refused(cabinet)
            self.holdings.refuses(cabinet, held, str(error))
            log.warning("cabinet %s refuses its programme: %s", cabinet, error)
        except Outside as error:
            log.info("cabinet %s could not be given its programme: %s", cabinet, error)
        else:
            self.holdings.cabinet_says(cabinet, held)
            self._cabinets_differing.pop(cabinet, None)
            self._patience.forget(cabinet)


async def in_parallel(work: Iterable[Coroutine[Any, Any, None]], at_once: int) -> None:
    """Have all the work done, so many parts of it at once at most."""
    waiting = iter(work)

    async def take() -> None:
        for part in waiting:
            await part

    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(take())
