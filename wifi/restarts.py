"""Access points that come and go: unsteady ones, and those that restart by themselves."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind
from city.symptoms import Symptom
from wifi.rules import (
    AGAIN_PERIODS,
    AT_ONCE,
    CALM,
    OUTAGES,
    OUTAGES_WITHIN,
    REBOOTS,
    REBOOTS_WITHIN,
    STAYS_DOWN,
    UPTIME_SLACK_S,
    UPTIME_SPAN_S,
)


class Steadiness:
    """The outages and restarts of one access point."""

    __slots__ = ("_disturbed_at", "_outages", "_period", "_reboots", "_uptime", "flapping", "rebooting")

    def __init__(self, access_point: str, period: timedelta) -> None:
        """``period`` is how often it is polled."""
        self._period = period
        self.flapping = Symptom(Cause.AP_FLAPPING, access_point, DeviceKind.ACCESS_POINT, AT_ONCE)
        self.rebooting = Symptom(Cause.AP_REBOOTING, access_point, DeviceKind.ACCESS_POINT, AT_ONCE)
        self._outages: deque[datetime] = deque(maxlen=OUTAGES)
        self._reboots: deque[datetime] = deque(maxlen=REBOOTS)
        self._disturbed_at: dict[Cause, datetime] = {}
        self._uptime: tuple[datetime, float] | None = None

    def patience(self, at: datetime) -> timedelta:
        """For how long it must be gone to be called down, beyond three polls: longer if it tends to come back."""
        if self.flapping.confirmed:
            return STAYS_DOWN
        recent = _within(self._outages, OUTAGES_WITHIN, at) or _within(self._reboots, REBOOTS_WITHIN, at)
        return AGAIN_PERIODS * self._period if recent else timedelta()

    def answered(
        self, at: datetime, uptime_s: float | None, *, outage: timedelta | None
    ) -> Iterator[Finding]:
        """It is up: after an outage of its own of so long, or None; ``uptime_s`` is None where it is not told."""
        if self._restarted(at, uptime_s):
            self._reboots.append(at)
            self._disturbed_at[Cause.AP_REBOOTING] = at
            count = _within(self._reboots, REBOOTS_WITHIN, at)
            yield from self._judge(self.rebooting, "uptime_went_back", at, {"restarts": float(count)}, count)
        elif outage is not None and outage <= STAYS_DOWN:
            self._outages.append(at)
            self._disturbed_at[Cause.AP_FLAPPING] = at
            count = _within(self._outages, OUTAGES_WITHIN, at)
            figures = {"outages": float(count), "outage_s": outage.total_seconds()}
            yield from self._judge(self.flapping, "came_and_went", at, figures, count)
        yield from self.calm(at)

    def out(self, at: datetime) -> None:
        """It is in an outage: that is no calm."""
        self._disturbed_at[Cause.AP_FLAPPING] = at

    def calm(self, at: datetime) -> Iterator[Finding]:
        """What time has healed."""
        for symptom, calm in ((self.flapping, CALM), (self.rebooting, REBOOTS_WITHIN)):
            if not symptom.confirmed or at - self._disturbed_at.setdefault(symptom.cause, at) < calm:
                continue
            if finding := symptom.observe(Evidence("calm_again", at), shows=False):
                yield finding

    def stays_down(self, at: datetime) -> Iterator[Finding]:
        """It is down for good: that is told instead."""
        self._outages.clear()
        if finding := self.flapping.observe(Evidence("stays_down", at), shows=False):
            yield finding

    def _restarted(self, at: datetime, uptime_s: float | None) -> bool:
        if uptime_s is None:
            return False
        before, self._uptime = self._uptime, (at, uptime_s)
        if before is None:
            return False
        elapsed_s = (at - before[0]).total_seconds()
        expected_s = before[1] + elapsed_s
        if abs(expected_s - UPTIME_SPAN_S - uptime_s) <= UPTIME_SLACK_S:
            return False  # 32 bits of hundredths are full: the counter begins anew, not the device
        return uptime_s < before[1] or uptime_s + UPTIME_SLACK_S < elapsed_s

    @staticmethod
    def _judge(
        symptom: Symptom, rule: str, at: datetime, figures: dict[str, float], count: int
    ) -> Iterator[Finding]:
        enough = OUTAGES if symptom.cause is Cause.AP_FLAPPING else REBOOTS
        if count >= enough and (finding := symptom.observe(Evidence(rule, at, figures), shows=True)):
            yield finding


def _within(times: deque[datetime], span: timedelta, at: datetime) -> int:
    return sum(at - each <= span for each in times)
