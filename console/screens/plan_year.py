"""The year of a draft beside that of the plan in force, calendar by calendar, before anything is applied."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from city.calendar_views import CalendarYear
from city.errors import BadInput, FalotierError
from city.plan_drafts import DraftYearRequest
from console.i18n import N_
from console.session import Session
from console.widgets.rows import Rows
from console.widgets.year_comparison import Both, YearComparison, YearsList


class PlanYear(ModalScreen[None]):
    """The calendars with their kWh; below them the one with the cursor in full. Escape stops what is being computed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f3", "close", N_("close"))]

    def __init__(self, session: Session, text: str, calendars: Sequence[str], first: str | None) -> None:
        super().__init__()
        self._session, self._text = session, text
        self._drafted = tuple(calendars)
        self._first = first

    def compose(self) -> ComposeResult:
        """The list, and the comparison of one of them."""
        words = self._session.words
        with Vertical(classes="dialog", id="plan-year") as dialog:
            dialog.border_title = words.t("The year ahead: in force, draft, difference")
            yield YearsList(words)
            yield YearComparison(words)

    def on_mount(self) -> None:
        """Compute one calendar after the other, the one that was asked about first."""
        self.query_one(YearsList).focus()
        self._compute()

    @work(exclusive=True, group="years")
    async def _compute(self) -> None:
        client, rows = self._session.client, self.query_one(YearsList)
        try:
            in_force = [each.name for each in await client.calendars()]
            names = list(dict.fromkeys((*self._drafted, *in_force)))
            names.sort(key=lambda name: name != self._first)
            rows.begin(names)
            for name in names:
                before = await self._one(name) if name in in_force else None
                after = await self._drafted_year(name) if name in self._drafted else None
                rows.show(Both(name, before, after))
                self._show_pointed()
            self._say("")
        except FalotierError as error:
            self._say(str(error))

    async def _one(self, name: str) -> CalendarYear | None:
        try:
            return await self._session.client.calendar_year(name)
        except BadInput:
            return None  # another plan has come into force this moment

    async def _drafted_year(self, name: str) -> CalendarYear:
        return await self._session.client.year_of_draft(DraftYearRequest(text=self._text, calendar=name))

    def _say(self, why: str) -> None:
        if self.is_attached:
            rows = self.query_one(YearsList)
            rows.trouble, rows.is_done = why, True
            rows.repaint()

    @on(Rows.Chosen)
    def _show_pointed(self) -> None:
        if self.is_attached:
            self.query_one(YearComparison).show_both(self.query_one(YearsList).pointed)

    def action_close(self) -> None:
        """Back to the draft; whatever is still being computed is not waited for."""
        self.dismiss(None)
