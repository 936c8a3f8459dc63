"""Undo: one key shows what would be taken back, and again takes it back, while the order is in force."""

from typing import ClassVar

from rich.text import Text
from textual.app import App
from textual.binding import Binding, BindingType

from city.errors import FalotierError
from city.messages import OrderView
from console.hostile import clean
from console.i18n import N_
from console.orders import Answer, undo
from console.screens.ask import AskYes
from console.session import Session
from console.vocabulary import AMBER, BRIGHT, GREY


class UndoDialog(AskYes):
    """One's own last order is taken back by the same key once more; Enter alone leaves all as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("u", "again", N_("undo"), show=False)]

    def action_again(self) -> None:
        """Take it back."""
        self.dismiss(result=True)


async def undo_last(app: App[None], session: Session) -> None:
    """Show what was ordered last here, else the newest order that is in force, and ask whether to take it back."""
    words = session.words
    try:
        active = [order for order in await session.client.orders() if order.active]
        mine = next(
            (each for each in active if session.last_order and each.id == session.last_order.id), None
        )
        order = mine or max(active, key=lambda each: each.asked_at, default=None)
        if order is None:
            app.notify(words.t("No order is in force."), markup=False)
            return
        title = words.t("Undo your order? u: yes") if mine else words.t("Undo this order?")
        kind = UndoDialog if mine else AskYes
        question = kind(session, title, _told(session, order), words.t("Undo"), words.t("Keep it in force"))
        if await app.push_screen_wait(question):
            _tell(app, session, await undo(session.client, order))
    except FalotierError as error:
        app.notify(clean(str(error)), severity="error", markup=False)


def _told(session: Session, order: OrderView) -> Text:
    words = session.words
    now = session.city.now or order.asked_at
    count = words.n("{count} light point", "{count} light points", order.points)
    until = words.t("until {time}", time=words.moment(order.until, now))
    back = words.t("their programme")
    return Text.assemble(
        (f"{count} · {words.percent(order.level_pct)} → {back}", f"bold {AMBER}"),
        (f"\n{words.t('It would hold {until}', until=until)}", BRIGHT),
        (f" ({words.span(order.until - now)})\n", GREY),
        (f"{clean(order.selector)} · {clean(order.by)} · {clean(order.reason)}", GREY),
    )


def _tell(app: App[None], session: Session, answer: Answer) -> None:
    if answer.order is None:
        app.notify(clean(answer.failure), severity="error", markup=False)
        return
    session.last_order = None
    said = session.words.n(
        "Undone: {count} light point back to its programme",
        "Undone: {count} light points back to their programme",
        answer.order.points,
    )
    app.notify(said, markup=False)
