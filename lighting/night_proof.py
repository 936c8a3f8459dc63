"""Whether a light point burned correctly in a night, from what it said of itself: the proof of a night patrol.

A sample counts where the programme has the lamp lit; it is compared with the power that the level *in effect*
asks for, so that a lamp that follows an order proves as much as one that follows the programme. The rule, the
reference's section 3 for what is expected of a lamp and section 8.5 for why it is asked:

    nothing planned                                 not planned
    telemetry speaks for < 70 % of the planned time not proven
    >= 90 % of the samples give light as they should burned
    >= 90 % give no light                           dark
    > 10 % give no light                            partly
    else, by what the samples off their power show most: dimming, low power, high power
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, auto
from operator import itemgetter

from city.reports import Verdict
from lighting.inventory import LampType
from lighting.power import FULL_LEVEL_PCT, dark_below_w, expected_power
from lighting.programmes import SwitchPoint

BURNED_SHARE = 0.9
"""Share of the judged samples that must be right; a project's proposal, unverified in the field."""
COVERED_SHARE = 0.7
"""Share of the planned time for which there must be telemetry: the availability below which slightlimon does not
compare either (lighting-domain, section 3)."""
TOLERANCE_SHARE = 0.2
"""How far power may lie from what is expected, of that; a project's proposal. Luminaires differ by up to 10 % from
their type, meters by some percent more, and a driver that keeps light constant starts below its nominal power."""
TOLERANCE_W = 2.0
"""The least tolerance, W: at the lowest levels a share of the power is less than what a controller can measure."""
FULL_SHARE = 0.9
"""Of full power: a dimmed lamp that draws this much does not dim, unless that is within its tolerance."""
SPEAKS_FOR = timedelta(minutes=15)
"""A sample speaks for the time until the next, and for so long at most: three periods of a lamp controller
(docs/devices/lamp-controller.md: 300 s)."""
EDGE = timedelta(minutes=5)
"""Around the beginning and the end of light nothing is judged: clocks and sunsets differ by that much."""
SETTLING = timedelta(seconds=30)
"""After a change of level a lamp fades; longer where its type warms up for longer."""

_HOUR = timedelta(hours=1)

Span = tuple[datetime, datetime]
"""From an instant, included, to another, excluded; UTC."""
LampSample = tuple[datetime, tuple[float | None, ...]]
"""When, and what was measured then: level in effect, percent, and power, W."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a night's telemetry shows of one light point."""

    verdict: Verdict
    planned_h: float
    """Hours for which it should have given light."""
    covered_share: float = 0.0
    """Share of the planned time for which telemetry speaks, 0–1."""
    lit_h: float = 0.0
    """Hours within the planned time for which telemetry shows light."""
    mean_w: float | None = None
    """Mean power of the judged samples, W."""
    expected_w: float | None = None
    """Mean of what their levels ask for, W."""


def lit_spans(points: Sequence[SwitchPoint], end: datetime) -> tuple[Span, ...]:
    """When a night's switch points have light; ``end`` is where the night ends."""
    spans: list[Span] = []
    for point, until in zip(points, (*(later.at for later in points[1:]), end), strict=True):
        if point.level <= 0:
            continue
        if spans and spans[-1][1] == point.at:
            spans[-1] = (spans[-1][0], until)
        else:
            spans.append((point.at, until))
    return tuple(spans)


def without(spans: Iterable[Span], gaps: Iterable[Span]) -> tuple[Span, ...]:
    """Some spans less others, in order: planned light, less the time for which an order had it dark."""
    left = list(spans)
    for gap_start, gap_end in gaps:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, gap_start)), (max(start, gap_end), end))
            if piece[0] < piece[1]
        ]
    return tuple(sorted(left))


def prove(lamp_type: LampType, spans: Sequence[Span], samples: Sequence[LampSample]) -> Proof:
    """What the samples of a night, oldest first, show of a lamp that should have been lit in ``spans``."""
    planned = sum((end - start for start, end in spans), timedelta())
    if not planned:
        return Proof(Verdict.NOT_PLANNED, 0.0)
    seen = _Seen(lamp_type)
    for span in spans:
        first, after = (bisect_left(samples, edge, key=itemgetter(0)) for edge in span)
        seen.take(span, samples[first:after])
    covered = seen.covered / planned
    proof = Proof(Verdict.NOT_PROVEN, planned / _HOUR, covered, seen.lit / _HOUR, *seen.means)
    if covered < COVERED_SHARE or not seen.judged:
        return proof
    return Proof(seen.verdict, proof.planned_h, covered, proof.lit_h, proof.mean_w, proof.expected_w)


class _Look(IntEnum):  # counted by the million: a number hashes ten times as fast
    """What one sample shows."""

    RIGHT = auto()
    DARK = auto()
    FULL = auto()
    LOW = auto()
    HIGH = auto()


_OFF_POWER = {
    _Look.FULL: Verdict.DIMMING,
    _Look.LOW: Verdict.LOW_POWER,
    _Look.HIGH: Verdict.HIGH_POWER,
}


class _Seen:
    """What the samples of one lamp add up to."""

    def __init__(self, lamp_type: LampType) -> None:
        self._type = lamp_type
        self._dark_below_w = dark_below_w(lamp_type)
        self._full_w = expected_power(lamp_type, FULL_LEVEL_PCT)
        self._settling = max(SETTLING, timedelta(seconds=lamp_type.warm_up_s))
        self._asked_w = self._tolerance_w = 0.0
        self._power_w = self._expected_w = 0.0
        self.covered = timedelta()
        self.lit = timedelta()
        self.looks: Counter[_Look] = Counter()

    def take(self, span: Span, samples: Sequence[LampSample]) -> None:
        """The samples within a span of planned light. A city has millions of them: what can be, is done before."""
        start, end = span
        judged_from, judged_to = start + EDGE, end - EDGE
        last_level: float | None = None
        for (at, (level, power)), after in zip(samples, (*(at for at, _ in samples[1:]), end), strict=False):
            if level is None or power is None:
                continue
            if level != last_level:
                last_level, settled_at = level, max(judged_from, at + self._settling)
                self._ask(level)
            length = after - at
            if length > SPEAKS_FOR:
                length = SPEAKS_FOR
            self.covered += length
            dark = power < self._dark_below_w or level <= 0
            if not dark:
                self.lit += length
            if settled_at <= at < judged_to:
                self._power_w += power
                self._expected_w += self._asked_w
                self.looks[_Look.DARK if dark else self._look(level, power)] += 1

    def _ask(self, level: float) -> None:
        self._asked_w = expected_power(self._type, level)
        self._tolerance_w = max(TOLERANCE_W, TOLERANCE_SHARE * self._asked_w)

    def _look(self, level: float, power: float) -> _Look:
        if abs(power - self._asked_w) <= self._tolerance_w:
            return _Look.RIGHT
        full = self._full_w
        if level < FULL_LEVEL_PCT and FULL_SHARE * full <= power <= (1 + TOLERANCE_SHARE) * full:
            return _Look.FULL
        return _Look.LOW if power < self._asked_w else _Look.HIGH

    @property
    def judged(self) -> int:
        return self.looks.total()

    @property
    def means(self) -> tuple[float | None, float | None]:
        """Mean power and mean expected power of the judged samples, W."""
        judged = self.judged
        return (self._power_w / judged, self._expected_w / judged) if judged else (None, None)

    @property
    def verdict(self) -> Verdict:
        """Of a lamp of which enough was seen."""
        right, dark = self.looks[_Look.RIGHT] / self.judged, self.looks[_Look.DARK] / self.judged
        if right >= BURNED_SHARE:
            return Verdict.BURNED
        if dark >= BURNED_SHARE:
            return Verdict.DARK
        if dark > 1 - BURNED_SHARE:
            return Verdict.PARTLY
        return _OFF_POWER[max(_OFF_POWER, key=self.looks.__getitem__)]
