"""For how much of the time access points were up. The definition, with its limits: docs/wifi-privacy.md."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from city.history import EPOCH
from city.telemetry import Sample, Window

Series = Mapping[str, Sequence[Sample]]
"""Samples by device, or by place."""


class Availability:
    """Counts steps of time: in how many of those that were watched an access point was up.

    A step is watched where any access point of the city answered, or its controller told of it, or an incident said
    that some were down: what nobody watched, because the head-end stood still, is nobody's failure. An access point
    counts from its first word on, so that a new one is not blamed for the time before it hung there.
    """

    def __init__(
        self,
        access_points: Iterable[str],
        heard_before: Iterable[str],
        step: timedelta,
        down: Iterable[Window],
    ) -> None:
        """Begin.

        Args:
            access_points: all of the city.
            heard_before: those that hung there before the first step: they count from it on.
            step: what time is cut into.
            down: when incidents said that access points were down.
        """
        self._step = step
        self._down = tuple(down)
        self._counting = set(heard_before)
        self._access_points = tuple(access_points)
        self._up: dict[str, float] = {}
        self._watched: dict[str, int] = {}
        self.steps = 0
        self.watched_steps = 0

    def take(self, window: Window, up: Series, uptime: Series) -> None:
        """What access points told in a time; later calls go on from there.

        Args:
            window: the time.
            up: the mean, step by step, of what was said of their being up.
            uptime: any sample in a step in which they answered. One that is only said to be up, by itself, was up.
        """
        told: dict[str, dict[datetime, float]] = {}
        for name in self._access_points:
            answered = dict.fromkeys((sample.at for sample in uptime.get(name, ())), 1.0)
            told[name] = answered | {sample.at: sample.value for sample in up.get(name, ())}
        heard = {at for steps in told.values() for at in steps}
        every = self._steps(window)
        down = [each for each in self._down if each.start < window.end and window.start < each.end]
        watched = [at for at in every if at in heard or self._is_within(down, at)]
        self.steps += len(every)
        self.watched_steps += len(watched)
        for name, steps in told.items():
            if name not in self._counting and not steps:
                continue
            since = window.start if name in self._counting else min(steps)
            self._counting.add(name)
            self._up[name] = self._up.get(name, 0.0) + sum(steps.values())
            self._watched[name] = self._watched.get(name, 0) + sum(at >= since for at in watched)

    def share(self, access_points: Iterable[str]) -> float | None:
        """Of the time of some access points; None where nobody could tell."""
        watched = up = 0.0
        for name in access_points:
            watched += self._watched.get(name, 0)
            up += self._up.get(name, 0.0)
        return up / watched if watched else None

    def never_heard(self, access_points: Iterable[str]) -> int:
        """How many of them have not said a word."""
        return sum(name not in self._counting for name in access_points)

    def _steps(self, window: Window) -> list[datetime]:
        first = EPOCH + -(-(window.start - EPOCH) // self._step) * self._step
        return [first + number * self._step for number in range(-((first - window.end) // self._step))]

    def _is_within(self, spans: Sequence[Window], at: datetime) -> bool:
        return any(each.start < at + self._step and at < each.end for each in spans)
