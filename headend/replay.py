"""Replay: the city as it was at any instant of the last two days, for whoever looks back at a night."""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

from city.errors import BadInput, Unreachable
from city.replay_views import ReplayView
from headend.core import Core
from headend.past_city import PastCity, rebuilt
from headend.past_masking import without_small_counts
from headend.past_plan import past_plan
from headend.past_readings import heard_before, last_words, put_together
from headend.past_records import past_records

KEPT = timedelta(hours=48)
"""How far one can go back."""
READ_TIMEOUT_S = 30.0
"""Real seconds; a console waits for 60."""
REMEMBERED = 2
"""So many instants are kept in memory, some 40 MB each in a large city: a console asks for several things of one."""
HOLDS_REAL_S = 120.0
"""Real seconds for which they count: what comes late, out of the spool or of a lamp's own memory, is history too."""


class Replay:
    """Rebuilds one past instant at a time."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._one_at_a_time = asyncio.Lock()
        self._known: OrderedDict[datetime, tuple[float, PastCity]] = OrderedDict()

    async def at(self, instant: datetime) -> PastCity:
        """The city at an instant.

        Raises:
            BadInput: it lies too far back or ahead, or nothing was recorded then.
            Unreachable: the store or the records are away, or slow.
        """
        self._check(instant)
        async with self._one_at_a_time:
            real_s = asyncio.get_running_loop().time()
            known = self._known.get(instant)
            if known is None or real_s - known[0] > HOLDS_REAL_S:
                known = self._known[instant] = (real_s, await self._rebuilt(instant))
            self._known.move_to_end(instant)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return known[1]

    async def view(self, instant: datetime) -> ReplayView:
        """The whole picture, with what a console needs to go about in time."""
        past, core = await self.at(instant), self._core
        now, under = core.clock.now(), core.settings.wifi.small_count
        opened = await core.records.incidents_during(now - KEPT, now)
        return ReplayView(
            at=instant,
            since=now - KEPT,
            present=now,
            plan_known=past.is_plan_known,
            city=await asyncio.to_thread(lambda: without_small_counts(past.live(), under)),
            openings=tuple(each.opened_at for each in opened if each.opened_at >= now - KEPT),
        )

    def _check(self, instant: datetime) -> None:
        now = self._core.clock.now()
        if not now - KEPT <= instant <= now:
            hours = KEPT // timedelta(hours=1)
            raise BadInput(f"at: got {instant:%Y-%m-%dT%H:%MZ}, expected an instant of the last {hours} h")

    async def _rebuilt(self, instant: datetime) -> PastCity:
        core = self._core
        keep = timedelta(hours=core.settings.orders.longest_of_all_h)
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                plan = await past_plan(core, instant)
                kept = await past_records(core, instant, keep)
                heard = await heard_before(core.store, instant)
                heard = await last_words(core.store, instant, core.inventory.lighting.light_points, heard)
        except TimeoutError as error:
            raise Unreachable(f"replay: the store did not answer within {READ_TIMEOUT_S:g} s") from error
        return await asyncio.to_thread(
            lambda: rebuilt(core, instant, plan, kept, put_together(heard, instant))
        )
