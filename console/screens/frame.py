"""What all six screens share: the lines round them, when they paint, and how they fail."""

from collections.abc import Awaitable, Collection, Iterator
from typing import Any, ClassVar, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from city.errors import FalotierError
from console.city_now import Changes, Topic
from console.hostile import clean
from console.i18n import N_
from console.key_names import named
from console.session import Session
from console.vocabulary import GREY
from console.way import Place, crumbs
from console.widgets.frame_lines import SLIM_COLUMNS, SMALLEST, TITLES, Banner, Header, Keys, TooSmall
from console.widgets.painted import Painted
from console.widgets.replay_lines import ROWS_FOR_BAR, ReplayBar

A = TypeVar("A")

ROOMY_COLUMNS = 150
"""From this width on the panel beside a list is wide."""
FRAME_CELLS = 6
"""Corners and blanks beside a title in a panel's frame."""


class Go(Message):
    """Somebody wants another screen, perhaps with a search or a row in it, or rows to mark."""

    def __init__(
        self,
        mode: str,
        *,
        search: str | None = None,
        row: str | None = None,
        marks: Collection[str] = (),
        is_jump: bool = False,
    ) -> None:
        super().__init__()
        self.is_jump = is_jump
        """Whether it is wanted for its own sake, and not for what is behind something here."""
        self.mode = mode
        self.search = search
        self.row = row
        self.marks = marks


class Frame(Screen[None], inherit_bindings=False):
    """One of the six screens. A subclass gives its ``body`` and paints in ``show``."""

    MODE: ClassVar[str]
    BINDINGS: ClassVar[list[BindingType]] = named(
        "screen",
        [
            Binding("tab", "app.focus_next", N_("next panel"), show=False),
            Binding("shift+tab", "app.focus_previous", N_("panel before"), show=False),
            Binding("ctrl+c", "screen.copy_text", N_("copy the selected text"), show=False),
        ],
    )

    def __init_subclass__(cls, **options: Any) -> None:
        """Name the keys of each screen, so that people may move them."""
        cls.BINDINGS = named(cls.__dict__.get("MODE", "screen"), cls.__dict__.get("BINDINGS", []))
        super().__init_subclass__(**options)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.city = session.city
        self.words = session.words
        self._title = ""
        self._shown_at = session.replayed_at

    def compose(self) -> ComposeResult:
        """Header, banner, body, keys; and what replaces them when there is no room."""
        yield TooSmall(self.session)
        yield Header(self.session)
        yield Banner(self.session)
        yield ReplayBar(self.session)
        with Container(id="body"):
            yield from self.body()
        yield Keys(self.session, self.MODE)

    def body(self) -> Iterator[Widget]:
        """The widgets between banner and keys."""
        raise NotImplementedError

    def show(self, changes: Changes | None) -> None:
        """Paint what changed; everything when it is not known what did."""
        raise NotImplementedError

    def another_time(self) -> None:
        """Forget what was asked for of another instant; a screen that asks for nothing has nothing to do."""

    def seek(self, search: str | None, row: str | None) -> None:
        """Show what another screen or the palette asks for; a screen without a list has nothing to do."""

    @property
    def main(self) -> Widget | None:
        """The panel whose frame says how one came here; None where no way leads down to."""
        return None

    @property
    def pointed_name(self) -> str:
        """What people call what is under the cursor."""
        return ""

    def place(self) -> Place:
        """Where one is, to come back to."""
        return Place(self.MODE)

    def entitle(self, title: str) -> None:
        """Name the main panel."""
        self._title = title
        self.show_way()

    def show_way(self) -> None:
        """The way here, in the frame of the main panel before its name: it costs no line."""
        if self.main is None or not self.is_mounted:
            return
        steps = [
            step
            for place in self.session.way.above
            for step in (self.words.t(TITLES[place.mode]), clean(place.name))
            if step
        ]
        room = self.main.outer_size.width - FRAME_CELLS - len(self._title)
        self.main.border_title = Text.assemble((crumbs(steps, room), GREY), self._title)

    def mark(self, rows: Collection[str]) -> None:
        """Mark rows that another screen chose; a screen without marks has nothing to do."""

    def take(self, changes: Changes | None = None) -> None:
        """Paint the lines round the screen, then the screen itself."""
        if not self.is_mounted:
            return
        self.set_class(not self.city.up, "stale")
        self.set_class(self.session.replayed_at is not None, "replay")
        self.refresh_lines()
        if self._shown_at != self.session.replayed_at:
            self._shown_at, changes = self.session.replayed_at, None
            self.another_time()
        if changes is None:
            self.show_way()
        self.show(changes)

    def refresh_lines(self) -> None:
        """Paint the lines round the screen."""
        self._show_banner(self.size.height)
        for line in self.query("Header, Banner, ReplayBar, Keys, TooSmall").results(Painted):
            line.repaint()

    def _show_banner(self, height: int) -> None:
        session, is_tiny = self.session, self.has_class("tiny")
        is_past = session.replayed_at is not None
        self.query_one(Banner).display = not is_tiny and bool(is_past or session.sought or not self.city.up)
        self.query_one(ReplayBar).display = not is_tiny and is_past and height >= ROWS_FOR_BAR

    def on_mount(self) -> None:
        """Paint as soon as there is something to paint on; keep the age of a lost connection true."""
        self.call_after_refresh(self.take)
        self.set_interval(1.0, self._age)

    def renew(self) -> None:
        """Ask again for what this screen was told on asking; a subclass knows what that is."""
        self.take()

    def _age(self) -> None:
        if not self.city.up and self.is_current:
            self.query_one(Banner).repaint()

    def on_screen_resume(self) -> None:
        """What happened while another screen was shown."""
        self.call_after_refresh(self.take)

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the size."""
        width, height = event.size
        tiny = width < SMALLEST[0] or height < SMALLEST[1]
        self.set_class(tiny, "tiny")
        self.set_class(not tiny and (width < 100 or height < 30), "narrow")
        self.set_class(not tiny and width >= 100 and height >= 30, "wide")
        self.set_class(not tiny and width < SLIM_COLUMNS, "slim")
        self.set_class(width >= ROOMY_COLUMNS, "roomy")
        self._show_banner(height)
        self.call_after_refresh(self.show_way)

    def refresh_keys(self) -> None:
        """What can be done has changed with the cursor or the focus."""
        self.refresh_bindings()
        self.query_one(Keys).repaint()

    async def attempt(self, call: Awaitable[A]) -> A | None:
        """Await a call to the head-end; a failure becomes one line on screen and None.

        None too when the screen has been left for good meanwhile: nothing is there to show an answer on.
        """
        try:
            answer = await call
        except FalotierError as error:
            self.notify(clean(str(error)), severity="error", markup=False)
            return None
        return answer if self.is_attached else None


def touches(changes: Changes | None, *topics: Topic) -> bool:
    """Whether a painting is due for one of these topics."""
    return changes is None or not changes.topics.isdisjoint(topics)
