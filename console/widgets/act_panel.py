"""What an act on an access point would mean, before it is done, and what came of it afterwards."""

from collections.abc import Sequence

from rich.text import Text

from city.access_points import ActKind, ActRequest, ActView
from city.errors import FalotierError
from city.wifi_views import AccessPointView
from console.failures import Forbidden
from console.hostile import clean
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, FAINT, GREEN, GREY, VERMILION, WIFI_ACTS
from console.widgets.painted import Painted
from console.widgets.parts import cut

Answer = ActView | FalotierError


class ActPanel(Painted):
    """A few lines in the dialog."""

    def __init__(self, session: Session, view: AccessPointView) -> None:
        super().__init__(id="plan")
        self._session = session
        self._words = session.words
        self._view = view
        self._body: list[Text] = []
        self._title = ""

    def show_hint(self, text: str) -> None:
        """One line: what is wrong with the form, or what is going on."""
        self._title = self._words.t("What it would mean")
        self._body = [Text(text, AMBER)]
        self.repaint()

    def show_plan(self, request: ActRequest, answer: Answer) -> None:
        """How many people lose the network, for how long, and what stays up in the place."""
        self._title = self._words.t("What it would mean")
        if isinstance(answer, FalotierError):
            self._body = self._refusal(answer)
        else:
            self._body = [
                self._deed(request),
                self._loss(request, answer),
                *self._until(answer),
                self._rest(answer),
            ]
        self.repaint()

    def _deed(self, request: ActRequest) -> Text:
        asset = clean(f"{self._view.id}/{request.radio}" if request.radio else self._view.id)
        act = self._words.t(WIFI_ACTS[request.does])
        return Text.assemble((asset, f"bold {BRIGHT}"), (" → ", GREY), (act, f"bold {AMBER}"))

    def _loss(self, request: ActRequest, answer: ActView) -> Text:
        words = self._words
        if request.does is ActKind.ENABLE:
            return Text("✓ " + words.t("Nobody loses the network."), GREEN)
        if answer.clients is None:
            return Text("? " + words.t("How many are connected is not known."), AMBER)
        lost = words.n("{count} client loses the network", "{count} clients lose the network", answer.clients)
        return Text(f"{'▲' if answer.clients else '✓'} {lost}", VERMILION if answer.clients else GREEN)

    def _until(self, answer: ActView) -> list[Text]:
        words = self._words
        if answer.does is ActKind.RESTART:
            return [Text(words.t("for a minute or two, until it has started again"), BRIGHT)]
        if answer.until is None:
            return []
        now = self._session.city.now or answer.at
        until = words.t("until {time}", time=words.moment(answer.until, now))
        span = words.span(answer.until - now)
        return [Text.assemble((until, BRIGHT), (f"  ({span})", GREY))]

    def _rest(self, answer: ActView) -> Text:
        """What else serves the place, as the head-end and the last push have it."""
        others = [
            point
            for point in self._session.city.access_points_of(self._view.hotspot)
            if point.id != self._view.id
        ]
        up = sum(1 for point in others if point.up)
        if answer.last_up or not up:
            return Text(
                "▲ " + self._words.t("No other access point of this place is up."), f"bold {VERMILION}"
            )
        told = self._words.t(
            "{up} of the {total} others of this place are up",
            up=self._words.number(up),
            total=self._words.number(len(others)),
        )
        return Text(told, BLUE)

    def _refusal(self, error: FalotierError) -> list[Text]:
        lines = [Text(f"✖ {clean(str(error))}", VERMILION)]
        if isinstance(error, Forbidden):
            lines.insert(0, Text("✖ " + self._words.t("Only a supervisor may do this."), f"bold {VERMILION}"))
            lines[1] = Text(clean(str(error)), GREY)
        return lines

    def show_result(self, answer: Answer) -> None:
        """Done and read back, done, or refused."""
        self._title = self._words.t("Result")
        if isinstance(answer, FalotierError):
            self._body = self._refusal(answer)
        else:
            whole = answer.confirmed
            style = f"bold {GREEN if whole else AMBER}"
            line = result_line(self._session, answer)
            self._body = [Text(f"{'✓' if whole else '…'} {line}", style)]
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """A heading and what there is to say."""
        del height
        rule = "─" * max(0, width - len(self._title) - 1)
        lines = [Text.assemble((f"{self._title} ", GREY), (rule, FAINT))]
        return [*lines, *(cut(line, width) for line in self._body)]


def result_line(session: Session, answer: Answer) -> str:
    """What came of an act in one line."""
    t = session.words.t
    if isinstance(answer, FalotierError):
        return clean(str(answer))
    asset = clean(f"{answer.access_point}/{answer.radio}" if answer.radio else answer.access_point)
    if answer.does is ActKind.RESTART:
        return t("{name}: restart asked for", name=asset)
    if not answer.confirmed:
        return t("{name}: asked for, not yet confirmed by the device", name=asset)
    if answer.does is ActKind.ENABLE:
        return t("{name}: switched on", name=asset)
    until = session.words.moment(answer.until, session.city.now or answer.at)
    return t("{name}: switched off until {until}", name=asset, until=until)
