"""Places that are full day after day: not a fault, but a lack of room, and worth an incident of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind
from city.symptoms import Symptom
from wifi.load import HotspotLoad
from wifi.rules import AT_ONCE, FEW_SHARE, FULL_DAYS, FULL_FOR, GAP_PERIODS, HOUR, USED_DAYS, USED_FOR, Rules
from wifi.saturation import Saturation


@dataclass(slots=True)
class _Day:
    """One local day of a place."""

    date: date
    used: timedelta = timedelta()
    full: timedelta = timedelta()
    clients: int = 0
    """At its height."""
    load_pct: float = 0.0
    """At its height."""


class Crowding:
    """One place, by the local day."""

    __slots__ = ("_days", "_gap", "_judged_at", "_rules", "_saturation", "_zone", "symptom")

    def __init__(self, hotspot: str, rules: Rules, period: timedelta, zone: ZoneInfo) -> None:
        """``zone`` is where its days begin; ``period`` is how often its load is told."""
        self.symptom = Symptom(Cause.RADIO_SATURATED, hotspot, DeviceKind.HOTSPOT, AT_ONCE)
        self._rules = rules
        self._saturation = Saturation(rules, period)
        self._gap = GAP_PERIODS * period
        self._zone = zone
        self._judged_at: datetime | None = None
        self._days: list[_Day] = []
        """The last on which it was used, and the present one."""

    def is_due(self, at: datetime, period: timedelta) -> bool:
        """Whether its load is worth working out again: once in a period, however many access points it has."""
        return self._judged_at is None or at - self._judged_at >= period

    def observe(self, load: HotspotLoad, at: datetime) -> Iterator[Finding]:
        """Take its load at an instant."""
        before, self._judged_at = self._judged_at, at
        since = self._saturation.observe(load.load_pct, at)
        elapsed = at - before if before is not None else timedelta()
        if elapsed > self._gap:
            elapsed = timedelta()  # nobody knows what it was like meanwhile
        self._note(load, at, elapsed, is_full=since is not None)
        yield from self._judge(at)

    def recall(self, load: HotspotLoad, at: datetime, span: timedelta) -> None:
        """Take what it was like before the start, for so long from an instant on; it is judged with what comes."""
        is_full = load.load_pct is not None and load.load_pct >= self._rules.saturated_pct
        self._note(load, at, span, is_full=is_full)

    def _note(self, load: HotspotLoad, at: datetime, span: timedelta, *, is_full: bool) -> None:
        day = self._day(at.astimezone(self._zone).date())
        if load.clients:
            day.used += span
            day.clients = max(day.clients, load.clients)
        if is_full and (load.clients or 0) > FEW_SHARE * load.capacity:  # else it is the neighbours'
            day.full += span
        day.load_pct = max(day.load_pct, load.load_pct or 0.0)

    def _day(self, day: date) -> _Day:
        found = next((each for each in self._days if each.date == day), None)
        if found is None:
            found = _Day(day)
            kept = [each for each in self._days if each.used >= USED_FOR or each.date > day]
            self._days = sorted([*kept, found], key=lambda each: each.date)[-USED_DAYS - 1 :]
        return found

    def _judge(self, at: datetime) -> Iterator[Finding]:
        used = [each for each in self._days if each.used >= USED_FOR][-USED_DAYS:]
        full = [each for each in used if each.full >= FULL_FOR]
        if len(full) >= FULL_DAYS:
            if not self.symptom.confirmed:
                evidence = Evidence("full_day_after_day", at, _figures(used, full))
                if finding := self.symptom.observe(evidence, shows=True):
                    yield finding
        elif self.symptom.confirmed and len(used) >= USED_DAYS and not full:
            figures = {"days": float(len(used))}
            if finding := self.symptom.observe(Evidence("room_again", at, figures), shows=False):
                yield finding


def _figures(used: list[_Day], full: list[_Day]) -> dict[str, float]:
    return {
        "days_full": float(len(full)),
        "days": float(len(used)),
        "full_h": round(sum((each.full for each in full), timedelta()) / HOUR / len(full), 1),
        "load_pct": round(max(each.load_pct for each in full), 1),
        "clients": float(max(each.clients for each in full)),
    }
