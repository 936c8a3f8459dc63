"""The console: six screens over one live view of the city."""

import asyncio
import gc
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.dom import DOMNode
from textual.filter import LineFilter
from textual.screen import Screen
from textual.timer import Timer

from city.errors import FalotierError
from console.acts import act
from console.arming import Arming
from console.city_now import Changes, Topic
from console.client import ApiClient
from console.command_line import CommandLine
from console.drafts import Drafts
from console.going import GoingApp
from console.hostile import clean
from console.i18n import N_, Code, Words
from console.kept import Kept
from console.key_names import checked, named, named_keys
from console.palette import CityPalette, LookPalette
from console.picture import hand_over, pictures
from console.plain_signs import PlainSigns
from console.preferences import Preferences, keep_theme
from console.replaying import Replaying
from console.screens.approvals import ApprovalsDialog
from console.screens.city import CityScreen
from console.screens.frame import Frame
from console.screens.help import HelpDialog
from console.screens.incidents import IncidentsScreen
from console.screens.journal import JournalScreen
from console.screens.lighting import LightingScreen
from console.screens.list_frame import ListFrame
from console.screens.plan_editor import PlanEditor
from console.screens.programmes import ProgrammesScreen
from console.screens.undo import undo_last
from console.screens.welcome import WelcomeDialog
from console.screens.wifi import WifiScreen
from console.session import Session
from console.theme import LOOK_OF_THEME, LOOKS
from console.widgets.frame_lines import Header, Keys
from console.widgets.rows import Rows
from console.widgets.table import Table

PAINT_EVERY_S = 0.25
"""Pushes are gathered for so long before they are painted: at most four paintings a second."""
CALM_EVERY_S = 1.0
"""While only the figures of the city move, they are painted once a second."""

SCREENS: tuple[type[Frame], ...] = (
    CityScreen,
    LightingScreen,
    ProgrammesScreen,
    IncidentsScreen,
    WifiScreen,
    JournalScreen,
)

SWITCH_S = 0.015
"""Textual holds painting back for 50 ms when screens change, which is most of what one waits for then."""

PROBLEM_S = 20
"""How long it is told what of the preferences cannot be followed."""

COUNTS_CLIENTS = frozenset({CityScreen.MODE, WifiScreen.MODE})
"""Screens with true counts of clients: their pictures are not to be published (docs/wifi-privacy.md)."""


class FalotierApp(Replaying):
    """Runs until its user leaves; the head-end may come and go meanwhile."""

    CSS_PATH = "falotier.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {CityPalette}
    BINDINGS: ClassVar[list[BindingType]] = named(
        "app",
        [
            *GoingApp.GOING,
            Binding("A", "arm", N_("arm, or read-only again"), show=False),
            Binding("u", "undo", N_("undo the last order"), show=False),
            Binding("w", "approvals", N_("what waits for a second person"), show=False),
            Binding("t", "looks", N_("colours"), show=False),
            Binding("question_mark", "help", N_("help"), key_display="?"),
            Binding("q,ctrl+q", "quit", N_("quit"), show=False),
            Binding("colon", "command_line", N_("command line"), show=False, key_display=":"),
            Binding("ctrl+p", "command_palette", N_("palette"), show=False),
        ],
    )

    def __init__(
        self,
        client: ApiClient,
        language: Code = "fr",
        preferences: Preferences | None = None,
        kept: Kept | None = None,
    ) -> None:
        super().__init__()
        self.preferences = preferences or Preferences()
        self.words = Words(language)
        kept = kept or Kept()
        arming = Arming(self.preferences.armed_min, on_change=self._arming_changed)
        self.session = Session(client, self.words, kept=kept, drafts=Drafts(kept.folder), arming=arming)
        self._arming_clock: Timer | None = None
        self._pending: Changes | None = None
        self._is_calm = False
        """Whether nothing but figures is pending."""
        self._plain_signs = PlainSigns()
        self.animation_level = "none"
        self.title = "Falotier"
        for look in LOOKS.values():
            self.register_theme(look.theme)
        self.theme = LOOKS[self.preferences.theme].theme.name
        for screen in SCREENS:
            self.add_mode(screen.MODE, partial(screen, self.session))

    def on_mount(self) -> None:
        """Show the city, and start to listen."""
        if self.is_web:
            self.session.drafts = Drafts()  # the disk is the server's, and other visitors' too
        self.switch_mode(CityScreen.MODE)
        self._listen()
        keys, problems = checked(self.preferences.keys, named_keys(HOLD_KEYS))
        self.set_keymap(keys)
        for problem in (*self.preferences.problems, *problems):
            told = clean(self.words.t(problem.text, **problem.fields))
            self.notify(told, severity="warning", timeout=PROBLEM_S, markup=False)
        if self.preferences.greets:
            self.set_timer(PAINT_EVERY_S, self._greet)

    def _greet(self) -> None:
        """Over the first picture of the city: what is under a dialog before it is painted stays blank."""
        frame = self.frame
        heard = self.session.city.link is not None and self._pending is None
        if frame and heard and len(self.screen_stack) == 1 and any(keys.size for keys in frame.query(Keys)):
            frame.call_after_refresh(self._welcome)
        else:
            self.set_timer(PAINT_EVERY_S, self._greet)

    def _welcome(self) -> None:
        self.push_screen(WelcomeDialog(self.session), lambda _: self.preferences.remember_greeting())

    def delay_update(self, delay: float = SWITCH_S) -> None:
        """Hold painting back while another screen comes up, but only for as long as one of ours needs for that."""
        super().delay_update(delay)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The colours of the look that is chosen, before all else that Textual may filter."""
        look = LOOK_OF_THEME.get(self.theme)
        signs = [self._plain_signs] if self.preferences.symbols == "ascii" else []
        return [*(look.filters if look else ()), *signs, *super().get_line_filters()]

    @work(exclusive=True, group="live")
    async def _listen(self) -> None:
        """Follow the head-end for ever."""
        async for item in self.session.client.live():
            city = self.session.city
            known, whole = city.summary is not None, bool(city.light_points)
            self._paint_soon(self.session.heard(item))
            if not known and city.summary:
                self._paint_pending()  # the first figures are what somebody waits for
            if not whole and city.light_points:
                # A whole city is here to stay: looking through it for garbage would hold up a key for 0.2 s.
                gc.collect()
                gc.freeze()

    def _paint_soon(self, changes: Changes) -> None:
        """Gather what has changed; where only figures move, nobody reads them more often than once a second."""
        is_calm = changes.topics <= {Topic.SUMMARY}
        if self._pending is None or (self._is_calm and not is_calm):
            self.set_timer(CALM_EVERY_S if is_calm else PAINT_EVERY_S, self._paint_pending)
            self._is_calm = is_calm
        if self._pending is None:
            self._pending = changes
        else:
            self._pending.add(changes)

    def _listen_again(self) -> None:
        self._listen()

    def _paint_pending(self) -> None:
        changes, self._pending = self._pending, None
        if changes is not None:
            self._paint(changes)

    # -- commands ------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show the keys of this screen."""
        if len(self.screen_stack) == 1:
            self.push_screen(HelpDialog(self.session, dict(self.screen.active_bindings)))

    def action_approvals(self) -> None:
        """Show what waits for a second person; that is of the present, and something would be done about it."""
        if self.session.replayed_at and (why := self.session.barred):
            self.notify(self.words.t(why), severity="warning", markup=False)
        elif len(self.screen_stack) == 1:
            self.push_screen(ApprovalsDialog(self.session))

    def action_arm(self) -> None:
        """Let acts be done from here for some minutes, or no more."""
        arming, words = self.session.arming, self.words
        if why := self.session.barred:
            self.notify(words.t(why), severity="warning", markup=False)
        elif arming.armed:
            arming.disarm()
            self.notify(words.t("Read-only."), timeout=3, markup=False)
        else:
            arming.arm()
            self.notify(
                words.t("Armed: for {minutes} min after the last act.", minutes=arming.minutes), markup=False
            )

    def _arming_changed(self) -> None:
        """The header tells it; it counts down only while there is something to count."""
        if self._arming_clock is None and self.session.arming.armed:
            self._arming_clock = self.set_interval(1.0, self._count_down)
        elif self._arming_clock and not self.session.arming.armed:
            self._arming_clock.stop()
            self._arming_clock = None
        if self.frame:
            self.frame.refresh_lines()

    def _count_down(self) -> None:
        if self.session.arming.look():
            self.notify(self.words.t("Read-only again: no act for a while."), markup=False)
        elif self.frame:
            for header in self.frame.query(Header):  # none any more while the console is left
                header.repaint()

    @act
    @work(exclusive=True, group="undo")
    async def action_undo(self) -> None:
        """Take the last order back."""
        await undo_last(self, self.session)

    async def action_picture(self) -> None:
        """Save a picture of the screen in the folder that the console was started in."""
        try:
            if self.is_web:
                # The folder is the server's, not the visitor's.
                hand_over(self, f"falotier-{self.current_mode}.svg")
            else:
                await self._save_pictures()
            if self.current_mode in COUNTS_CLIENTS:
                told = self.words.t("It shows small counts of clients too. To publish: falotier report wifi")
                self.notify(told, severity="warning", markup=False)
        except FalotierError as error:
            self.notify(str(error), severity="error", markup=False)

    async def _save_pictures(self) -> None:
        paths = await pictures(self, Path(), f"falotier-{self.current_mode}")
        self.notify(self.words.t("Saved: {path}", path=", ".join(map(str, paths))), markup=False)
        if len(paths) == 1:
            self.notify(self.words.t("No PNG beside it: rsvg-convert is not installed."), markup=False)

    def action_command_palette(self) -> None:
        """Open the palette, in the reader's language."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(
                CommandPalette(placeholder=self.words.t("Lamp, street, cabinet, screen, command …"))
            )

    def action_command_line(self) -> None:
        """Let a screen and what is to be seen there be typed."""
        if len(self.screen_stack) == 1:
            self.push_screen(CommandLine(self.words, self.session.city))

    def action_looks(self) -> None:
        """Let other colours be chosen."""
        if len(self.screen_stack) == 1:
            self.push_screen(CommandPalette([LookPalette], placeholder=self.words.t("Colours …")))

    @work(exclusive=True, group="look")
    async def choose_look(self, name: str) -> None:
        """Show other colours, and keep the choice."""
        self.theme = LOOKS[name].theme.name
        if self.preferences.file:
            try:
                await asyncio.to_thread(keep_theme, self.preferences.file, name)
            except FalotierError as error:
                told = self.words.t("This choice could not be kept: {why}", why=clean(str(error)))
                self.notify(told, severity="warning", markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """None of Textual's own: the palette has the console's."""
        del screen
        return ()


HOLD_KEYS: tuple[type[DOMNode], ...] = (
    FalotierApp,
    Replaying,
    Frame,
    ListFrame,
    *SCREENS,
    PlanEditor,
    Table,
    Rows,
)
"""What has keys that people may move, in the order in which they are listed."""
