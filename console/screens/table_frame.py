"""A screen with a table: it can be saved as CSV, its columns can be chosen, and what was chosen is kept."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from city.errors import BadInput
from console.hostile import clean
from console.i18n import N_
from console.kept import Choice
from console.saved_files import csv_of, save_sheet, sheet_name
from console.screens.columns import ColumnsDialog
from console.screens.frame import Frame
from console.widgets.columns import Column
from console.widgets.table import Table


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a table has to tell in a file."""

    columns: list[Column[Any]]
    rows: list[Any]
    remark: str = ""
    """What whoever passes it on should know."""


class TableFrame(Frame):
    """A subclass says which of its tables is meant, and arranges its rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "export", N_("save as CSV"), show=False),
        Binding("C", "columns", N_("choose columns"), show=False),
    ]

    @property
    def table(self) -> Table[Any]:
        """The one that the keys are about."""
        return self.query_one(Table)

    def rearrange(self) -> None:
        """Sort the rows of the table again."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Show the tables as they were shown last."""
        for table in self.query(Table):
            if choice := self.session.kept.of(table.id or ""):
                table.take_choice(choice)

    # -- saving --------------------------------------------------------------------------------------------

    async def sheet(self) -> Sheet:
        """All rows that the filter shows, and the columns that are chosen, whether there is room for them or not."""
        table = self.table
        return Sheet([table.columns[key] for key in table.picked], table.rows)

    @work(group="export")
    async def action_export(self) -> None:
        """Save the table in the folder that the console was started in."""
        app, words = self.app, self.words
        name = sheet_name(self.MODE, self.city.now)
        sheet = await self.sheet()
        if not sheet.rows:
            app.notify(words.t("There is no row to save."), severity="warning", markup=False)
            return

        def save() -> Path:
            return save_sheet(Path(), name, csv_of(words, sheet.columns, sheet.rows))

        try:
            path = await asyncio.to_thread(save)
        except BadInput as error:
            app.notify(clean(str(error)), severity="error", markup=False)
            return
        count = words.n("{count} row", "{count} rows", len(sheet.rows))
        app.notify(f"{words.t('Saved: {path}', path=path)} · {count}", markup=False)
        if sheet.remark:
            app.notify(sheet.remark, severity="warning", markup=False)

    # -- choosing ------------------------------------------------------------------------------------------

    def action_columns(self) -> None:
        """Ask which columns to show, in which order, and by which to sort."""
        table = self.table

        def chosen(choice: Choice | None) -> None:
            if choice is not None:
                table.take_choice(choice)

        self.app.push_screen(ColumnsDialog(self.words, table), chosen)

    @on(Table.Resized)
    def _resized(self) -> None:
        self.show_way()

    @on(Table.Sorted)
    def _sorted(self) -> None:
        self.rearrange()
        table, kept = self.table, self.session.kept
        name = table.id or ""
        if table.choice != (kept.of(name) or table.first_choice):
            kept.keep(name, table.choice)
            self._write_kept()

    @work(group="kept")
    async def _write_kept(self) -> None:
        await asyncio.to_thread(self.session.kept.write)
