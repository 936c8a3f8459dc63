"""The rows of a report on energy: what was drawn, added up by month, programme, sector and cabinet."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from city.reports import EnergyMonth, EnergyPart, EnergyRow, EnergySource, YearBefore
from lighting.consumption import Cell, Tally
from lighting.inventory import Inventory
from lighting.light_plan import LightPlan
from lighting.prices import EnergyPrice

MEASURED = (EnergySource.METER, EnergySource.LAMP_COUNTERS)
COMPARABLE_SHARE = 0.95
"""Both years must be measured for this share of the light points' time to be compared; a project's proposal."""
WH_PER_KWH = 1000.0


class EnergyRows:
    """Adds up."""

    def __init__(self, light_plan: LightPlan, inventory: Inventory, price: EnergyPrice) -> None:
        self._light_plan, self._inventory, self._price = light_plan, inventory, price
        self._tallies: dict[Cell, Tally] = {}
        self._spans: dict[date, tuple[date, date]] = {}
        self._before: dict[date, tuple[date, date, Tally]] = {}

    def take(self, span: tuple[date, date], tallies: Mapping[Cell, Tally]) -> None:
        """A month, or what of it lies in the report's span."""
        self._tallies |= tallies
        self._spans[span[0].replace(day=1)] = span

    def take_before(
        self, span: tuple[date, date], before: tuple[date, date], tallies: Mapping[Cell, Tally]
    ) -> None:
        """The same days of the year before."""
        self._before[span[0].replace(day=1)] = (*before, _sum(tallies.values()))

    @property
    def cabinets(self) -> int:
        """How many cabinets feed light points."""
        return len({cell.cabinet for cell in self._tallies})

    @property
    def metered(self) -> int:
        """How many of them have a meter that was read."""
        meter = EnergySource.METER
        return len({cell.cabinet for cell, tally in self._tallies.items() if meter in tally.drawn_wh})

    @property
    def total(self) -> EnergyRow:
        """The whole city."""
        return self._row("", "", _sum(self._tallies.values()))

    @property
    def months(self) -> tuple[EnergyMonth, ...]:
        """In order."""
        by_month = self._by(lambda cell: cell.month)
        return tuple(
            EnergyMonth(
                **dict(self._row(f"{month:%Y-%m}", f"{month:%Y-%m}", by_month.get(month, Tally()))),
                first=span[0],
                last=span[1],
                before=self._year_before(month, by_month.get(month, Tally())),
            )
            for month, span in sorted(self._spans.items())
        )

    @property
    def programmes(self) -> tuple[EnergyRow, ...]:
        """By name."""
        titles = {name: programme.title for name, programme in self._light_plan.programmes.items()}
        return self._rows(lambda cell: cell.programme, titles)

    @property
    def sectors(self) -> tuple[EnergyRow, ...]:
        """By name."""
        return self._rows(lambda cell: cell.sector, {})

    @property
    def by_cabinet(self) -> tuple[EnergyRow, ...]:
        """By id; the title is its street."""
        streets = {name: cabinet.street for name, cabinet in self._inventory.cabinets.items()}
        return self._rows(lambda cell: cell.cabinet, streets)

    def _by(self, key: Callable[[Cell], Any]) -> dict[Any, Tally]:
        found: defaultdict[Any, Tally] = defaultdict(Tally)
        for cell, tally in self._tallies.items():
            found[key(cell)].take(tally)
        return dict(found)

    def _rows(self, key: Callable[[Cell], str], titles: Mapping[str, str]) -> tuple[EnergyRow, ...]:
        rows = sorted(self._by(key).items())
        return tuple(self._row(name, titles.get(name, name), tally) for name, tally in rows)

    def _row(self, name: str, title: str, tally: Tally) -> EnergyRow:
        drawn = sum(tally.drawn_wh.values())
        saved = tally.full_wh - drawn
        whole_h = sum(tally.point_h.values())
        return EnergyRow(
            name=name,
            title=title,
            points=sum(tally.points.values()),
            drawn_wh=round(drawn, 1),
            full_wh=round(tally.full_wh, 1),
            saved_wh=round(saved, 1),
            saved_share=round(saved / tally.full_wh, 4) if tally.full_wh else None,
            eur=round(self._price.eur(drawn / WH_PER_KWH), 2),
            co2_kg=round(self._price.co2_kg(drawn / WH_PER_KWH), 3),
            saved_eur=round(self._price.eur(saved / WH_PER_KWH), 2),
            saved_co2_kg=round(self._price.co2_kg(saved / WH_PER_KWH), 3),
            parts=tuple(
                EnergyPart(
                    source=source,
                    drawn_wh=round(tally.drawn_wh[source], 1),
                    share=round(tally.point_h[source] / whole_h, 4),
                )
                for source in EnergySource
                if source in tally.drawn_wh
            ),
        )

    def _year_before(self, month: date, now: Tally) -> YearBefore | None:
        if month not in self._before:
            return None
        first, last, then = self._before[month]
        then_wh, then_share = _measured(then)
        now_wh, now_share = _measured(now)
        if not then_share:
            return None
        comparable = min(then_share, now_share) >= COMPARABLE_SHARE and then_wh > 0
        return YearBefore(
            first=first,
            last=last,
            drawn_wh=round(then_wh, 1),
            share=round(then_share, 4),
            difference_share=round(now_wh / then_wh - 1, 4) if comparable else None,
        )


def _measured(tally: Tally) -> tuple[float, float]:
    """What was measured, Wh, and the share of the light points' time that it stands for."""
    whole_h = sum(tally.point_h.values())
    measured_h = sum(tally.point_h[source] for source in MEASURED if source in tally.point_h)
    wh = sum(tally.drawn_wh[source] for source in MEASURED if source in tally.drawn_wh)
    return wh, measured_h / whole_h if whole_h else 0.0


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.take(tally)
    return whole
