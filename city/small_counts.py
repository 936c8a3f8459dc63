"""Small counts of people: where they leave the house, they are not told. The reasons: docs/wifi-privacy.md.

0 stays 0 and what is not known stays unknown; what lies between 0 and the threshold is *masked*: in messages there
is no value and a mark beside it, on paper it reads "< 5". Means are masked like counts: 0.3 client on the average is
one person now and then.
"""

from city.message import Message


class Count(Message):
    """How many clients, as it may be told outside."""

    value: float | None
    """None: not known, or not told."""
    masked: bool = False
    """It is known, and small: more than nobody, fewer than the threshold."""


NOT_KNOWN = Count(value=None)


def is_small(count: float | None, under: int) -> bool:
    """Whether a count is too small to be told: more than nobody, fewer than ``under`` (0: none is too small)."""
    return count is not None and 0 < count < under


def count_told(count: float | None, under: int) -> Count:
    """A count or a mean of counts as it may be told: in whole clients.

    A tenth of a client says nothing of a place, and would let a masked day be reckoned from the month's mean.
    """
    if count is None:
        return NOT_KNOWN
    if is_small(count, under):
        return Count(value=None, masked=True)
    return Count(value=float(round(count)))


def masked(under: int) -> str:
    """What stands on paper and in tables in place of a small count."""
    return f"< {under}"
