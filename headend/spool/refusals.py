"""Writing around what a store refuses: what is good of a batch is stored, and only the rest is left out."""

from collections.abc import Awaitable, Callable, Sequence

from city.errors import Refused
from city.measurements import Reading

REFUSALS_BEFORE_AWAY = 16
"""Refusals in a row, with nothing accepted, after which it is the store that is wrong and not a value."""

Write = Callable[[Sequence[Reading]], Awaitable[None]]
Bad = tuple[Reading, Refused]
"""A reading that cannot be stored, and why."""


async def write_around(write: Write, batch: Sequence[Reading], *, trusted: bool) -> list[Bad]:
    """Write a batch; halve what is refused until only the readings that cannot be stored are left.

    Returns those, each with the reason; all others are stored. ``trusted``: the store has taken other readings of
    late, so that a few which it refuses may well be wrong all together.

    Raises:
        Refused: nothing at all is accepted, so the fault may not be in a reading.
        Unreachable: the store has gone away meanwhile.
    """
    parts: list[Sequence[Reading]] = [batch]
    bad: list[Bad] = []
    refusals, accepted = 0, trusted and len(batch) <= REFUSALS_BEFORE_AWAY
    while parts:
        part = parts.pop()
        try:
            await write(part)
            accepted = True
        except Refused as error:
            refusals += 1
            parts.extend(_halves(part))
            if len(part) == 1:
                bad.append((part[0], error))
            if not accepted and (refusals > REFUSALS_BEFORE_AWAY or not parts):
                raise
    return bad


def _halves(batch: Sequence[Reading]) -> list[Sequence[Reading]]:
    middle = len(batch) // 2
    return [batch[middle:], batch[:middle]] if middle else []
