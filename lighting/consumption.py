"""What the city's light points have drawn, half a day at a time, and how it is known: by meter, counter or reckoning.

Half a day belongs to one month and to one programme, so that energy can be told by both.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from city.places import Site
from city.reports import EnergySource
from lighting.energy import FULL_LIGHT, effective_ramps, planned_ramps, ramps_wh, shared_out
from lighting.half_days import Slot, borders
from lighting.inventory import Feed, Inventory, LampType, LightPoint
from lighting.light_plan import LightPlan
from lighting.meters import METER_SPAN_WH, MOST_OF_NOMINAL, most_cabinet_w
from lighting.programmes import Programme, level_at, switch_points

Stands = Mapping[str, Sequence[float | None]]
"""By device: its counter at the beginning of each slot and at the end of the last, Wh; None where it was not read."""
Samples = Sequence[tuple[datetime, float]]
"""Levels in effect, percent, oldest first."""


class Kind(NamedTuple):
    """What light points have in common that are expected to draw the same."""

    cabinet: str
    sector: str
    calendar: str
    lamp_type: str
    feed: Feed


class Cell(NamedTuple):
    """As what energy is kept apart."""

    month: date
    """Its first day."""
    cabinet: str
    sector: str
    programme: str


@dataclass(slots=True)
class Tally:
    """What was drawn in some cells."""

    full_wh: float = 0.0
    """At full power from sunset to sunrise."""
    drawn_wh: defaultdict[EnergySource, float] = field(default_factory=lambda: defaultdict(float))
    point_h: defaultdict[EnergySource, float] = field(default_factory=lambda: defaultdict(float))
    """Light points times hours for which it is known in this way."""
    points: dict[Kind, int] = field(default_factory=dict)
    """How many light points of which kind."""

    def add(self, source: EnergySource, wh: float, point_h: float) -> None:
        """Some energy more."""
        if point_h > 0:
            self.drawn_wh[source] += wh
            self.point_h[source] += point_h

    def take(self, other: "Tally") -> None:
        """All that another holds."""
        self.full_wh += other.full_wh
        self.points |= other.points
        for source, wh in other.drawn_wh.items():
            self.add(source, wh, other.point_h[source])


@dataclass(slots=True)
class _Group:
    """Light points of one kind, with what each is expected to draw in each slot, Wh."""

    kind: Kind
    lamp_type: LampType
    programmes: Sequence[Programme]
    planned: Sequence[float]
    full: Sequence[float]
    points: list[str] = field(default_factory=list)


class Consumption:
    """The consumption of some slots."""

    def __init__(
        self,
        inventory: Inventory,
        light_plan: LightPlan,
        calendar_of: Mapping[str, str],
        site: Site,
        slots: Sequence[Slot],
        meter_spans_wh: Mapping[str, float | None] | None = None,
    ) -> None:
        """Look at what each kind of light point is expected to draw.

        Args:
            inventory: what stands in the streets.
            light_plan: what it is to do.
            calendar_of: which calendar each light point follows.
            site: where.
            slots: the half days.
            meter_spans_wh: by cabinet, where its meter wraps; None: nowhere. The others' wrap at 2³² Wh.
        """
        self._meter_spans_wh = meter_spans_wh or {}
        self._inventory, self._plan, self._site, self._slots = inventory, light_plan, site, slots
        self._effective: dict[str, list[float]] = {}
        self._by_programme: dict[tuple[str, str, Feed], list[float]] = {}
        self._programmes: dict[str, list[Programme]] = {}
        groups: dict[Kind, _Group] = {}
        for point in inventory.light_points.values():
            feed = inventory.circuits[point.circuit].feed
            kind = Kind(point.cabinet, point.sector, calendar_of[point.id], point.lamp_type.id, feed)
            if kind not in groups:
                groups[kind] = self._group(kind, point)
            groups[kind].points.append(point.id)
        self._cabinets: defaultdict[str, list[_Group]] = defaultdict(list)
        for group in groups.values():
            self._cabinets[group.kind.cabinet].append(group)

    def unmetered(self, meters: Stands) -> list[str]:
        """The light points for which the meters of their cabinets do not speak all the time."""
        return [
            point
            for cabinet, groups in self._cabinets.items()
            if None in self._metered(cabinet, meters)
            for group in groups
            for point in group.points
        ]

    def saw(self, number: int, levels: Mapping[str, Samples]) -> None:
        """Take the levels that some light points were at in a slot, by its number: they are reckoned by these."""
        slot = self._slots[number]
        for group in (group for groups in self._cabinets.values() for group in groups):
            night = switch_points(group.programmes[number], slot.night, self._site)
            for point in group.points:
                if samples := levels.get(point):
                    ramps = effective_ramps(samples, night, slot.start, slot.end)
                    wh = self._effective.setdefault(point, list(group.planned))
                    wh[number] = ramps_wh(group.lamp_type, group.kind.feed, ramps)

    def standing(self, fresh: Stands, last: Stands) -> Stands:
        """The counters of lamps at the borders of the slots.

        ``fresh`` was read shortly before each, ``last`` within half a day. A lamp's last word stands where it is fed at
        night only and the plan has it dark at that instant: it has drawn nothing since. Elsewhere it may have.
        """
        found: dict[str, Sequence[float | None]] = dict(fresh)
        for group in (group for groups in self._cabinets.values() for group in groups):
            if group.kind.feed is not Feed.NIGHT:
                continue
            dark = self._dark(group)
            for point in group.points:
                if before := last.get(point):
                    now = fresh.get(point) or [None] * len(dark)
                    found[point] = [
                        old if new is None and off else new
                        for new, old, off in zip(now, before, dark, strict=True)
                    ]
        return found

    def _dark(self, group: _Group) -> list[bool]:
        """Whether the plan has the lamps of a group dark at each border."""
        nights = (*group.programmes, group.programmes[-1])
        return [
            level_at(programme, instant, self._site) <= 0
            for programme, instant in zip(nights, borders(self._slots), strict=True)
        ]

    def tallies(self, meters: Stands, lamps: Stands) -> dict[Cell, Tally]:
        """All that was drawn, from the counters of cabinets and lamps."""
        found: defaultdict[Cell, Tally] = defaultdict(Tally)
        for cabinet, groups in self._cabinets.items():
            metered = self._metered(cabinet, meters)
            expected, everybody = self._expected(groups), sum(len(group.points) for group in groups)
            for group in groups:
                # Where nothing is expected, by day, the cabinet's own consumption is everybody's alike.
                parts = [
                    group.planned[number] / whole if whole else 1 / everybody
                    for number, whole in enumerate(expected)
                ]
                own = self._counted(group, lamps) if None in metered else {}
                for number, slot in enumerate(self._slots):
                    programme = group.programmes[number].name
                    tally = found[Cell(slot.day.replace(day=1), cabinet, group.kind.sector, programme)]
                    tally.points[group.kind] = len(group.points)
                    tally.full_wh += len(group.points) * group.full[number]
                    wh = metered[number]
                    if wh is not None:
                        many = len(group.points)
                        tally.add(EnergySource.METER, wh * many * parts[number], many * slot.hours)
                    else:
                        self._add_unmetered(tally, group, own, number)
        return dict(found)

    def _add_unmetered(
        self, tally: Tally, group: _Group, own: Mapping[str, Sequence[float | None]], number: int
    ) -> None:
        """What the lamps counted themselves in a slot, and what is reckoned for those that did not."""
        known, rest = [], []
        for point in group.points:
            wh = own[point][number] if point in own else None
            if wh is not None:
                known.append(wh)
            else:
                rest.append(self._effective.get(point, group.planned)[number])
        hours = self._slots[number].hours
        tally.add(EnergySource.LAMP_COUNTERS, sum(known), len(known) * hours)
        tally.add(EnergySource.POWER_CURVE, sum(rest), len(rest) * hours)

    def _metered(self, cabinet: str, meters: Stands) -> list[float | None]:
        """What a cabinet's meter counted in each slot."""
        if cabinet not in meters:
            return [None] * len(self._slots)
        groups = self._cabinets[cabinet]
        nominal_w = sum(len(group.points) * group.lamp_type.nominal_w for group in groups)
        limits = self._limits(most_cabinet_w(nominal_w, self._inventory.cabinets[cabinet]))
        span_wh = self._meter_spans_wh.get(cabinet, METER_SPAN_WH)
        return shared_out(meters[cabinet], self._expected(groups), limits, span_wh)

    def _counted(self, group: _Group, lamps: Stands) -> dict[str, list[float | None]]:
        """What the lamps of a group counted themselves in each slot."""
        limits = self._limits(MOST_OF_NOMINAL * group.lamp_type.nominal_w)
        return {
            point: shared_out(lamps[point], group.planned, limits) for point in group.points if point in lamps
        }

    def _limits(self, most_w: float) -> list[float]:
        return [most_w * slot.hours for slot in self._slots]

    def _expected(self, groups: Iterable[_Group]) -> list[float]:
        """What the lamps of some groups are expected to draw together in each slot, Wh."""
        whole = [0.0] * len(self._slots)
        for group in groups:
            for number, wh in enumerate(group.planned):
                whole[number] += len(group.points) * wh
        return whole

    def _group(self, kind: Kind, point: LightPoint) -> _Group:
        if kind.calendar not in self._programmes:
            self._programmes[kind.calendar] = [
                self._plan.programme(kind.calendar, slot.night) for slot in self._slots
            ]
        programmes = self._programmes[kind.calendar]
        drawn = {each.name: self._drawn(each, each.name, point.lamp_type, kind.feed) for each in programmes}
        planned = [drawn[each.name][number] for number, each in enumerate(programmes)]
        full = self._drawn(FULL_LIGHT, "", point.lamp_type, kind.feed)
        return _Group(kind, point.lamp_type, programmes, planned, full)

    def _drawn(self, programme: Programme, name: str, lamp_type: LampType, feed: Feed) -> list[float]:
        """What one lamp would draw in each slot by a programme, Wh; ``name`` is how it is kept."""
        key = name, lamp_type.id, feed
        if key not in self._by_programme:
            self._by_programme[key] = [
                ramps_wh(lamp_type, feed, planned_ramps(points, slot.start, slot.end))
                for slot in self._slots
                for points in (switch_points(programme, slot.night, self._site),)
            ]
        return self._by_programme[key]
