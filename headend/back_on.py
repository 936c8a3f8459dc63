"""What was switched off from here comes back on at its end, after a restart of the head-end too."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Protocol

from city.access_points import ActKind, SwitchedOffView
from city.clock import Clock
from city.errors import BadInput, Outside, Unreachable
from city.messages import JournalEntry
from headend.records import Records, SwitchedOff

log = logging.getLogger(__name__)

LOOK_S = 15.0
"""Clock seconds between two looks at what is to come back on."""
LOOK_REAL_S = 0.1
"""Real seconds between two looks at least, however fast the clock runs."""
AGAIN_AFTER = timedelta(minutes=2)
"""Clock time after which a device that did not come back on is asked again, for ever."""
SETTLES = timedelta(minutes=5)
"""Clock time that a device may take to be back after it was told to restart, or to come on: two minutes, mostly."""
BY = "head-end"


class Actor(Protocol):
    """What can do something with an access point (id), or with a radio of it (index, or nothing)."""

    def check(self, access_point: str, does: ActKind, radio: str) -> None:
        """Raise BadInput where its profile has no such act, or it may not be written to; nothing is asked."""

    async def act(self, access_point: str, does: ActKind, radio: str, at: datetime) -> bool:
        """Do it, now: whether it read back what was written; a restart has nothing to read back.

        Raises BadInput as ``check``, and Outside from the device.
        """


class BackOn:
    """Knows what is off until when, and switches it on at its end."""

    def __init__(self, actor: Actor, records: Records, clock: Clock) -> None:
        self._actor = actor
        self._records = records
        self._clock = clock
        self._off: dict[str, SwitchedOff] = {}
        self._again_at: dict[str, datetime] = {}
        """Of what did not come back on, when it is tried again."""
        self._told_at: dict[str, datetime] = {}
        """When something was last told to restart, to go off or to come on."""
        self._is_loaded = False
        self.turn = asyncio.Lock()
        """One act at a time: nobody switches off what is just being switched on."""

    def note(self, asset: str) -> None:
        """Something is told to do something now: what it does for a while is no fault."""
        self._told_at[asset] = self._clock.now()

    def excuses(self, asset: str, at: datetime) -> bool:
        """Whether an access point, or a radio (``AP/1``), may be off or silent at an instant: a person wants it."""
        return any(
            name in self._off
            or (name in self._told_at and timedelta() <= at - self._told_at[name] <= SETTLES)
            for name in {asset, asset.partition("/")[0]}
        )

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._clock.sleep(LOOK_S)
            await self.look()
            await asyncio.sleep(LOOK_REAL_S)

    async def look(self) -> None:
        """Switch on what has been off for long enough."""
        try:
            await self.load()
            now = self._clock.now()
            for off in list(self._off.values()):
                if max(off.until, self._again_at.get(off.asset, off.until)) <= now:
                    await self._switch_on(off, now)
        except Unreachable as error:
            log.warning("access points that are to come back on: %s", error)

    async def load(self) -> None:
        """Take up what was off when the head-end last stopped. Raises Unreachable while the records are away."""
        if not self._is_loaded:
            self._off = {off.asset: off for off in await self._records.switched_off.all()}
            self._is_loaded = True

    async def keep(self, off: SwitchedOff) -> SwitchedOff | None:
        """Have something come back on, before it is switched off; returns what was known of it until now."""
        await self.load()
        before = self._off.get(off.asset)
        await self._records.switched_off.put(off)
        self._off[off.asset] = off
        self._again_at.pop(off.asset, None)
        return before

    async def forget(self, asset: str) -> None:
        """It is on."""
        await self.load()
        if asset in self._off:
            await self._records.switched_off.forget(asset)
            del self._off[asset]
        self._again_at.pop(asset, None)

    async def views(self) -> tuple[SwitchedOffView, ...]:
        """What is off, first to come back first.

        Raises:
            Unreachable: the records are away.
        """
        await self.load()
        now = self._clock.now()
        return tuple(
            SwitchedOffView(
                access_point=off.access_point,
                radio=off.radio,
                by=off.by,
                reason=off.reason,
                at=off.at,
                until=off.until,
                overdue=off.until <= now,
            )
            for off in sorted(self._off.values(), key=lambda each: (each.until, each.asset))
        )

    async def _switch_on(self, off: SwitchedOff, now: datetime) -> None:
        async with self.turn:
            if self._off.get(off.asset) != off:
                return  # a person was quicker
            try:
                await self._actor.act(off.access_point, ActKind.ENABLE, off.radio, now)
            except (BadInput, Outside) as error:
                is_news = off.asset not in self._again_at
                self._again_at[off.asset] = now + AGAIN_AFTER
                log.warning("%s does not come back on: %s", off.asset, error)
                if is_news:
                    await self._journal("access_point_refused", off, str(error))
                return
            self.note(off.asset)
            await self.forget(off.asset)
            await self._journal("access_point_enable", off, f"{off.by} · {off.reason}")

    async def _journal(self, act: str, off: SwitchedOff, text: str) -> None:
        entry = JournalEntry(at=self._clock.now(), by=BY, act=act, subject=off.asset, text=text)
        await self._records.add_journal(entry)
