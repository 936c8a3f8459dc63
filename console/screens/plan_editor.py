"""The editor of the light plan: its text or a form for its steps, and a night of it that is drawn while one types."""

import asyncio
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import TextArea

from city.deployments import LONGEST_PLAN, PlanAnswer, PlanRequest
from city.errors import BadInput, FalotierError
from city.plan_drafts import ComparedRequest, DraftNight, DraftRequest, DraftView, PlanText
from console.acts import act
from console.drafts import Draft
from console.hostile import clean
from console.i18n import N_
from console.key_names import named
from console.plan_steps import line_at, programme_at, programmes_in
from console.screens.deploy import DeployDialog
from console.screens.help import HelpDialog
from console.screens.leave_draft import Choice, LeaveDraft
from console.screens.plan_year import PlanYear
from console.session import Session
from console.widgets.draft_panel import DraftPanel
from console.widgets.editor_lines import DraftLine, EditorKeys
from console.widgets.frame_lines import Header
from console.widgets.plan_text import PlanText as PlanTextArea
from console.widgets.steps_form import StepsForm

LOOK_AFTER_S = 0.02
"""How long keys are gathered before the head-end is asked."""
KEEP_AFTER_S = 1.0
"""How long after a change the draft is on the disk."""
ASK_AGAIN_S = 2.0
"""How long after trouble the head-end is asked again."""


class PlanEditor(ModalScreen[PlanAnswer | None]):
    """Answers what became of the draft once it is deployed or waits for a second person; None: nothing."""

    BINDINGS: ClassVar[list[BindingType]] = named(
        "editor",
        [
            Binding("escape", "leave", N_("leave")),
            Binding("ctrl+s", "deploy", N_("deploy"), key_display="Ctrl+S"),
            Binding("f2", "form", N_("form"), key_display="F2"),
            Binding("f3", "year", N_("year"), key_display="F3"),
            Binding("tab", "app.focus_next", N_("next panel"), show=False),
            Binding("shift+tab", "app.focus_previous", N_("panel before"), show=False),
            Binding("ctrl+g", "fault", N_("to the fault"), show=False),
            Binding("f1", "help", N_("help"), key_display="F1"),
        ],
    )

    def __init__(self, session: Session, given: PlanText) -> None:
        super().__init__()
        self.session, self._words = session, session.words
        self._given = given
        draft = session.drafts.of(session.client.url)
        # One that a second person has agreed to meanwhile is in force.
        self._draft = draft if draft and draft.text != given.text else None
        self._made_from = (
            given
            if self._draft is None
            else given.model_copy(update={"text": self._draft.made_from, "plan": self._draft.plan})
        )
        self._in_force = given.plan
        self._known: dict[ComparedRequest, DraftNight | None] = {}
        self._calendars: tuple[str, ...] = ()
        self._timer: Timer | None = None
        self._keeping: Timer | None = None
        self._is_asking = self._is_dirty = False

    def compose(self) -> ComposeResult:
        """Text or form on the left, the night on the right; below them what is wrong, and the keys."""
        yield Header(self.session)
        with Container(id="editor-body"):
            yield PlanTextArea()
            yield StepsForm(self._words)
            yield DraftPanel(self.session)
        yield DraftLine(self._words)
        yield EditorKeys(self._words)

    def on_mount(self) -> None:
        """Show the draft that was kept, else the plan in force."""
        area = self._area
        self.query_one(StepsForm).display = False
        area.text = self._draft.text if self._draft else self._given.text
        area.border_title = Text(clean(self._given.file))
        area.focus()
        self.set_interval(1.0, self.query_one(Header).repaint)
        if self._draft:
            at = self._words.moment(self._draft.at, self.session.city.now or self._draft.at)
            self.notify(self._words.t("The draft of {time} is taken up again.", time=at), markup=False)
        self._touch()

    def on_resize(self) -> None:
        """Side by side where there is room, else one above the other."""
        self.set_class(self.size.width < 100, "narrow")

    def on_unmount(self) -> None:
        """Whatever ends the console, what was written is on the disk."""
        if self._keeping:
            self._keeping.stop()
            self.session.drafts.write(self.session.client.url)

    @property
    def _area(self) -> PlanTextArea:
        return self.query_one(PlanTextArea)

    @property
    def _line(self) -> DraftLine:
        return self.query_one(DraftLine)

    @property
    def is_changed(self) -> bool:
        """Whether the draft is another than the plan in force that it was made from."""
        return self._area.text != self._made_from.text

    # -- the night while one types -------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._keep()
        self._touch()

    @on(TextArea.SelectionChanged)
    @on(DraftPanel.Turned)
    def _touch(self) -> None:
        """Something is to be seen anew; a few keys are gathered."""
        self._is_dirty = True
        if self._timer is None and not self._is_asking:
            self._timer = self.set_timer(LOOK_AFTER_S, self._look)

    @work(group="look")
    async def _look(self) -> None:
        """One question at a time, and another as long as something has changed meanwhile."""
        self._timer, self._is_asking = None, True
        try:
            while self._is_dirty and self.is_attached:
                self._is_dirty = False
                await self._ask()
        except FalotierError as error:
            if self.is_attached:
                self._fail(str(error))
        finally:
            self._is_asking = False

    async def _ask(self) -> None:
        text, panel = self._area.text, self.query_one(DraftPanel)
        if len(text) > LONGEST_PLAN:
            raise BadInput(self._words.t("The plan is too long."))
        request = DraftRequest(text=text, line=self._area.line, night=panel.night)
        view = await self.session.client.look_at_draft(request)
        before = await self._compared(view)
        if self.is_attached:
            self._show(view, before)

    async def _compared(self, view: DraftView) -> DraftNight | None:
        """The same night of the plan in force, asked for once."""
        if view.in_force != self._in_force:
            self._known.clear()
            self._in_force = view.in_force
        if view.night is None:
            return None
        asked = ComparedRequest(kind=view.night.kind, name=view.night.name, night=view.night.night)
        if asked not in self._known:
            try:
                self._known[asked] = await self.session.client.compared_night(asked)
            except BadInput:
                self._known[asked] = None  # the plan in force has none of that name
        return self._known[asked]

    def _show(self, view: DraftView, before: DraftNight | None) -> None:
        line, panel = self._line, self.query_one(DraftPanel)
        line.faults, line.trouble = view.faults, ""
        line.is_changed, line.is_overtaken = self.is_changed, view.in_force != self._made_from.plan
        line.repaint()
        self._calendars = view.calendars or self._calendars
        if view.night is None:
            panel.keep_old()
        else:
            panel.show_night(view.night, before)

    def _fail(self, why: str) -> None:
        self._line.trouble = why
        self._line.repaint()
        self.query_one(DraftPanel).keep_old()
        self.set_timer(ASK_AGAIN_S, self._touch)

    def action_fault(self) -> None:
        """Put the cursor where the first fault is."""
        faults = self._line.faults
        if faults and faults[0].line:
            self._show_text()
            self._area.go_to(faults[0].line)

    # -- the form ------------------------------------------------------------------------------------------

    async def action_form(self) -> None:
        """A form for the steps of the programme at the cursor; or back to the text."""
        form = self.query_one(StepsForm)
        if form.display:
            self._show_text()
            return
        text = self._area.text
        await self._show_form(programme_at(text, programmes_in(text), self._area.line))

    async def _show_form(self, number: int) -> None:
        form, text = self.query_one(StepsForm), self._area.text
        found = programmes_in(text)
        if not await form.show_programme(text, number):
            told = N_("There is a form once the text can be read, for steps that stand in one list.")
            self.notify(self._words.t(told), severity="warning", markup=False)
            return
        self._area.display, form.display = False, True
        self._area.go_to(line_at(text, found[number].start))
        form.focus_field(form.focused_name or "level-0")

    def _show_text(self) -> None:
        self.query_one(StepsForm).display = False
        self._area.display = True
        self._area.focus()

    @on(StepsForm.Edited)
    def _filled_in(self, event: StepsForm.Edited) -> None:
        line = self._area.line
        self._area.take(event.text)
        self._area.go_to(line)  # the programme that the form is of stays the one that is drawn

    @on(StepsForm.Turned)
    async def _other_programme(self, event: StepsForm.Turned) -> None:
        text = self._area.text
        await self._show_form(programme_at(text, programmes_in(text), line_at(text, event.start)))

    # -- keeping -------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Remember the draft; have it on the disk soon."""
        drafts, client = self.session.drafts, self.session.client
        if self.is_changed and len(self._area.text) <= LONGEST_PLAN:
            at = self.session.city.now or datetime.now(tz=UTC)
            made_from = self._made_from
            drafts.keep(
                Draft(
                    head_end=client.url,
                    text=self._area.text,
                    made_from=made_from.text,
                    plan=made_from.plan,
                    at=at,
                )
            )
        else:
            drafts.drop(client.url)
        if self._keeping is None:
            self._keeping = self.set_timer(KEEP_AFTER_S, self._write)

    @work(group="keep")
    async def _write(self) -> None:
        self._keeping = None
        kept = await asyncio.to_thread(self.session.drafts.write, self.session.client.url)
        if self.is_attached:
            self._line.is_kept = kept
            self._line.repaint()

    # -- what it would mean, and having it done ------------------------------------------------------------

    def action_year(self) -> None:
        """The year of the draft beside that of the plan in force."""
        if self._may_be_read():
            seen = self.query_one(DraftPanel).seen
            first = seen.name if seen and seen.kind == "calendar" else None
            self.app.push_screen(PlanYear(self.session, self._area.text, self._calendars, first))

    @act
    @work(group="deploy")
    async def action_deploy(self) -> None:
        """Ask what it would mean for the city, then have it followed."""
        if not self._may_be_read():
            return
        request = PlanRequest(text=self._area.text, file=self._given.file, made_from=self._in_force)
        is_overtaken = self._in_force != self._made_from.plan
        answer = await self.app.push_screen_wait(
            DeployDialog(self.session, request, is_overtaken=is_overtaken)
        )
        if answer is None:
            return
        if answer.state == "in_force":
            self._drop()
        self.dismiss(answer)

    def _may_be_read(self) -> bool:
        """Whether the head-end could read the draft; says so where it could not."""
        if not (self._line.faults or self._line.trouble or not self._calendars):
            return True
        why = N_("First what is wrong with the plan has to be put right: Ctrl+G goes there.")
        self.notify(self._words.t(why), severity="warning", markup=False)
        return False

    @work(group="leave")
    async def action_leave(self) -> None:
        """Leave; a draft that is not deployed is asked about."""
        choice: Choice = "discard"
        if self.is_changed:
            choice = await self.app.push_screen_wait(LeaveDraft(self._words))
        if choice == "stay":
            return
        if choice == "discard":
            self._drop()
        self.dismiss(None)

    def _drop(self) -> None:
        """Forget the draft, on the disk too once the screen is gone."""
        self.session.drafts.drop(self.session.client.url)
        if self._keeping is None:
            self._keeping = self.set_timer(KEEP_AFTER_S, self._write)

    def action_help(self) -> None:
        """Show the keys of the editor."""
        self.app.push_screen(HelpDialog(self.session, dict(self.active_bindings)))
