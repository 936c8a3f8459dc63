"""For how much of the time access points were up. The definition, with its limits: docs/wifi-privacy.md."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.history import EPOCH
from city.telemetry import Sample, Window

Series = Mapping[str, Sequence[Sample]]
"""Samples by device, or by place."""


IsOpen = Callable[[datetime], bool]
"""Whether a place is meant to be open at an instant."""


@dataclass(slots=True)
class _Steps:
    """Of one access point."""

    up: float = 0.0
    watched: int = 0

    def take(self, told: Mapping[datetime, float], watched: Collection[datetime]) -> None:
        self.up += sum(value for at, value in told.items() if at in watched)
        self.watched += len(watched)


class Availability:
    """Counts steps of time: in how many of those that were watched an access point was up.

    A step is watched where any access point of the city answered, or its controller told of it, or an incident said
    that some were down: what nobody watched, because the head-end stood still, is nobody's failure. An access point
    counts from its first word on, so that a new one is not blamed for the time before it hung there.
    """

    def __init__(
        self,
        places: Mapping[str, str],
        heard_before: Iterable[str],
        step: timedelta,
        down: Iterable[Window],
        opens: Mapping[str, IsOpen] | None = None,
    ) -> None:
        """Begin.

        Args:
            places: the place of each access point of the city.
            heard_before: those that hung there before the first step: they count from it on.
            step: what time is cut into.
            down: when incidents said that access points were down.
            opens: of each place whose opening hours are known.
        """
        self._places = places
        self._step = step
        self._down = tuple(down)
        self._opens = opens or {}
        self._counting = set(heard_before)
        self._all: dict[str, _Steps] = {}
        self._open: dict[str, _Steps] = {}
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
        for name in self._places:
            answered = dict.fromkeys((sample.at for sample in uptime.get(name, ())), 1.0)
            told[name] = answered | {sample.at: sample.value for sample in up.get(name, ())}
        heard = {at for steps in told.values() for at in steps}
        every = self._steps(window)
        down = [each for each in self._down if each.start < window.end and window.start < each.end]
        watched = {at for at in every if at in heard or self._is_within(down, at)}
        while_open = {place: {at for at in watched if is_open(at)} for place, is_open in self._opens.items()}
        self.steps += len(every)
        self.watched_steps += len(watched)
        for name, steps in told.items():
            if name not in self._counting and not steps:
                continue
            since = window.start if name in self._counting else min(steps)
            self._counting.add(name)
            self._all.setdefault(name, _Steps()).take(steps, _from(since, watched, window))
            if (opened := while_open.get(self._places[name])) is not None:
                self._open.setdefault(name, _Steps()).take(steps, _from(since, opened, window))

    def share(self, access_points: Iterable[str]) -> float | None:
        """Of the time of some access points; None where nobody could tell."""
        return _share(self._all, access_points)

    def share_while_open(self, access_points: Iterable[str]) -> float | None:
        """The same of the time in which their place was meant to be open; None where that is not known."""
        return _share(self._open, access_points)

    def never_heard(self, access_points: Iterable[str]) -> int:
        """How many of them have not said a word."""
        return sum(name not in self._counting for name in access_points)

    def _steps(self, window: Window) -> list[datetime]:
        first = EPOCH + -(-(window.start - EPOCH) // self._step) * self._step
        return [first + number * self._step for number in range(-((first - window.end) // self._step))]

    def _is_within(self, spans: Sequence[Window], at: datetime) -> bool:
        return any(each.start < at + self._step and at < each.end for each in spans)


def _from(since: datetime, steps: set[datetime], window: Window) -> set[datetime]:
    return steps if since <= window.start else {at for at in steps if at >= since}


def _share(found: Mapping[str, _Steps], access_points: Iterable[str]) -> float | None:
    counted = [found[name] for name in access_points if name in found]
    watched = sum(each.watched for each in counted)
    return sum(each.up for each in counted) / watched if watched else None
