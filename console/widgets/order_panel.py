"""What an order would change, before it is given, and what there is to say where nothing was sent."""

from collections.abc import Sequence

from rich.text import Text

from city.messages import OrderRequest
from console.hostile import clean
from console.orders import Answer
from console.session import Session
from console.vocabulary import AMBER, FAINT, GREY, VERMILION
from console.widgets.order_told import plan_lines
from console.widgets.painted import Painted


class OrderPanel(Painted):
    """A few lines in the order dialog."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="plan")
        self._words = session.words
        self._session = session
        self._body: list[Text] = []
        self._title = ""

    def show_hint(self, text: str) -> None:
        """One line: what is wrong with the form, or what is going on."""
        self._title = self._words.t("What would change")
        self._body = [Text(text, AMBER)]
        self.repaint()

    def show_plan(self, request: OrderRequest, answer: Answer) -> None:
        """How many lamps, to which level, until when, how many kW, and who else must agree."""
        self._title = self._words.t("What would change")
        if answer.order is None:
            self._body = [Text(f"✖ {clean(answer.failure)}", VERMILION)]
        else:
            self._body = plan_lines(self._session, answer.order, resumes=request.level_pct is None)
        self.repaint()

    def show_result(self, answer: Answer) -> None:
        """What there is to say of an order that was not sent."""
        words = self._words
        self._title = words.t("Result")
        self._body = []
        if answer.order is None:
            self._body = [Text(f"✖ {clean(answer.failure)}", VERMILION)]
        elif answer.waits:
            text = words.t("Nothing is sent yet: another person has to agree.")
            how = words.t("They press w, or type: {command}", command=f"falotier approve {answer.order.id}")
            later = words.t("You will be told here what they say.")
            self._body = [Text(f"◔ {text}", f"bold {AMBER}"), Text(how, GREY), Text(later, GREY)]
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """A heading and what there is to say."""
        del height
        rule = "─" * max(0, width - len(self._title) - 1)
        lines = [Text.assemble((f"{self._title} ", GREY), (rule, FAINT))]
        return [*lines, *(_cut(line, width) for line in self._body)]


def _cut(line: Text, width: int) -> Text:
    if line.cell_len <= width:
        return line
    line = line.copy()
    line.truncate(width, overflow="ellipsis")
    return line
