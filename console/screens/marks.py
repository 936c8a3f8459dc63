"""Marks many light points at once: of the circuit, cabinet or sector under the cursor, or all that the search shows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from city.messages import LightPointView
from console.hostile import clean
from console.i18n import N_
from console.session import Session
from console.vocabulary import BRIGHT, GREY, VERMILION
from console.widgets.painted import spread
from console.widgets.rows import Entry, Rows


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be marked: the key that chooses it, its name, and what would be marked then."""

    key: str
    name: str
    marks: frozenset[str]


def choices(
    session: Session, point: LightPointView | None, shown: Sequence[str], marked: frozenset[str]
) -> list[Choice]:
    """What may be marked from where the cursor is; circuit, cabinet, sector and search add to what is marked."""
    t, points = session.words.t, session.city.light_points.values()
    found = []
    if point:
        for key, name, place in (
            ("d", t("the circuit {id}", id=clean(point.circuit)), "circuit"),
            ("a", t("the cabinet {id}", id=clean(point.cabinet)), "cabinet"),
            ("s", t("the sector {name}", name=clean(point.sector)), "sector"),
        ):
            here = getattr(point, place)
            those = frozenset(each.id for each in points if getattr(each, place) == here)
            found.append(Choice(key, name, marked | those))
    found.append(Choice("r", t("all that the search shows"), marked | frozenset(shown)))
    found.append(Choice("i", t("of what is shown, what is not marked"), frozenset(shown) - marked))
    return [*found, Choice("n", t("nothing"), frozenset())]


class MarkDialog(ModalScreen[frozenset[str] | None]):
    """A little menu; answers what shall be marked, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,M", "close", N_("close")),
        *(Binding(key, f"take('{key}')", show=False) for key in "dasrin"),
    ]

    def __init__(self, session: Session, found: Sequence[Choice], most: int) -> None:
        super().__init__()
        self._session = session
        self._choices = {each.key: each for each in found}
        self._most = most

    def compose(self) -> ComposeResult:
        """One line for each."""
        t = self._session.words.t
        with Vertical(classes="dialog", id="marks") as dialog:
            dialog.border_title = t("Mark")
            dialog.border_subtitle = t("at most {count}", count=self._session.words.number(self._most))
            yield MarkRows(self._session, self._choices.values(), self._most)

    def on_mount(self) -> None:
        """Arrows or letters."""
        self.query_one(MarkRows).focus()

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        self.action_take(event.key)

    def action_take(self, key: str) -> None:
        """Mark it, unless that is too much for one order."""
        chosen = self._choices.get(key)
        if chosen and len(chosen.marks) <= self._most:
            self.dismiss(chosen.marks)

    def action_close(self) -> None:
        """Leave the marks as they are."""
        self.dismiss(None)


class MarkRows(Rows):
    """What may be marked, and how many would be marked then."""

    def __init__(self, session: Session, found: Collection[Choice], most: int) -> None:
        super().__init__(id="mark-rows")
        self._session = session
        self._found = found
        self._most = most

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """The key, the name, and how many."""
        del height
        words = self._session.words
        entries = []
        for each in self._found:
            count, too_many = len(each.marks), len(each.marks) > self._most
            said = words.n("{count} marked", "{count} marked", count)
            right = Text(f"▲ {said}" if too_many else said, VERMILION if too_many else GREY)
            left = Text.assemble((f"{each.key}  ", GREY), (each.name, GREY if too_many else BRIGHT))
            entries.append(Entry(None if too_many else each.key, (spread(left, right, width),)))
        return entries
