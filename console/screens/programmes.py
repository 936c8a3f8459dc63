"""Programmes: which calendars there are, what each asks for tonight and in a year, and who holds it."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from city.calendar_views import CalendarView
from console.city_now import Changes
from console.i18n import N_
from console.pace import Pace
from console.screens.deploy import outcome
from console.screens.plan_editor import PlanEditor
from console.screens.table_frame import Sheet, TableFrame
from console.session import Session
from console.widgets.calendar_year import YearPanel
from console.widgets.deployment_panel import DeploymentPanel
from console.widgets.exceptions_panel import ExceptionsPanel
from console.widgets.programme_panels import CalendarList, NightPanel, calendar_columns
from console.widgets.rows import Rows
from console.widgets.table import Table

VIEWS: dict[str, type[Widget]] = {
    "night": NightPanel,
    "year": YearPanel,
    "exceptions": ExceptionsPanel,
    "deployment": DeploymentPanel,
}
FOLLOW_EVERY_S = 1.0
"""How often it is asked how far the plan has come, until every controller that can holds it."""


class ProgrammesScreen(TableFrame):
    """The calendars; beside them the chosen one's night, year or exceptions, or how far the plan has come."""

    MODE = "programmes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "edit", N_("edit the plan")),
        Binding("y", "view('year')", N_("year")),
        Binding("x", "view('exceptions')", N_("exceptions")),
        Binding("d", "view('deployment')", N_("deployment")),
        Binding("n", "view('night')", N_("tonight")),
        Binding("v", "next_view", N_("next view"), show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pace = Pace()
        self._view = "night"

    def renew(self) -> None:
        """Do not wait for the next minute."""
        self._pace = Pace()
        super().renew()

    def body(self) -> Iterator[Widget]:
        """The list, and one of the views beside it."""
        with Horizontal():
            yield CalendarList(self.session)
            yield NightPanel(self.session)
            yield YearPanel(self.session)
            yield ExceptionsPanel(self.session)
            yield DeploymentPanel(self.session)

    def on_mount(self) -> None:
        """Name the list; follow a plan that is on its way."""
        self.set_interval(FOLLOW_EVERY_S, self._follow)
        self.entitle(self.words.t("Calendars"))
        self._list.focus()
        self._show_view()

    def show(self, changes: Changes | None) -> None:
        """Move the cursor of the present; ask again now and then."""
        if self.city.up and self._pace.due(self.city.now):
            self.query_one(NightPanel).repaint()
            self._fetch()
        elif changes is None:
            self.query_one(NightPanel).repaint()

    def another_time(self) -> None:
        """The calendars of another night; a year ahead and how far the plan had come are not recorded."""
        for group in ("programmes", "year", "deployment"):
            self.workers.cancel_group(self, group)
        self._pace = Pace()
        self._list.calendars = ()
        self._list.repaint()
        self.query_one(NightPanel).show_calendar(None)
        if self.session.replayed_at and self._view != "night":
            self.action_view("night")

    def action_view(self, view: str) -> None:
        """Show tonight, the year, the exceptions or the deployment."""
        self._view = view
        self._show_view()
        self._show_pointed()

    def action_next_view(self) -> None:
        """Go round the four."""
        names = list(VIEWS) if self.session.replayed_at is None else ["night"]
        self.action_view(names[(names.index(self._view) + 1) % len(names)])

    def _show_view(self) -> None:
        for name, panel in VIEWS.items():
            self.query_one(panel).display = name == self._view
        if self._view == "deployment":
            self.query_one(Table).focus()
        else:
            self._list.focus()
        self.refresh_keys()

    @property
    def main(self) -> Widget:
        """The calendars."""
        return self._list

    @property
    def _list(self) -> CalendarList:
        return self.query_one(CalendarList)

    @work(exclusive=True, group="programmes")
    async def _fetch(self) -> None:
        calendars = await self.attempt(self.session.client.calendars())
        if calendars is not None:
            self._list.calendars = calendars
            self._list.repaint()
            self._show_pointed()

    @on(Rows.Chosen)
    def _show_pointed(self) -> None:
        calendar = self._list.pointed
        self.query_one(NightPanel).show_calendar(calendar)
        if self._view == "year" and calendar is not None:
            self._fetch_year(calendar.name, calendar.title)
        elif self._view == "exceptions" and calendar is not None:
            self._fetch_exceptions(calendar)
        elif self._view == "deployment":
            self._fetch_deployment()

    @work(exclusive=True, group="year")
    async def _fetch_year(self, name: str, title: str) -> None:
        panel = self.query_one(YearPanel)
        if panel.title != title:
            panel.show_year(title, None)
        year = await self.attempt(self.session.client.calendar_year(name))
        if year is not None:
            panel.show_year(title, year)

    @work(exclusive=True, group="exceptions")
    async def _fetch_exceptions(self, calendar: CalendarView) -> None:
        panel = self.query_one(ExceptionsPanel)
        if panel.shown != calendar.name:
            panel.show_calendar(calendar, None)
        year = await self.attempt(self.session.client.calendar_year(calendar.name))
        if year is not None:
            panel.show_calendar(calendar, year)

    @work(exclusive=True, group="deployment")
    async def _fetch_deployment(self) -> None:
        view = await self.attempt(self.session.client.deployment())
        waiting = await self.attempt(self.session.client.approvals()) if view else None
        if view is not None:
            plans = [each for each in waiting or () if each.kind == "programme" and each.state == "waiting"]
            self.query_one(DeploymentPanel).show_view(view, plans)

    def _follow(self) -> None:
        """Ask again while the plan is on its way and somebody looks at it."""
        panel = self.query_one(DeploymentPanel)
        if self.is_current and self._view == "deployment" and panel.is_under_way and self.city.up:
            self._fetch_deployment()

    # -- another plan --------------------------------------------------------------------------------------

    @work(exclusive=True, group="edit")
    async def action_edit(self) -> None:
        """Write another plan, beginning with the one in force or with a draft that was kept."""
        if self.session.replayed_at and (why := self.session.barred):
            self.notify(self.words.t(why), severity="warning", markup=False)
            return
        given = await self.attempt(self.session.client.plan_text())
        if given is None:
            return
        answer = await self.app.push_screen_wait(PlanEditor(self.session, given))
        if answer is not None and self.is_attached:
            self.notify(outcome(answer, self.session), markup=False)
            self._fetch()
            self.action_view("deployment")

    def rearrange(self) -> None:
        """The controllers, by the column that somebody chose."""
        self.query_one(DeploymentPanel).sort_rows()

    async def sheet(self) -> Sheet:
        """The controllers that do not hold the plan where those are shown, else the calendars."""
        if self._view == "deployment":
            return await super().sheet()
        return Sheet(calendar_columns(), list(self._list.calendars))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Columns can be chosen where there are some."""
        if action == "view" and parameters != ("night",) and self.session.replayed_at:
            return None
        if action == "columns" and self._view != "deployment":
            return None
        return super().check_action(action, parameters)
