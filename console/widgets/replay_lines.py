"""What says that the past is on screen: a line that cannot be missed, and the last two days as a bar."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from textual import events
from textual.message import Message

from console.replay import CURSOR, OPENING, bar_of, instant_at, moment_text
from console.session import Session
from console.vocabulary import AMBER, BRIGHT, GREY, NIGHT_BLUE, VERMILION
from console.widgets.painted import Painted, fit, spread

SIGN = "◀◀"
SHOWN = f"bold {NIGHT_BLUE} on {AMBER}"
ROWS_FOR_BAR = 24
"""From this height of the screen on, the bar stands below the line."""
GAP = " "


def replay_line(session: Session, width: int) -> Text:
    """Where one is in time and how one gets away; the keys give way first, what it is never."""
    words, at, now = session.words, session.replayed_at, session.now
    if at is None or now is None:
        sought = moment_text(session.sought, words) if session.sought else ""
        told = words.t("Reading what was recorded: {time} …", time=sought)
        return Text(fit(f" {SIGN} {told}", width).ljust(width), SHOWN)
    head = f" {SIGN} {words.t('REPLAY')} · {moment_text(at, words)}"
    if session.sought:
        head += f" → {words.clock(session.sought)} …"
    if session.is_playing:
        head += f" ▶ {words.t('running')}"
    home = f"{words.t('R present')} "
    room = width - len(head) - len(home) - 2
    for part in _that_fit(_parts(session, words.t("{age} ago", age=words.span(now - at))), room):
        head += f" · {part}"
    line = spread(Text(head), Text(home), width)
    line.stylize(SHOWN)
    return line


def _parts(session: Session, age: str) -> Sequence[Sequence[str]]:
    """What else there is to say, the most important first, each in a long and perhaps in a short form."""
    t = session.words.t
    return (
        *([] if session.plan_known else [(t("plan of then not kept"),)]),
        (t(", . 5 min  < > 1 h"), ", . < >"),
        (age,),
        (t("P run"),),
        (t("T time"),),
    )


def _that_fit(parts: Sequence[Sequence[str]], room: int) -> Sequence[str]:
    """Those for which there is room, as long as it can be."""
    chosen = []
    for forms in parts:
        form = next((form for form in forms if len(form) + 3 <= room), None)
        if form is not None:
            chosen.append(form)
            room -= len(form) + 3
    return chosen


class ReplayBar(Painted):
    """The last two days: midnights, incidents that opened, where one stands. A click goes there."""

    class Sought(Message):
        """Somebody wants another instant."""

        def __init__(self, at: datetime) -> None:
            super().__init__()
            self.at = at

    def __init__(self, session: Session) -> None:
        super().__init__(id="replay-bar")
        self._session = session
        self._bar = (0, 0)

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """One line, with how far it goes at both ends."""
        del height
        session, words = self._session, self._session.words
        at, now = session.replayed_at, session.now
        if at is None or now is None:
            return [Text()]
        left, right = f" −48{GAP}h ", f" {words.t('present')} {words.clock(now)} "
        room = width - len(left) - len(right)
        self._bar = (len(left), room)
        line = Text(left, GREY)
        for sign in bar_of(at, now, session.openings, words.zone, room):
            line.append(sign, {CURSOR: f"bold {AMBER}", OPENING: f"bold {VERMILION}"}.get(sign, GREY))
        return [line.append(right, BRIGHT)]

    def on_click(self, event: events.Click) -> None:
        """Go to where it was clicked."""
        first, room = self._bar
        now = self._session.now
        if now and first <= event.x < first + room:
            self.post_message(self.Sought(instant_at(event.x - first, room, now)))
