"""Undo: one key takes the last order back while it is in force."""

from rich.text import Text
from textual.app import App

from city.errors import FalotierError
from city.messages import OrderView
from console.hostile import clean
from console.orders import Answer, undo
from console.screens.ask import AskYes
from console.session import Session
from console.vocabulary import AMBER, BRIGHT, GREY


async def undo_last(app: App[None], session: Session) -> None:
    """Undo what was ordered last here, at once; else ask about the newest order that is in force."""
    words = session.words
    try:
        active = [order for order in await session.client.orders() if order.active]
        mine = {order.id for order in session.last_orders}
        orders = [order for order in active if order.id in mine]
        if not orders and active:
            newest = max(active, key=lambda order: order.asked_at)
            question = AskYes(session, words.t("Undo this order?"), _told(session, newest), words.t("Undo"))
            orders = [newest] if await app.push_screen_wait(question) else []
            if not orders:
                return
        if not orders:
            app.notify(words.t("No order is in force."), markup=False)
            return
        _tell(app, session, await undo(session.client, orders))
    except FalotierError as error:
        app.notify(clean(str(error)), severity="error", markup=False)


def _told(session: Session, order: OrderView) -> Text:
    words = session.words
    now = session.city.now or order.asked_at
    count = words.n("{count} light point", "{count} light points", order.points)
    until = words.t("until {time}", time=words.moment(order.until, now))
    return Text.assemble(
        (f"{count} → {words.percent(order.level_pct)}", f"bold {AMBER}"),
        (f"  {until}\n", BRIGHT),
        (f"{clean(order.selector)} · {clean(order.by)} · {clean(order.reason)}", GREY),
    )


def _tell(app: App[None], session: Session, answer: Answer) -> None:
    if answer.orders:
        session.last_orders = ()
        said = session.words.n(
            "Undone: {count} light point back to its programme",
            "Undone: {count} light points back to their programme",
            answer.points,
        )
        app.notify(said, markup=False)
    for failure in answer.failures:
        app.notify(clean(failure), severity="error", markup=False)
