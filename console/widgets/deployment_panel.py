"""How far the light plan has come: the counts, and each controller that does not hold it, with the reason."""

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from city.approvals import ApprovalView
from city.deployments import ControllerView, DeploymentView
from console.hostile import clean
from console.i18n import N_, UNKNOWN, Words
from console.session import Session
from console.vocabulary import AMBER, BRIGHT, GREEN, GREY, HOLDING_SIGNS, KINDS_OF_CONTROLLERS
from console.widgets.columns import Column
from console.widgets.painted import Painted, fit
from console.widgets.plot import bar
from console.widgets.table import Table

ROOMY = 66
"""Cells from which hashes are shown, and states in words."""
WORST_FIRST = ("refused", "unheard", "waiting", "holds")


def controller_columns(words: Words) -> list[Column[ControllerView]]:
    """The columns of the list."""
    t = words.t

    def state(row: ControllerView) -> Text:
        sign = HOLDING_SIGNS[row.state]
        return Text(f"{sign.symbol} {words.t(sign.word)}", sign.colour)

    def mark(row: ControllerView) -> Text:
        return Text(HOLDING_SIGNS[row.state].symbol, HOLDING_SIGNS[row.state].colour)

    def kind(row: ControllerView) -> Text:
        return Text(words.t(KINDS_OF_CONTROLLERS[row.kind]), GREY)

    def hashes(row: ControllerView) -> Text:
        held, wanted = (clean(each) if each else UNKNOWN for each in (row.held, row.wanted))
        return Text(f"{held} → {wanted}", GREY)

    def order(row: ControllerView) -> int:
        return WORST_FIRST.index(row.state)

    return [
        Column(
            "state", N_("state"), 16, state, order, needs=ROOMY, raw=lambda r: t(HOLDING_SIGNS[r.state].word)
        ),
        Column("state", "", 1, mark, order, below=ROOMY),
        Column("id", N_("controller"), 10, lambda r: Text(clean(r.id), BRIGHT), lambda r: r.id),
        Column("kind", N_("kind"), 7, kind, lambda r: r.kind),
        Column("hash", N_("held → wanted"), 19, hashes, lambda r: r.held or "", needs=ROOMY),
        Column("why", N_("why"), 14, lambda r: Text(clean(r.why)), lambda r: r.why, grows=True),
    ]


class DeploymentHead(Painted):
    """The plan, since when, by whom, and how far it has come."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="deployment-head")
        self._words = words
        self._view: DeploymentView | None = None
        self._waiting: Sequence[ApprovalView] = ()

    def show_view(self, view: DeploymentView, waiting: Sequence[ApprovalView]) -> None:
        """As it stands now, and the plans that wait for a second person."""
        self._view, self._waiting = view, waiting
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Three lines, and one for a plan that waits."""
        del height
        view, words = self._view, self._words
        if view is None:
            return [Text(words.t("waiting …"), GREY)]
        share = view.holding / view.controllers if view.controllers else None
        waiting = view.controllers - view.holding - view.refused - view.unheard
        counts = {"holds": view.holding, "waiting": waiting, "refused": view.refused, "unheard": view.unheard}
        told = Text("  ")
        for state, count in counts.items():
            sign = HOLDING_SIGNS[state]
            told.append(f"{sign.symbol} ", sign.colour).append(words.number(count), BRIGHT)
            told.append(f" {words.t(sign.word)}   " if width >= ROOMY else "   ", GREY)
        done = f" {words.percent(100 * share)}" if share is not None else ""
        return [
            Text(fit(self._since(view), width), f"bold {GREY}"),
            Text.assemble("  ", bar(share, max(6, min(60, width - 9)), GREEN), (done, BRIGHT)),
            told,
            *(self._waits(each, width) for each in self._waiting[:1]),
        ]

    def _waits(self, approval: ApprovalView, width: int) -> Text:
        """Whose plan waits for a second person, and how one agrees."""
        words = self._words
        line = words.t(
            "{name}’s plan waits for a second person until {time}: w",
            name=clean(approval.asked_by),
            time=words.clock(approval.until),
        )
        return Text(fit(f"◔ {line}", width), AMBER)

    def _since(self, view: DeploymentView) -> str:
        words = self._words
        if not view.plan:
            return words.t("The programme that is built in")
        plan = words.t("Light plan {plan}", plan=clean(view.plan))
        if view.since is None:
            return plan
        since = f"{words.date(view.since, short=True)} {words.clock(view.since)}"
        return f"{plan} · {since} · {clean(view.by or '')}".rstrip(" ·")


class DeploymentPanel(Vertical):
    """The head, and the controllers that do not hold it."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="deployment")
        self._words = session.words
        self._rows: Mapping[str, ControllerView] = {}
        self.is_under_way = False
        """Whether it will soon be another: controllers are being told, or somebody has to agree."""

    def compose(self) -> ComposeResult:
        """Head and list."""
        yield DeploymentHead(self._words)
        yield Table(self._words, controller_columns(self._words), sort="state", id="controllers")

    def on_mount(self) -> None:
        """Name the list."""
        table = self._table
        table.border_title = self._words.t("Controllers that do not hold it")
        table.empty_text = self._words.t("Every controller holds it.")

    def show_view(self, view: DeploymentView, waiting: Sequence[ApprovalView] = ()) -> None:
        """As it stands now, and the plans that wait for a second person."""
        head = self.query_one(DeploymentHead)
        head.set_class(bool(waiting), "waits")
        head.show_view(view, waiting)
        self.is_under_way = bool(waiting) or view.holding + view.refused < view.controllers
        self._rows = {f"{row.kind} {row.id}": row for row in view.rows}
        self.sort_rows()
        missing = view.controllers - view.holding - len(view.rows)
        more = self._words.t("… and {count} others", count=self._words.number(missing)) if missing > 0 else ""
        self._table.border_subtitle = more

    def sort_rows(self) -> None:
        """In the order that the list is sorted by."""
        order = sorted(self._rows)
        if by := self._table.sorting():
            order.sort(key=lambda key: by(self._rows[key]), reverse=self._table.reversed)
        self._table.show_rows(self._rows, order)

    @property
    def _table(self) -> Table[ControllerView]:
        return self.query_one(Table)
