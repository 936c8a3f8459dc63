"""Going about: from screen to screen, up and back, from panel to panel, and standing still."""

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.widget import Widget

from console.city_now import Changes
from console.i18n import N_
from console.screens.frame import Frame, Go
from console.screens.jump import JumpDialog
from console.session import Session
from console.way import Place
from console.widgets.frame_lines import TABS, Keys

HOME = TABS[0][0]
TOLD_S = 3
"""How long a word about what a key has done stands."""


class GoingApp(App[None]):
    """What the keys do that lead from place to place; a subclass has the screens as modes."""

    GOING: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"go('{mode}')", title, show=False)
            for number, (mode, title) in enumerate(TABS, start=1)
        ),
        Binding("escape", "back", N_("back"), show=False),
        Binding("minus", "last", N_("to the last view and back"), show=False, key_display="-"),
        Binding("semicolon", "jump", N_("to a panel by its letter"), show=False, key_display=";"),
        Binding("p", "pause", N_("hold what is shown, or go on"), show=False),
        Binding("ctrl+r", "renew", N_("ask for everything again now"), show=False),
    ]
    session: Session

    @property
    def frame(self) -> Frame | None:
        """The one of the six screens that is shown, perhaps under a dialog; None while it comes up."""
        return next((screen for screen in self.screen_stack[:1] if isinstance(screen, Frame)), None)

    async def action_go(self, mode: str) -> None:
        """Show one of the six screens."""
        frame = self.frame
        if frame and self._may_leave(mode):
            self.session.way.jump(frame.place(), mode)
            await self._show(mode)

    async def action_back(self) -> None:
        """Go up to where one came from, or to the city."""
        frame = self.frame
        if frame and len(self.screen_stack) == 1:
            up = self.session.way.go_up(frame.place())
            await self._return_to(up or Place(HOME))

    async def action_last(self) -> None:
        """Go back to the last view, its search and its row; again, and one is here again."""
        frame = self.frame
        if frame and len(self.screen_stack) == 1:
            back = self.session.way.go_back(frame.place())
            if back is None:
                self.notify(self.session.words.t("This is the first view."), timeout=TOLD_S, markup=False)
            else:
                await self._return_to(back)

    @on(Go)
    async def _asked_to_go(self, event: Go) -> None:
        if frame := self.frame:
            here, way = frame.place(), self.session.way
            if not self._may_leave(event.mode):
                way.remember(here)
            elif event.is_jump:
                way.jump(here, event.mode)
            else:
                way.go_down(replace(here, name=frame.pointed_name))
            if self._may_leave(event.mode):
                await self._show(event.mode)
        if frame := self.frame:
            if event.search is not None or event.row is not None:
                frame.call_after_refresh(frame.seek, event.search, event.row)
            if event.marks:
                frame.call_after_refresh(frame.mark, event.marks)

    @on(Keys.Picked)
    async def _picked(self, event: Keys.Picked) -> None:
        await self.action_go(event.mode)

    def action_jump(self) -> None:
        """Put a letter on every panel that takes keys, and go where one is typed."""
        frame = self.frame
        if frame is None or len(self.screen_stack) > 1:
            return

        def chosen(panel: Widget | None) -> None:
            if panel is not None and panel.is_attached:
                frame.set_focus(panel)

        self.push_screen(JumpDialog([panel for panel in frame.focus_chain if panel.region.area]), chosen)

    def _may_leave(self, mode: str) -> bool:
        return len(self.screen_stack) == 1 and mode != self.current_mode

    async def _return_to(self, place: Place) -> None:
        """Show a place as it was left."""
        await self._show(place.mode)
        frame = self.frame
        if frame is None:
            return
        now = frame.place()
        if (now.search, now.row) != (place.search, place.row):
            frame.call_after_refresh(frame.seek, place.search, place.row)

    async def _show(self, mode: str) -> None:
        if mode != self.current_mode:
            await self.switch_mode(mode)
        if self.frame:
            self.frame.show_way()

    # -- standing still ------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Let the city stand still, to be read in peace, or catch up with it."""
        city = self.session.city
        if city.summary is None or self.session.replayed_at:
            return
        if city.frozen:
            self._paint(city.thaw())
        else:
            city.freeze()
            self._paint(Changes())

    def action_renew(self) -> None:
        """Connect again and have everything told anew: what is shown is then the present."""
        city, frame = self.session.city, self.frame
        self._paint(city.thaw())
        self._listen_again()
        if frame:
            frame.renew()
            self.notify(self.session.words.t("Asking for everything again …"), timeout=TOLD_S, markup=False)

    def _listen_again(self) -> None:
        """Follow the head-end from anew."""
        raise NotImplementedError

    def _paint(self, changes: Changes) -> None:
        if self.frame:
            self.frame.take(changes)
