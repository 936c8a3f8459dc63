"""How one came to where one is: what Escape goes up, what ``-`` goes back to, and what the crumbs tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_STEPS = 8
"""Longer ways lose their beginning: nobody goes back so far by Escape."""
TURN = " › "


@dataclass(frozen=True, slots=True)
class Place:
    """A screen, what is searched there, and the row under the cursor; None where it has no list."""

    mode: str
    search: str | None = None
    row: str | None = None
    name: str = ""
    """What the row is called by people, where one went on from it to what is behind it."""


@dataclass(slots=True)
class Way:
    """The places above this one, and the place one was at last."""

    above: tuple[Place, ...] = ()
    _last: Place | None = None
    _above_last: tuple[Place, ...] = field(default=())

    def go_down(self, here: Place) -> None:
        """One looks at what is behind something here."""
        self.remember(here)
        self.above = (*self.above, here)[-MOST_STEPS:]

    def jump(self, here: Place, mode: str) -> None:
        """One wants another screen for its own sake: a way that would lead round in a circle is cut short."""
        self.remember(here)
        way = (*self.above, Place(here.mode, here.search, here.row))
        modes = [place.mode for place in way]
        self.above = (way[: modes.index(mode)] if mode in modes else way)[-MOST_STEPS:]

    def go_up(self, here: Place) -> Place | None:
        """The place above, if there is one."""
        if not self.above:
            return None
        self.remember(here)
        *above, up = self.above
        self.above = tuple(above)
        return up

    def go_back(self, here: Place) -> Place | None:
        """The place one was at last; again, and one is here again."""
        back, above = self._last, self._above_last
        if back is None:
            return None
        self.remember(here)
        self.above = above
        return back

    def remember(self, here: Place) -> None:
        """One is about to look elsewhere, perhaps on the same screen."""
        self._last, self._above_last = here, self.above


def crumbs(steps: Sequence[str], width: int) -> str:
    """The way down, with a turn after each step; its beginning gives way where there is no room for all."""
    for first in range(len(steps)):
        text = "".join(f"{step}{TURN}" for step in (*(["…"] if first else []), *steps[first:]))
        if len(text) <= width:
            return text
    return ""
