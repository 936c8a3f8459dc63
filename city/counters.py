"""Counters: what one has counted between two looks, though it wraps, begins anew, or is another one after a swap."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

SPAN_32_BITS = float(2**32)
"""A counter of 32 bits is back at 0 there."""
MOST_RADIO_OCTETS_PER_S = 46.1e9 / 8
"""What a radio of an access point can carry: no more than the largest rate of IEEE 802.11be, 46.1 Gbit/s."""


class Stand(NamedTuple):
    """What a counter showed."""

    at_s: float
    """When, in seconds since any instant."""
    value: float


def grown(before: float, after: float, most: float, span: float | None = None) -> float | None:
    """What a counter has counted from one look to the next; None where nobody can say.

    It goes on from 0 where it reaches ``span``: what it has counted is the difference, and ``span`` more where it
    shows less than before. That is believed up to ``most``. More is no growth: the counter has begun anew, or another
    device counts; then it is not known what was counted before and after, and nothing is made up. A wrap is never
    taken for a reset, as it leaves a small difference; a reset is taken for a wrap only within ``most`` of one. Where
    a whole round may have passed unseen, nobody can say either.

    Args:
        before: what it showed at the first look.
        after: what it showed at the second.
        most: what it cannot have exceeded in that time.
        span: where it wraps; None: nowhere, or nobody knows. A counter that shows as much does not wrap there.
    """
    if span is not None and max(before, after) >= span:
        span = None
    if span is not None and most >= span:
        return None
    growth = after - before
    if growth < 0 and span is not None:
        growth += span
    return growth if 0 <= growth <= most else None


def growths(
    stands: Sequence[Stand], most_per_s: float, at_least_s: float, span: float | None = None
) -> Iterator[float | None]:
    """What was counted between each of some looks and the next.

    Args:
        stands: oldest first.
        most_per_s: what it cannot exceed in a second, in the long run.
        at_least_s: for how long it may count so fast between two looks, however close they are: over a step back of
            the clock, more was counted than the time between two stamps tells.
        span: where it wraps.
    """
    for before, after in pairwise(stands):
        most = most_per_s * max(after.at_s - before.at_s, at_least_s)
        yield grown(before.value, after.value, most, span)
