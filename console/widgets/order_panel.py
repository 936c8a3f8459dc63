"""What an order would change, before it is given, and what came of it afterwards."""

from collections.abc import Sequence

from rich.text import Text

from city.messages import OrderRequest
from console.hostile import clean
from console.orders import Answer
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, FAINT, GREEN, GREY, LOCKED, SECONDS, VERMILION
from console.widgets.painted import Painted, fit

MOST_REFUSALS = 3


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
        """How many lamps, to which level, until when, and how many would change now."""
        words = self._words
        self._title = words.t("What would change")
        if answer.failures or not answer.orders:
            self._body = [Text(f"✖ {clean(line)}", VERMILION) for line in answer.failures]
            self.repaint()
            return
        level = words.t("their programme") if request.level_pct is None else words.percent(request.level_pct)
        now = self._session.city.now or answer.until
        count = words.n("{count} light point", "{count} light points", answer.points)
        change = words.n("{count} would change at once", "{count} would change at once", answer.would_change)
        self._body = [
            Text.assemble((count, f"bold {BRIGHT}"), (" → ", GREY), (level, f"bold {AMBER}")),
            Text.assemble(
                (words.t("until {time}", time=words.moment(answer.until, now)), BRIGHT),
                (f"  ({words.span(answer.until - now)})", GREY),
            ),
            Text(f"◐ {change}", BLUE if answer.would_change else GREY),
            Text(" ".join(clean(point) for point in answer.sample), GREY),
            *self._held_back(answer),
        ]
        if answer.second:
            why = words.t(SECONDS[answer.second])
            self._body.append(
                Text("◔ " + words.t("Another person will have to agree: {why}", why=why), AMBER)
            )
        self.repaint()

    def _held_back(self, answer: Answer) -> list[Text]:
        held = answer.held_back
        if not held:
            return []
        point, why = next(iter(held.items()))
        count = self._words.n("{count} held back", "{count} held back", len(held))
        return [Text(f"{LOCKED.symbol} {count}: {clean(point)}: {clean(why)}", LOCKED.colour)]

    def show_result(self, answer: Answer) -> None:
        """Asked, confirmed, refused."""
        words = self._words
        self._title = words.t("Result")
        lines = [Text(f"✖ {clean(line)}", VERMILION) for line in answer.failures]
        if answer.waiting:
            text = words.t("Nothing is sent yet: another person has to agree.")
            how = words.t(
                "They press w, or type: {command}", command=f"falotier approve {answer.waiting[0].id}"
            )
            lines += [Text(f"◔ {text}", f"bold {AMBER}"), Text(how, GREY)]
        elif answer.orders:
            lines += self._held_back(answer)
            whole = answer.confirmed == answer.points
            said = words.t(
                "{confirmed} of {points} controllers confirm",
                confirmed=words.number(answer.confirmed),
                points=words.number(answer.points),
            )
            lines.append(Text(f"{'✓' if whole else '…'} {said}", f"bold {GREEN if whole else AMBER}"))
            refused = list(answer.refused.items())
            for point, why in refused[:MOST_REFUSALS]:
                lines.append(Text(f"✖ {clean(point)} : {clean(why)}", VERMILION))
            if len(refused) > MOST_REFUSALS:
                rest = len(refused) - MOST_REFUSALS
                lines.append(Text(words.n("and {count} more", "and {count} more", rest), VERMILION))
            lines.append(Text(words.t("u undoes it while it is in force."), GREY))
        self._body = lines
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """A heading and what there is to say."""
        del height
        rule = "─" * max(0, width - len(self._title) - 1)
        lines = [Text.assemble((f"{self._title} ", GREY), (rule, FAINT))]
        return [*lines, *(_cut(line, width) for line in self._body)]


def _cut(line: Text, width: int) -> Text:
    return line if line.cell_len <= width else Text(fit(line.plain, width), line.style)
