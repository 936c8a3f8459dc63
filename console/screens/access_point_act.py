"""The dialog of acts on an access point: what, for how long, why, and who would lose the network."""

from datetime import timedelta
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Select

from city.access_points import ActKind, ActRequest, ActView
from city.errors import FalotierError
from city.wifi_views import AccessPointView
from console.hostile import clean
from console.i18n import N_
from console.order_form import read_duration
from console.screens.examined import USUAL_DURATION, ExaminedDialog
from console.session import Session
from console.vocabulary import WIFI_ACTS
from console.widgets.act_panel import ActPanel, Answer, result_line
from console.widgets.wifi_tree import radio_name


class ActDialog(ExaminedDialog[ActRequest, Answer]):
    """Shows who would lose the network before anything is done."""

    FIRST_FIELD = "reason"  # which alone is not there yet
    EXAMINING = N_("Asking what it would mean …")
    SENT = N_("Sent. The access point answers within a few seconds …")

    def __init__(self, session: Session, view: AccessPointView, radio: str) -> None:
        """``radio``: the one that the cursor is on, by its whole id; empty for the access point."""
        super().__init__(session)
        self._view = view
        self._targets = ["", *(radio_name(each.id) for each in view.radios)]
        name = radio_name(radio) if radio else ""
        self._first = self._targets.index(name) if name in self._targets else 0

    def compose(self) -> ComposeResult:
        """The form, what it would mean, and the buttons."""
        t = self._t
        with Vertical(classes="dialog", id="act") as dialog:
            dialog.border_title = t("Act on an access point")
            yield from self.field(t("On"), self._target_select())
            yield from self.field(t("Do"), self._act_select())
            yield from self.field(t("For"), self.line("duration", USUAL_DURATION, t("2h, 90m, 1h30")))
            yield from self.field(t("Reason"), self.line("reason", "", t("works, complaint, fault …")))
            yield ActPanel(self._session, self._view)
            yield from self.buttons(t("Do it"))

    def _target_select(self) -> Select[int]:
        t, name = self._t, clean(self._view.id)
        labels = [
            t("radio {radio} of {name}", radio=clean(radio), name=name)
            if radio
            else t("the access point {name}", name=name)
            for radio in self._targets
        ]
        options = [(Text(label), number) for number, label in enumerate(labels)]
        return Select(options, value=self._first, allow_blank=False, id="target", compact=True)

    def _act_select(self) -> Select[ActKind]:
        options = [(Text(self._t(word)), act) for act, word in WIFI_ACTS.items()]
        first = ActKind.DISABLE if self._first else ActKind.RESTART
        return Select(options, value=first, allow_blank=False, id="does", compact=True)

    @property
    def panel(self) -> ActPanel:
        """Where it is shown."""
        return self.query_one(ActPanel)

    @property
    def _does(self) -> ActKind:
        chosen = self.query_one("#does", Select).value
        return chosen if isinstance(chosen, ActKind) else ActKind.RESTART

    def form_changed(self) -> None:
        """Only what is switched off has an end."""
        self.query_one("#field-duration").display = self._does is ActKind.DISABLE

    def request(self, reason: str, *, dry_run: bool) -> ActRequest:
        """The form as a request. Raises BadInput with a message id where the duration cannot be read."""
        chosen = self.query_one("#target", Select).value
        lasts = None
        if self._does is ActKind.DISABLE:
            lasts = read_duration(self.query_one("#duration", Input).value) / timedelta(seconds=1)
        radio = self._targets[chosen if isinstance(chosen, int) else 0]
        return ActRequest(does=self._does, radio=radio, reason=reason, dry_run=dry_run, for_s=lasts)

    async def ask(self, request: ActRequest) -> Answer:
        """Have it done, or only told what it would mean; a failure is an answer too."""
        try:
            return await self._session.client.act(self._view.id, request)
        except FalotierError as error:
            return error

    def may_go_on(self, answer: Answer) -> bool:
        """Whether the head-end would do it."""
        return isinstance(answer, ActView)

    def result(self, answer: Answer) -> tuple[str, Literal["error", "information"]]:
        """What came of it in one line."""
        is_bad = isinstance(answer, FalotierError)
        return result_line(self._session, answer), "error" if is_bad else "information"
