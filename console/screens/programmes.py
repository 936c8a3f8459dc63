"""Programmes: what will run tonight, and which controllers hold it. Read-only."""

from collections.abc import Iterator

from textual import on, work
from textual.containers import Horizontal
from textual.widget import Widget

from console.city_now import Changes
from console.pace import Pace
from console.screens.frame import Frame
from console.session import Session
from console.widgets.programme_panels import ProgrammeList, ProgrammePanel
from console.widgets.rows import Rows


class ProgrammesScreen(Frame):
    """The programmes, and tonight's switch points of the chosen one."""

    MODE = "programmes"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pace = Pace()

    def body(self) -> Iterator[Widget]:
        """The list, and the chosen one beside it."""
        with Horizontal():
            yield ProgrammeList(self.session)
            yield ProgrammePanel(self.session)

    def on_mount(self) -> None:
        """Name the list."""
        self.query_one(ProgrammeList).border_title = self.words.t("Programmes")
        self.query_one(ProgrammeList).focus()

    def show(self, changes: Changes | None) -> None:
        """Move the cursor of the present; ask again now and then."""
        if self.city.up and self._pace.due(self.city.now):
            self.query_one(ProgrammePanel).repaint()
            self._fetch()
        elif changes is None:
            self.query_one(ProgrammePanel).repaint()

    @work(exclusive=True, group="programmes")
    async def _fetch(self) -> None:
        programmes = await self.attempt(self.session.client.programmes())
        if programmes is not None:
            self.query_one(ProgrammeList).programmes = programmes
            self.query_one(ProgrammeList).repaint()
            self._show_pointed()

    @on(Rows.Chosen)
    def _show_pointed(self) -> None:
        panel = self.query_one(ProgrammePanel)
        panel.show_programme(self.query_one(ProgrammeList).pointed)
