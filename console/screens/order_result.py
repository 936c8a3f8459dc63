"""What became of an order: followed after it was given or agreed to, and told once it is over."""

from typing import ClassVar, Literal

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button

from city.messages import OrderView
from console.hostile import clean
from console.i18n import N_
from console.orders import follow
from console.screens.examined import SHORT
from console.session import Session
from console.widgets.order_progress import OrderProgress


class OrderResultDialog(ModalScreen[None]):
    """The bar and the names, until it is closed; what comes later is told in a line."""

    VERTICAL_BREAKPOINTS = SHORT
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "close", N_("close"))]

    def __init__(self, session: Session, order: OrderView) -> None:
        super().__init__()
        self._session = session
        self._order = order

    def compose(self) -> ComposeResult:
        """The progress, and a button to leave."""
        t = self._session.words.t
        with Vertical(classes="dialog", id="result") as dialog:
            dialog.border_title = t("Result")
            yield OrderProgress(self._session)
            with Horizontal(classes="buttons"):
                yield Button(t("Close"), id="cancel", compact=True)

    def on_mount(self) -> None:
        """Show it, and go on looking."""
        self.query_one("#cancel", Button).focus()
        self.app.run_worker(self._follow(), group="deed")

    async def _follow(self) -> None:
        order = self._order
        async for order in follow(self._session.client, self._order):
            if self in self.app.screen_stack:
                self.query_one(OrderProgress).show(order, over=False)
        if self in self.app.screen_stack:
            self.query_one(OrderProgress).show(order, over=True)
        else:
            tell(self.app, self._session, order)

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        """Back; it is told in a line when it is over."""
        self.dismiss(None)


def tell(app: App[None], session: Session, order: OrderView) -> None:
    """What became of an order in one line, for when its dialog is closed already."""
    severity: Literal["information", "warning"] = (
        "information" if order.confirmed >= order.points else "warning"
    )
    app.notify(result_line(session, order), severity=severity, timeout=8, markup=False)


def result_line(session: Session, order: OrderView) -> str:
    """The result of an order in one line."""
    words = session.words
    line = words.n(
        "{confirmed} of {count} controller confirms",
        "{confirmed} of {count} controllers confirm",
        order.points,
        confirmed=words.number(order.confirmed),
    )
    if not order.refused:
        return line
    point, why = next(iter(order.refused.items()))
    refused = words.n("{count} refuses", "{count} refuse", len(order.refused))
    return f"{line} · {refused}: {clean(point)}: {clean(why)}"
