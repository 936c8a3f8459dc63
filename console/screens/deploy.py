"""What a light plan would mean for the city, before it is deployed; the focus is on "no"."""

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from city.deployments import PlanAnswer, PlanRequest
from city.errors import FalotierError
from console.hostile import clean
from console.i18n import N_, Words
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, GREEN, GREY, VERMILION

NAMED_MOST = 6
"""Calendars, reasons and warnings that are named, at most each; the rest is counted."""


class DeployDialog(ModalScreen[PlanAnswer | None]):
    """Asks the head-end what a plan would mean, shows it, and has it followed; answers what became of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
    ]

    def __init__(self, session: Session, request: PlanRequest, *, is_overtaken: bool) -> None:
        super().__init__()
        self._session, self._words, self._request = session, session.words, request
        self._is_overtaken = is_overtaken
        self._is_sent = False

    def compose(self) -> ComposeResult:
        """What it would mean, and two buttons."""
        t = self._words.t
        with Vertical(classes="dialog", id="deploy") as dialog:
            dialog.border_title = t("Have the city follow this plan?")
            with VerticalScroll(id="meaning", can_focus=False):
                yield Static(Text(t("Asking what it would mean for every controller …"), GREY), id="told")
            with Horizontal(classes="buttons"):
                yield Button(t("Cancel"), id="cancel", compact=True)
                yield Button(t("Deploy"), id="confirm", variant="warning", compact=True, disabled=True)

    def on_mount(self) -> None:
        """A careless Enter changes nothing."""
        self.query_one("#cancel", Button).focus()
        self._ask()

    @work(exclusive=True, group="ask")
    async def _ask(self) -> None:
        question = self._request.model_copy(update={"dry_run": True})
        try:
            answer = await self._session.client.deploy(question)
        except FalotierError as error:
            self._tell(Text(f"✖ {clean(str(error))}", VERMILION))
            return
        if not self.is_attached:
            return
        lines = [Text("⚠ " + self._words.t("Another plan has come into force since this draft was begun: "
            "deploying replaces it."), AMBER)] if self._is_overtaken else []  # fmt: skip
        self._tell(Text("\n").join([*lines, *meaning(answer, self._words)]))
        self.query_one("#confirm", Button).disabled = bool(answer.refusals)

    def _tell(self, text: Text) -> None:
        if self.is_attached:
            self.query_one("#told", Static).update(text)

    def action_scroll(self, by: int) -> None:
        """A long answer can be read to its end."""
        self.query_one("#meaning").scroll_relative(y=by, animate=False)

    @on(Button.Pressed, "#confirm")
    def _confirmed(self) -> None:
        if why := self._session.barred:
            self.notify(self._words.t(why), severity="warning", markup=False)
            return
        if self._is_sent:
            return
        self._is_sent = True
        self.query_one("#confirm", Button).disabled = True
        self._tell(Text(self._words.t("Sent. The head-end checks it again and writes it down …"), AMBER))
        # A worker of the application: closing the dialog must not lose the deed half-way.
        self.app.run_worker(self._carry_out(), group="deed")

    async def _carry_out(self) -> None:
        app = self.app
        try:
            answer = await self._session.client.deploy(self._request)
        except FalotierError as error:
            self._is_sent = False
            if self in app.screen_stack:
                self._tell(Text(f"✖ {clean(str(error))}", VERMILION))
            else:
                app.notify(clean(str(error)), severity="error", markup=False)
            return
        if self in app.screen_stack:
            self.dismiss(answer)
        else:
            app.notify(outcome(answer, self._session), markup=False)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close; what was sent stands."""
        self.dismiss(None)


def outcome(answer: PlanAnswer, session: Session) -> str:
    """What became of a plan, in one line."""
    words = session.words
    if answer.state == "awaiting" and answer.until:
        until = words.moment(answer.until, session.city.now or answer.until)
        return words.t("The plan waits for a second person until {time}: w shows what waits.", time=until)
    return words.t("Plan {plan} is in force", plan=clean(answer.plan))


def meaning(answer: PlanAnswer, words: Words) -> Iterator[Text]:
    """What a plan would mean, worst first where something stands in its way."""
    t = words.t
    for refusal in answer.refusals[:NAMED_MOST]:
        named = ", ".join(map(clean, refusal.sample))
        count = words.n("{count} controller", "{count} controllers", refusal.controllers)
        yield Text(f"✖ {count} ({named}): {clean(refusal.why)}", VERMILION)
    if answer.refusals:
        yield Text(t("It cannot come into force while some controllers could not follow."), VERMILION)
    changed = words.n("{count} light point", "{count} light points", answer.points_changed)
    yield Text.assemble(
        ("◐ ", BLUE), (t("{points} would do something else", points=changed), f"bold {BRIGHT}")
    )
    yield Text(f"  {t('{count} controllers to write', count=words.number(answer.controllers))}", BRIGHT)
    for calendar in answer.calendars[:NAMED_MOST]:
        points = words.n("{count} light point", "{count} light points", calendar.points)
        title, programme = clean(calendar.title or calendar.name), clean(calendar.programme)
        yield Text(f"  {title} · {points} · {t('tonight')} {programme}", GREY)
    yield from _more(len(answer.calendars), words)
    if answer.unheard:
        unheard = words.number(answer.unheard)
        yield Text(
            t("! {count} controllers: their gateway has not said yet what they can do", count=unheard), AMBER
        )
    for dark in answer.dark_nights[:NAMED_MOST]:
        nights = words.n("{count} night without light", "{count} nights without light", dark.nights)
        yield Text(f"⚠ {clean(dark.calendar)}: {nights}: {', '.join(map(clean, dark.sample))}", AMBER)
    yield from (Text(f"⚠ {clean(warning)}", AMBER) for warning in answer.warnings[:NAMED_MOST])
    yield from _more(len(answer.warnings), words)
    if answer.second_person:
        yield Text("◔ " + t("A second person has to agree"), AMBER)
    elif not answer.refusals:
        yield Text("✓ " + t("It comes into force at once."), GREEN)


def _more(count: int, words: Words) -> Iterator[Text]:
    if count > NAMED_MOST:
        yield Text("  " + words.t("… and {count} others", count=words.number(count - NAMED_MOST)), GREY)
