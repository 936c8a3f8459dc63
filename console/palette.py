"""The palette: every command, screen, lamp, cabinet, circuit, street, access point and hotspot by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from console.city_now import plain
from console.hostile import clean
from console.i18n import N_
from console.screens.frame import Go
from console.screens.table_frame import TableFrame
from console.session import Session
from console.theme import LOOKS
from console.widgets.frame_lines import TABS, key_name

if TYPE_CHECKING:
    from console.app import FalotierApp

OURS = "console."
"""What begins so is our own: Textual's widgets have keys too."""
MOVES = frozenset({"move", "page", "edge", "step", "leap"})
MOST_HITS = 30
"""More than a palette shows: who wants more types one letter more."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that the palette can find."""

    name: str
    kind: str
    """An English message id."""
    go: Callable[[], object]


class CityPalette(Provider):
    """Finds by any part of a name, without case or accents."""

    @property
    def _falotier(self) -> "FalotierApp":
        return cast("FalotierApp", self.app)

    async def discover(self) -> Hits:
        """Before anything is typed: screens and commands."""
        for target in self._commands():
            yield DiscoveryHit(self._shown(target), target.go, target.name)

    async def search(self, query: str) -> Hits:
        """All that matches, names that begin so first."""
        wanted = plain(query).split()
        found = 0
        for target in self._targets():
            name = plain(target.name)
            if not all(word in name for word in wanted):
                continue
            found += 1
            yield Hit(_score(name, wanted), self._shown(target), target.go, clean(target.name))
            if found >= MOST_HITS:
                return
        if not found:
            nothing = self._falotier.words.t("Nothing has this name.")
            yield Hit(0.0, Content(nothing), _nothing, nothing)

    def _targets(self) -> Iterator[Target]:
        yield from self._commands()
        yield from self._looks()
        yield from self._places(self._falotier.session)

    def _shown(self, target: Target) -> Content:
        kind = self._falotier.words.t(target.kind)
        return Content.assemble(clean(target.name), (f"  {kind}", "dim"))

    def _commands(self) -> Iterator[Target]:
        app = self._falotier
        t = app.words.t
        for mode, title in TABS:
            yield Target(t(title), N_("screen"), partial(app.post_message, Go(mode, is_jump=True)))
        for name, action in (
            (N_("Undo the last order"), "undo"),
            (N_("What waits for a second person"), "approvals"),
            (N_("Keys of this screen"), "help"),
            (N_("Choose other colours"), "looks"),
            (N_("Replay the last 48 h, or back to the present"), "replay"),
            (N_("Go to a past time …"), "replay_time"),
            (N_("Save a picture of this screen"), "picture"),
            (N_("Hold what is shown, or go on"), "pause"),
            (N_("Ask for everything again now"), "renew"),
            (N_("Quit"), "quit"),
        ):
            yield Target(t(name), N_("command"), partial(app.run_action, action))
        yield from self._keys()
        if isinstance(frame := app.frame, TableFrame):
            yield Target(t(N_("Save this list as CSV")), N_("command"), frame.action_export)
            yield Target(t(N_("Choose the columns of this list")), N_("command"), frame.action_columns)

    def _keys(self) -> Iterator[Target]:
        """What the keys do on the screen below, with the key beside it."""
        app, told = self._falotier, set()
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            is_ours = type(active.node).__module__.startswith(OURS)
            if not is_ours or not active.enabled or not binding.description or _is_move(binding.action):
                continue
            if binding.description in told or active.node is app:
                continue
            told.add(binding.description)
            name = f"{app.words.t(binding.description)} ({binding.key_display or key_name(key)})"
            yield Target(name, N_("command"), partial(app.run_action, binding.action, active.node))

    def _looks(self) -> Iterator[Target]:
        for name, look in LOOKS.items():
            title = self._falotier.words.t(look.title)
            yield Target(f"{title} ({name})", N_("colours"), partial(self._falotier.choose_look, name))

    def _places(self, session: Session) -> Iterator[Target]:
        city, t = session.city, session.words.t
        for spot in city.hotspots:
            yield self._target(spot.name, N_("hotspot"), "wifi", row=spot.id)
        for access_point in city.access_points:
            yield self._target(access_point, N_("access point"), "wifi", row=access_point)
        points = city.light_points.values()
        for kind, word, names in (
            (N_("gateway"), "gateway", {point.gateway for point in points if point.gateway}),
            (N_("cabinet"), "cabinet", {point.cabinet for point in points}),
            (N_("circuit"), "circuit", {point.circuit for point in points}),
        ):
            for name in sorted(names):
                yield self._target(name, kind, "lighting", search=f"{t(word)}:{name}")
        for kind, names in (
            (N_("sector"), {point.sector for point in points}),
            (N_("street"), {point.street for point in points}),
        ):
            for name in sorted(names):
                words = " ".join(f"{t(kind)}:{word}" for word in name.split())
                yield self._target(name, kind, "lighting", search=words)
        for point in points:
            yield self._target(point.id, N_("lamp"), "lighting", row=point.id)

    def _target(
        self, name: str, kind: str, mode: str, *, search: str | None = None, row: str | None = None
    ) -> Target:
        return Target(
            name, kind, partial(self._falotier.post_message, Go(mode, search=search, row=row, is_jump=True))
        )


class LookPalette(CityPalette):
    """Finds colours only."""

    async def discover(self) -> Hits:
        """All of them: there are few."""
        for target in self._looks():
            yield DiscoveryHit(self._shown(target), target.go, target.name)

    def _targets(self) -> Iterator[Target]:
        return self._looks()


def _score(name: str, wanted: list[str]) -> float:
    """1 for a name that begins as was typed, less the later the words stand and the longer the name is."""
    first = min(name.index(word) for word in wanted) if wanted else 0
    return 1.0 / (1.0 + first + len(name) / 100)


def _is_move(action: str) -> bool:
    """Whether it only moves a cursor: nobody looks for that by name."""
    return action.partition("(")[0] in MOVES


def _nothing() -> None:
    """What choosing "nothing has this name" does."""
