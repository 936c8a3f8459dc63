"""Journal: who did what, newest first."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.containers import Vertical
from textual.widget import Widget

from city.errors import FalotierError
from city.messages import JournalEntry
from console.city_now import Changes
from console.hostile import clean
from console.i18n import N_, Words
from console.screens.list_frame import ListFrame, searchable
from console.session import Session
from console.vocabulary import ACTS, AMBER, BRIGHT, GREY, spoken
from console.widgets.columns import Column
from console.widgets.lacking import unread
from console.widgets.painted import Painted
from console.widgets.table import Table

ROOMY = 100
"""Columns from which dates and acts are written in full."""
READ_AGAIN_S = 5.0
"""How often the journal is asked for while it is on screen."""


def act_of(words: Words, entry: JournalEntry) -> str:
    """An act in the reader's words; one that is not known is shown as it is."""
    return words.t(ACTS[entry.act]) if entry.act in ACTS else spoken(clean(entry.act))


class EntryPanel(Painted):
    """The entry under the cursor, whole."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="entry", classes="panel")
        self._words = words
        self._entry: JournalEntry | None = None

    def show_entry(self, entry: JournalEntry | None) -> None:
        """Another entry."""
        self._entry = entry
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Who, what and about what on one line, then all that was said."""
        del height
        entry = self._entry
        if entry is None:
            return []
        head = Text.assemble((clean(entry.by), BRIGHT), "  ", (act_of(self._words, entry), AMBER))
        head.append(f"  {clean(entry.subject)}")
        head.truncate(width, overflow="ellipsis")
        return [head, *(Text(line, GREY) for line in wrap(clean(entry.text), width))]


class JournalScreen(ListFrame[JournalEntry]):
    """Every order and every change."""

    MODE = "journal"
    FIELDS: ClassVar[Mapping[str, str]] = {N_("who"): "by", N_("what"): "act", N_("about"): "subject"}

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._entries: dict[str, JournalEntry] = {}
        self._why = ""

    def body(self) -> Iterator[Widget]:
        """One list."""
        words = self.words

        def when(entry: JournalEntry) -> Text:
            day = words.date(entry.at, short=True)
            return Text(f"{day} {words.clock(entry.at, seconds=True)}", GREY)

        def when_short(entry: JournalEntry) -> Text:
            return Text(words.moment(entry.at, self.city.now or entry.at), GREY)

        def act(entry: JournalEntry) -> Text:
            return Text(act_of(words, entry), AMBER)

        def subject(entry: JournalEntry) -> Text:
            return Text(clean(entry.subject))

        def newest(entry: JournalEntry) -> float:
            return -entry.at.timestamp()

        def text(entry: JournalEntry) -> str:
            return entry.text

        columns = [
            Column("at", N_("when"), 22, when, newest, needs=ROOMY, raw=lambda e: e.at),
            Column("at", N_("when"), 13, when_short, newest, below=ROOMY),
            Column("by", N_("who"), 10, lambda e: Text(clean(e.by), BRIGHT), lambda e: e.by),
            Column("act", N_("what"), 23, act, lambda e: e.act, needs=ROOMY),
            Column("act", N_("what"), 14, act, lambda e: e.act, below=ROOMY),
            Column("subject", N_("about"), 22, subject, lambda e: e.subject, needs=ROOMY),
            Column("subject", N_("about"), 14, subject, lambda e: e.subject, below=ROOMY),
            Column("text", N_("in words"), 12, lambda e: Text(clean(e.text), GREY), text, grows=True),
        ]
        with Vertical(id="list"):
            yield self.search_bar()
            yield Table(words, columns, sort="at", id="entries")
            yield EntryPanel(words)

    def on_mount(self) -> None:
        """Name the panel, and read again from time to time."""
        self.entitle(self.words.t("Journal"))
        self.set_interval(READ_AGAIN_S, self._follow)

    def show(self, changes: Changes | None) -> None:
        """Ask for the journal when the screen comes up."""
        if changes is None:
            if not self._entries:
                self.rearrange()
            self._follow()

    def another_time(self) -> None:
        """What was done by then."""
        self.workers.cancel_group(self, "journal")
        self._entries = {}
        self.rearrange()

    def _follow(self) -> None:
        if self.is_current and self.city.up:
            self._fetch()

    @work(exclusive=True, group="journal")
    async def _fetch(self) -> None:
        """Read; a failure is told in the list, or once over it while it shows what was read before."""
        try:
            entries = await self.session.client.journal()
        except FalotierError as error:
            self._failed(str(error))
            return
        if not self.is_attached:
            return
        self._why = ""
        known = {f"{entry.at.isoformat()} {entry.act} {entry.subject}": entry for entry in entries}
        if known != self._entries or not self.table.order:
            self._entries = known
            self.rearrange()

    def _failed(self, why: str) -> None:
        if not self.is_attached or why == self._why:
            return
        self._why = why
        if self._entries:
            self.notify(clean(why), severity="error", markup=False)
        else:
            self.rearrange()

    def nothing(self) -> str:
        """Nobody did anything yet, or nobody can say."""
        return unread(self.session, self._why) if self._why else self.words.t("Nobody has done anything yet.")

    def rows(self) -> Mapping[str, JournalEntry]:
        """What has been read."""
        return self._entries

    @property
    def id_to_copy(self) -> str:
        """What an entry is about."""
        entry = self._entries.get(self.table.cursor or "")
        return entry.subject if entry else ""

    @on(Table.Pointed)
    def _pointed(self, event: Table.Pointed) -> None:
        self.query_one(EntryPanel).show_entry(self._entries.get(event.row or ""))

    def haystack(self, row: JournalEntry) -> str:
        """Everything in words."""
        return searchable(row.by, act_of(self.words, row), row.subject, row.text)

    def field(self, row: JournalEntry, name: str) -> str:
        """A field for ``who:`` and the like."""
        return act_of(self.words, row) if name == "act" else str(getattr(row, name))

    def default_order(self, row: JournalEntry) -> Any:
        """Newest first."""
        return -row.at.timestamp()
