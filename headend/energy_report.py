"""What the city has drawn from one day to another: meters, lamps' counters and the plan, put together by month."""

import asyncio
from calendar import monthrange
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from datetime import date, timedelta

from city.errors import BadInput
from city.measurements import DeviceKind, Metric
from city.reports import EnergyReport
from city.telemetry import Window
from headend.configured import price_of
from headend.core import Core
from headend.energy_rows import WH_PER_KWH, EnergyRows
from headend.power_overruns import PowerOverruns
from lighting.consumption import Cell, Consumption, Samples, Stands, Tally
from lighting.half_days import ONE_DAY, Slot, borders, slots_between

MOST_DAYS = 1096
"""Three years at once: a month of a large city takes a head-end about a second for its meters."""
READ_WITHIN, READ_WITHIN_PERIODS = timedelta(minutes=15), 4
"""Clock time before midnight or noon within which a counter must have been read, or so many of its periods …"""
LAST_WORD_WITHIN = timedelta(hours=12)
"""… but for a lamp that is fed at night only and dark at that instant: its last word stands."""

Span = tuple[date, date]
"""Two days, both included."""


class EnergyReporter:
    """One report on energy, being made."""

    def __init__(self, core: Core, first: date | None, last: date | None) -> None:
        """By default from the first of the month that yesterday lies in to yesterday.

        Raises:
            BadInput: the days are the wrong way round, too many, or not over yet.
        """
        self._core, self._plan = core, core.plan
        # As they are when it begins: either may change while it is made.
        self._light_plan, self._calendar_of = core.plan.light_plan, core.plan.calendar_of
        self._inventory = core.inventory.lighting
        yesterday = core.clock.now().astimezone(core.plan.site.zone).date() - ONE_DAY
        self.last = last or yesterday
        self.first = first or self.last.replace(day=1)
        if self.first > self.last:
            raise BadInput(f"from {self.first} to {self.last}: the first day comes after the last")
        if self.last > yesterday:
            raise BadInput(f"to {self.last}: that day is not over yet; the last that is over is {yesterday}")
        if (self.last - self.first).days >= MOST_DAYS:
            raise BadInput(f"from {self.first} to {self.last}: at most {MOST_DAYS} days at once")
        self._months = months_between(self.first, self.last)
        self._overruns = PowerOverruns(self._inventory)
        self._rows = EnergyRows(self._light_plan, self._inventory, price_of(core.settings))
        self._lent_wh = 0.0

    @property
    def steps(self) -> int:
        """How many months are looked at: those asked for, and each a year before."""
        return 2 * len(self._months)

    async def run(self) -> AsyncGenerator[int, None]:
        """Make it; yields how many steps are done.

        Raises:
            Unreachable: the store has gone away, or the records have.
        """
        lent = await self._core.presence.lending.between(self.first, self.last)
        self._lent_wh = sum(part.wh for part in lent)
        done = 0
        for month in self._months:
            self._rows.take(month, await self._tallies(month, reckoned=True))
            slots = slots_between(*month, self._plan.site.zone)
            await self._overruns.look(self._core.store, Window(slots[0].start, slots[-1].end))
            yield (done := done + 1)
            before = year_before(month)
            self._rows.take_before(month, before, await self._tallies(before, reckoned=False))
            yield (done := done + 1)

    def report(self) -> EnergyReport:
        """All of it, once it is made."""
        city, price = self._core.settings.city, price_of(self._core.settings)
        return EnergyReport(
            first=self.first,
            last=self.last,
            made_at=self._core.clock.now(),
            city=city.name,
            time_zone=city.time_zone,
            eur_per_kwh=price.eur_per_kwh,
            co2_g_per_kwh=price.co2_g_per_kwh,
            cabinets=self._rows.cabinets,
            metered=self._rows.metered,
            subscribed=len(self._overruns.cabinets),
            overruns=self._overruns.found,
            total=self._rows.total,
            lent_wh=round(self._lent_wh, 1),
            lent_eur=round(price.eur(self._lent_wh / WH_PER_KWH), 2),
            months=self._rows.months,
            programmes=self._rows.programmes,
            sectors=self._rows.sectors,
            by_cabinet=self._rows.by_cabinet,
        )

    async def _tallies(self, span: Span, *, reckoned: bool) -> Mapping[Cell, Tally]:
        """What was drawn in a month; ``reckoned``: by the levels in effect too, where nobody counted."""
        core, slots = self._core, slots_between(*span, self._plan.site.zone)

        def expect() -> Consumption:
            return Consumption(
                self._inventory,
                self._light_plan,
                self._calendar_of,
                self._plan.site,
                slots,
                core.meter_spans_wh,
            )

        consumption = await asyncio.to_thread(expect)
        at = borders(slots)
        periods = core.settings.modbus.period_s, core.settings.mqtt.period_s
        cabinets_within, lamps_within = (
            max(READ_WITHIN, READ_WITHIN_PERIODS * timedelta(seconds=each)) for each in periods
        )
        meters = await core.store.stands(DeviceKind.CABINET, Metric.ENERGY, at, cabinets_within)
        unmetered = await asyncio.to_thread(consumption.unmetered, meters)
        lamps: Stands = {}
        if unmetered:
            fresh = await core.store.stands(DeviceKind.LAMP, Metric.ENERGY, at, lamps_within)
            last = await core.store.stands(DeviceKind.LAMP, Metric.ENERGY, at, LAST_WORD_WITHIN)
            lamps = await asyncio.to_thread(consumption.standing, fresh, last)
            if reckoned:
                await self._look_at_levels(consumption, set(unmetered), slots)
        return await asyncio.to_thread(consumption.tallies, meters, lamps)

    async def _look_at_levels(
        self, consumption: Consumption, unmetered: Collection[str], slots: tuple[Slot, ...]
    ) -> None:
        """Read the levels that those lamps were at which say their level and count nothing."""
        store = self._core.store
        known = await store.last_values(DeviceKind.LAMP)
        dumb = {
            name
            for name, values in known.items()
            if name in unmetered and Metric.LEVEL in values and Metric.ENERGY not in values
        }
        for number, slot in enumerate(slots if dumb else ()):
            levels: dict[str, Samples] = {}
            window = Window(slot.start, slot.end)
            async with aclosing(store.tracks(DeviceKind.LAMP, [Metric.LEVEL], window)) as tracks:
                async for track in tracks:
                    if track.device in dumb:
                        rows = ((at, level) for at, (level,) in track.rows)
                        levels[track.device] = [(at, level) for at, level in rows if level is not None]
            await asyncio.to_thread(consumption.saw, number, levels)


def months_between(first: date, last: date) -> list[Span]:
    """The months of a span, the first and the last perhaps in part."""
    months = []
    while first <= last:
        end = first.replace(day=monthrange(first.year, first.month)[1])
        months.append((first, min(end, last)))
        first = end + ONE_DAY
    return months


def year_before(month: Span) -> Span:
    """The same days of the year before. A whole February stays whole; else nothing stands for the 29th."""
    first, last = month
    longest = monthrange(first.year - 1, first.month)[1]
    whole = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    end = longest if whole else min(last.day, longest)
    return (
        first.replace(year=first.year - 1, day=min(first.day, longest)),
        last.replace(year=last.year - 1, day=end),
    )
