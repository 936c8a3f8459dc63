"""How far an order has come: who confirmed, and by name who refused, or has not answered and perhaps cannot."""

from collections.abc import Sequence

from rich.text import Text

from city.messages import OrderView
from console.hostile import clean
from console.orders import held_back, is_answered
from console.session import Session
from console.vocabulary import AMBER, BRIGHT, GREEN, GREY, LAMP_SIGNS, LOCKED, VERMILION
from console.widgets.painted import fit
from console.widgets.plot import bar
from console.widgets.rows import Entry, Rows

WIDEST_BAR = 30


class OrderProgress(Rows):
    """A bar, and below it a line for each controller that has not confirmed."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="progress")
        self._session = session
        self._order: OrderView | None = None
        self._over = False

    @property
    def has_names(self) -> bool:
        """Whether there is more to read than the bar."""
        order = self._order
        return bool(order and (order.refused or order.unanswered or held_back(order)))

    def show(self, order: OrderView, *, over: bool) -> None:
        """An order as it stands; ``over`` once nobody looks any more."""
        self._order, self._over = order, over
        self.repaint()

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """The bar and what it says; then each refusal, each silence, and what was not reached."""
        del height
        if self._order is None:
            return []
        order, words = self._order, self._session.words
        lines = [self._bar(order, width), Text(fit(self._rest(order), width), GREY)]
        if order.state == "in_force":
            lines.append(Text(fit(words.t("u undoes it while it is in force."), width), GREY))
        entries = [Entry(None, tuple(lines))]
        for point, why in order.refused.items():
            refused = words.t("refuses: {why}", why=clean(why))
            entries.append(_line(f"r{point}", f"✖ {clean(point)}  {refused}", VERMILION, width))
        for point, state in order.unanswered.items():
            sign = LAMP_SIGNS[state]
            silent = words.t("has not answered ({state})", state=words.t(sign.word))
            entries.append(_line(f"u{point}", f"… {clean(point)}  {silent}", AMBER, width))
        for point, why in held_back(order).items():
            entries.append(
                _line(f"h{point}", f"{LOCKED.symbol} {clean(point)}  {clean(why)}", LOCKED.colour, width)
            )
        return entries

    def _bar(self, order: OrderView, width: int) -> Text:
        words = self._session.words
        whole = order.confirmed >= order.points
        said = words.n(
            "{confirmed} of {count} controller confirms",
            "{confirmed} of {count} controllers confirm",
            order.points,
            confirmed=words.number(order.confirmed),
        )
        colour = GREEN if whole else AMBER
        room = min(WIDEST_BAR, width - len(said) - 4)
        line = Text(f"{'✓' if whole else '▲' if self._over else '…'} ", colour)
        if room > 0:
            line.append_text(bar(order.confirmed / max(1, order.points), room, colour)).append("  ")
        return line.append(said, f"bold {colour if whole else BRIGHT}")

    def _rest(self, order: OrderView) -> str:
        words, missing = self._session.words, order.points - order.confirmed - len(order.refused)
        refused = words.n("{count} refuses", "{count} refuse", len(order.refused))
        silent = words.n("{count} has not answered", "{count} have not answered", max(0, missing))
        parts = [refused] if order.refused else []
        parts += [silent] if missing > 0 else []
        if not is_answered(order):
            parts.append(words.t("nobody looks any more") if self._over else words.t("looking again …"))
        return " · ".join(parts)


def _line(key: str, text: str, colour: str, width: int) -> Entry:
    return Entry(key, (Text(fit(text, width), colour),))
