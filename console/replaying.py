"""Going about in the last two days: the keys of every screen, and the calls behind them."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from city.errors import BadInput, FalotierError
from console.going import GoingApp
from console.hostile import clean
from console.i18n import N_
from console.key_names import named
from console.replay import (
    HOUR,
    STEP,
    first_step,
    instant_of,
    is_reachable,
    last_step,
    moment_text,
    stepped,
)
from console.screens.ask import AskReason, Line
from console.widgets.replay_lines import ReplayBar

SETTLE_S = 0.15
"""How long the keys must rest before the head-end is asked: whoever holds one down wants the last step only."""
PLAY_EVERY_S = 1.0
"""Real seconds between two steps while the past runs on by itself."""
LONGEST_TIME = 24
"""Characters of a time that somebody types."""


class Replaying(GoingApp):
    """What an app does with the past; ``session`` holds which instant is on screen."""

    BINDINGS: ClassVar[list[BindingType]] = named(
        "app",
        [
            Binding("R", "replay", N_("replay the last 48 h, and back"), show=False),
            Binding(
                "comma", f"replay_step({-STEP.seconds})", N_("5 minutes earlier"), show=False, key_display=","
            ),
            Binding(
                "full_stop",
                f"replay_step({STEP.seconds})",
                N_("5 minutes later"),
                show=False,
                key_display=".",
            ),
            Binding(
                "less_than_sign",
                f"replay_step({-HOUR.seconds})",
                N_("an hour earlier"),
                show=False,
                key_display="<",
            ),
            Binding(
                "greater_than_sign",
                f"replay_step({HOUR.seconds})",
                N_("an hour later"),
                show=False,
                key_display=">",
            ),
            Binding("P", "replay_play", N_("let the past run, or stop it"), show=False),
            Binding("T", "replay_time", N_("go to a past time"), show=False),
        ],
    )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Steps are dimmed while the present is on screen."""
        if action in {"replay_step", "replay_play"}:
            return True if self.session.replayed_at else None
        return super().check_action(action, parameters)

    # -- keys ----------------------------------------------------------------------------------------------

    def action_replay(self) -> None:
        """Show the city as it was five minutes ago at most, or the present again."""
        now = self.session.now
        if len(self.screen_stack) > 1 or now is None:
            return
        if self.session.replayed_at or self.session.sought:
            self.show_present()
        else:
            self._seek(last_step(now))

    def action_replay_step(self, seconds: int) -> None:
        """Go on from where one is going already."""
        at, now = self.session.sought or self.session.replayed_at, self.session.now
        if at and now and len(self.screen_stack) == 1:
            self.session.is_playing = False
            self._seek(stepped(at, timedelta(seconds=seconds), now))

    def action_replay_play(self) -> None:
        """Step by step, one a second, until the present is reached or the key pressed again."""
        if len(self.screen_stack) > 1 or self.session.replayed_at is None:
            return
        self.session.is_playing = not self.session.is_playing
        if self.session.is_playing:
            self._play()
        self._repaint_lines()

    @work(exclusive=True, group="replay-time")
    async def action_replay_time(self) -> None:
        """Ask for a time, and go there."""
        words, now = self.session.words, self.session.now
        if len(self.screen_stack) > 1 or now is None:
            return
        line = Line(N_("03:12, yesterday 18:00 …"), LONGEST_TIME, is_harmless=True)
        earliest = words.t("As early as {time}.", time=moment_text(first_step(now), words))
        title, yes = words.t("Replay from when?"), words.t("Go there")
        typed = await self.push_screen_wait(AskReason(self.session, title, earliest, yes, line))
        if not typed:
            return
        at = instant_of(typed, now, words)
        if at is None:
            self._tell(words.t("{text}: no time. For instance: 03:12, yesterday 18:00", text=clean(typed)))
        elif not is_reachable(at, now):
            told = words.t("{time}: only the last 48 h can be replayed.", time=moment_text(at, words))
            self._tell(told)
        else:
            self.session.is_playing = False
            self._seek(at)

    @on(ReplayBar.Sought)
    def _clicked(self, event: ReplayBar.Sought) -> None:
        self.session.is_playing = False
        self._seek(event.at)

    async def action_back(self) -> None:
        """Show the present again if it is not on screen, else go up."""
        if self.session.replayed_at or self.session.sought:
            self.show_present()
        else:
            await super().action_back()

    def action_renew(self) -> None:
        """Ask for the past anew that is on screen, else for the present."""
        if at := self.session.replayed_at:
            self._seek(at)
        else:
            super().action_renew()

    # -- the past and the present ----------------------------------------------------------------------------

    @work(exclusive=True, group="replay")
    async def _seek(self, at: datetime) -> None:
        """Ask for an instant, once the keys rest."""
        self.session.sought = at
        self._repaint_lines()
        await asyncio.sleep(SETTLE_S)
        await self._show_past(at)

    @work(exclusive=True, group="replay")
    async def _play(self) -> None:
        session = self.session
        while session.is_playing and session.replayed_at and session.now:
            started_s = time.monotonic()
            if len(self.screen_stack) > 1:
                break  # whoever reads a dialog does not see what passes
            at = stepped(session.replayed_at, STEP, session.now)
            if at <= session.replayed_at or not await self._show_past(at):
                break
            await asyncio.sleep(max(0.0, PLAY_EVERY_S - (time.monotonic() - started_s)))
        session.is_playing = False
        self._repaint_lines()

    async def _show_past(self, at: datetime) -> bool:
        """Ask for an instant and show it; a failure is one line, and what is on screen stays."""
        session, words = self.session, self.session.words
        try:
            view = await session.client.replay(at)
        except BadInput:
            told = words.t("{time}: nothing was recorded then.", time=moment_text(at, words))
        except FalotierError as error:
            told = words.t("The past cannot be read: {why}", why=clean(str(error)))
        else:
            session.sought = None
            if session.replayed_at is None and len(self.screen_stack) > 1:
                return False  # a dialog about the present was opened meanwhile
            session.show_past(view)
            self.repaint_all()
            return True
        session.sought = None
        self._tell(told)
        self._repaint_lines()
        return False

    def show_present(self) -> None:
        """Leave the past."""
        self.workers.cancel_group(self, "replay")
        self.session.sought, self.session.is_playing = None, False
        self.session.show_present()
        self.repaint_all()

    def repaint_all(self) -> None:
        """Everything on screen is of another time."""
        if frame := self.frame:
            frame.take()
            frame.refresh_bindings()

    def _repaint_lines(self) -> None:
        if frame := self.frame:
            frame.refresh_lines()

    def _tell(self, told: str) -> None:
        self.notify(told, severity="warning", markup=False)
