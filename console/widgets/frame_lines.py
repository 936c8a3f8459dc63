"""The lines round every screen: header, banner, keys, and what stands there when the terminal is too small."""

import math
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from rich.text import Text
from textual import events
from textual.binding import ActiveBinding, Binding
from textual.message import Message

from city.messages import Connection
from console.acts import is_act
from console.client import LinkState
from console.hostile import clean
from console.i18n import N_
from console.session import Session
from console.storage import LAG_WORTH_SAYING_S
from console.vocabulary import (
    AMBER,
    BRIGHT,
    CONNECTIONS,
    DOWN,
    GREEN,
    GREY,
    NIGHT_BLUE,
    NOT_KNOWN,
    UP,
    VERMILION,
    spoken,
)
from console.widgets.painted import Painted, fit, spread
from console.widgets.replay_lines import SHOWN, SIGN, replay_line

TABS: Sequence[tuple[str, str]] = (
    ("city", N_("City")),
    ("lighting", N_("Lighting")),
    ("programmes", N_("Programmes")),
    ("incidents", N_("Incidents")),
    ("wifi", N_("Wi-Fi")),
    ("journal", N_("Journal")),
)
"""The screens in the order of their number keys: mode and title."""
TITLES = dict(TABS)

HERE = f"bold {NIGHT_BLUE} on {AMBER}"
"""The screen that one is on."""
HELD = f"bold {NIGHT_BLUE} on {VERMILION}"
"""What stands still and so is not the present: never to be taken for it."""
YEAR_COLUMNS = 140
"""From this width on, the date has its year."""
AIRY_COLUMNS = 100
"""From this width on, there is room between the names of the screens."""
SLIM_COLUMNS = 72
"""Below this width only the screen that one is on has its name, the date is left out, and panels go below lists."""
SMALLEST = (60, 16)
"""Columns and rows below which a list would be a wall."""


class Header(Painted):
    """City, clock, and the health of every connection."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """One line; connections are summed up where there is no room to name them, then our name and the date go."""
        del height
        slim = width < SLIM_COLUMNS or (width < AIRY_COLUMNS and bool(self._storage()))
        forms = ((slim, True, 0), *((tight, False, form) for tight in (slim, True) for form in (0, 1, 2)))
        for tight, full, brief in forms:
            left, right = self._left(width, tight=tight, brief=brief), self._links(full=full)
            if left.cell_len + right.cell_len + (3 if full else 1) <= width:
                break
        if left.cell_len + right.cell_len + 1 > width and self._all_up:
            right = Text()  # that all is well is said by nothing else being said
        return [spread(left, right, width)]

    def _left(self, width: int, *, tight: bool, brief: int) -> Text:
        """Who we are, when it is, whether one may act, and what there is to worry about."""
        city, words = self._session.city, self._session.words
        left = Text.assemble((" ▟▙ ", AMBER), ("" if tight else "Falotier", f"bold {AMBER}"))
        if city.summary:
            left.append(f"{'' if tight else ' · '}{clean(city.summary.city)}", f"bold {BRIGHT}")
            if not tight:
                left.append(f"   {words.date(city.summary.now, short=width < YEAR_COLUMNS)}", GREY)
            left.append("  ")
            is_past = self._session.replayed_at is not None
            if city.frozen and not is_past:
                since = words.clock(city.summary.now, seconds=width >= SLIM_COLUMNS)
                left.append(f" ‖ {words.t('held since {time}', time=since)} ", HELD)
            else:
                left.append(f"{SIGN} " if is_past else "", GREY)
                is_present = city.up and not is_past
                left.append(words.clock(city.summary.now, seconds=True), BRIGHT if is_present else GREY)
        left.append_text(self._arming(brief))
        left.append_text(self._storage())
        return left.append_text(self._waiting())

    def _arming(self, brief: int) -> Text:
        """Whether something can be done from here, and for how long still: on every screen, never to be mistaken."""
        session, t = self._session, self._session.words.t
        if session.replayed_at:
            return Text()  # the banner says it
        if session.read_only:
            words = (f"{t('read only')} (A)", t("read only"), t("read"))
            return Text(f"   ◌ {words[brief]}", GREY)
        minutes, seconds = divmod(math.ceil(session.arming.left_s), 60)
        word = t("armed")
        return Text(f"   ◉ {word} {minutes}:{seconds:02}", f"bold {AMBER}")

    def _storage(self) -> Text:
        """What was lost since the start, and how far the store is behind: never to be learnt of by chance."""
        summary, words = self._session.city.summary, self._session.words
        line = Text()
        if summary and summary.measurements_lost:
            lost = words.n("{count} value lost", "{count} values lost", summary.measurements_lost)
            line.append(f"   ▲ {lost}", f"bold {VERMILION}")
        if summary and summary.lag_s > LAG_WORTH_SAYING_S:
            late = words.t("{span} late", span=words.span(timedelta(seconds=summary.lag_s)))
            line.append(f"   … {late}", f"bold {AMBER}")
        return line

    def _waiting(self) -> Text:
        """What another person has to agree to, and whether the mass-change stop holds: on every screen."""
        summary, words = self._session.city.summary, self._session.words
        line = Text()
        if summary and summary.stopped_until:
            until = words.clock(summary.stopped_until)
            line.append("   ◼ " + words.t("two persons until {time}", time=until), f"bold {VERMILION}")
        if summary and summary.approvals:
            waits = words.n("{count} waits", "{count} wait", summary.approvals)
            line.append(f"   ◔ {waits} (w)", f"bold {AMBER}")
        return line

    @property
    def _all_up(self) -> bool:
        city = self._session.city
        return city.up and all(each.up for each in (city.summary.connections if city.summary else ()))

    def _links(self, *, full: bool) -> Text:
        city, t = self._session.city, self._session.words.t
        links = Text()
        known = city.summary.connections if city.summary else ()
        down = [connection for connection in known if not connection.up]
        state = UP if city.up else NOT_KNOWN if city.link is None else DOWN
        is_past = self._session.replayed_at is not None  # how the links stood then is not recorded
        if not full and self._all_up and not is_past:
            _link(links, UP.symbol, t("all links up"), UP.colour, dim=False)
            return links.append(" ")
        _link(links, state.symbol, t("head-end"), state.colour, dim=False)
        for connection in known if full else down:
            sign = UP if connection.up else DOWN
            _link(links, sign.symbol, t(_name(connection)), sign.colour, dim=not city.up)
        return links.append(" ")


def _name(connection: Connection) -> str:
    return CONNECTIONS.get(connection.name, spoken(clean(connection.name)))


def _link(line: Text, symbol: str, word: str, colour: str, *, dim: bool) -> None:
    line.append(f"  {symbol} ", GREY if dim else colour)
    line.append(word, GREY if dim or colour == GREEN else f"bold {colour}")


class Banner(Painted):
    """Says that the past is on screen, or that the head-end is away and since when; else it takes no room."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """One line: which past is shown, or what is wrong, since when, and what happens next."""
        del height
        if self._session.replayed_at or self._session.sought:
            return [replay_line(self._session, width)]
        return [Text(fit(f" ▲ {self.sentence()}", width))]

    def sentence(self) -> str:
        """What there is to say of a lost connection."""
        city, words = self._session.city, self._session.words
        away = city.away_for
        if city.link is None or away is None:
            return words.t("Connecting to the head-end at {url} …", url=self._session.client.url)
        why = _translated_why(self._session, city.link.why)
        if city.link.state is LinkState.REFUSED:
            return words.t("The head-end refuses this console: {why}", why=why)
        if city.now is None:
            return words.t(
                "No head-end at {url}: {why}. Trying again.", url=self._session.client.url, why=why
            )
        return words.t(
            "Head-end away since {time} ({age}); what is shown is that old. Why: {why}",
            time=words.clock(city.now, seconds=True),
            age=words.span(away),
            why=why,
        )


NETWORK_REASONS = (
    N_("connection refused"),
    N_("connection closed"),
    N_("no answer in time"),
    N_("the head-end does not know this token"),
    N_("this token may not do that"),
)
"""What the client says most often, so that it is translated."""


def _translated_why(session: Session, why: str) -> str:
    return session.words.t(clean(why)) if why in NETWORK_REASONS else clean(why)


class Keys(Painted):
    """The bottom line: the screens with their number keys, and the keys that matter here."""

    class Picked(Message):
        """Somebody clicked a screen's name."""

        def __init__(self, mode: str) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self, session: Session, mode: str) -> None:
        super().__init__()
        self._session = session
        self._mode = mode
        self._ends: list[tuple[int, str]] = []

    def on_mount(self) -> None:
        """What can be done changes with focus and cursor."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.repaint())

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """One line: tabs on the left, keys on the right, as many as there is room for."""
        del height
        tabs = self._tabs(airy=width >= AIRY_COLUMNS, slim=width < SLIM_COLUMNS)
        keys = Text()
        for key, description, dim in self._shown_keys():
            # The last one is the help, which must never be pushed out.
            more = Text.assemble((f" {key}", GREY if dim else f"bold {AMBER}"), (f" {description}", GREY))
            if tabs.cell_len + keys.cell_len + more.cell_len + 1 >= width:
                continue
            keys.append_text(more)
        return [spread(tabs, keys.append(" "), width)]

    def _tabs(self, *, airy: bool, slim: bool) -> Text:
        line = Text()
        self._ends = []
        standing = len(self._session.city.live_incidents)
        for number, (mode, title) in enumerate(TABS, start=1):
            here = mode == self._mode
            name = self._session.words.t(title)
            line.append(f" {number} ", HERE if here else f"bold {AMBER}")
            line.append("" if slim and not here else name, HERE if here else "")
            if mode == "incidents" and standing and airy:
                line.append(f" ▲{standing}", HERE if here else f"bold {VERMILION}")
            if here or airy:
                line.append(" ", HERE if here else "")
            self._ends.append((line.cell_len, mode))
        return line

    def _shown_keys(self) -> list[tuple[str, str, bool]]:
        """Key, what it does, and whether it waits for the console to be armed."""
        t, read_only = self._session.words.t, self._session.read_only
        shown = {}
        # A key that somebody moved stands where its old one stood.
        for key, active in sorted(self.screen.active_bindings.items(), key=lambda each: _declared(each[1])):
            if active.binding.show and active.binding.description and active.enabled:
                shown[active.binding.action] = (
                    active.binding.key_display or key_name(key),
                    t(active.binding.description),
                    read_only and is_act(active.node, active.binding.action),
                )
        helps = shown.pop("help", None)
        return [*([helps] if helps else []), *shown.values()]

    def on_click(self, event: events.Click) -> None:
        """Go to the screen that was clicked."""
        for end, mode in self._ends:
            if event.x < end:
                self.post_message(self.Picked(mode))
                return


_KEY_NAMES = {
    "slash": "/",
    "question_mark": "?",
    "space": "␣",
    "escape": "Esc",
    "enter": "⏎",
    "asterisk": "*",
    "up": "↑",
    "down": "↓",
    "shift+up": "⇧↑",
    "shift+down": "⇧↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
}


def key_name(key: str) -> str:
    """A key as people write it."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    return key.replace("ctrl+", "^").replace("shift+", "⇧").replace("left", "←").replace("right", "→")


@cache
def _names(owner: type) -> list[str | None]:
    """The names of a class's keys in the order of their declaration."""
    return [
        each.id
        for base in reversed(owner.__mro__)
        for each in base.__dict__.get("BINDINGS", ())
        if isinstance(each, Binding)
    ]


def _declared(active: ActiveBinding) -> tuple[int, int]:
    """Nearest widget first, then as its keys are declared."""
    chain = active.node.ancestors_with_self
    names = _names(type(active.node))
    place = names.index(active.binding.id) if active.binding.id in names else len(names)
    return -len(chain), place


class TooSmall(Painted):
    """What stands there when the terminal is too small for anything else: the essentials, readable."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """A few lines, the most important first."""
        city, words = self._session.city, self._session.words
        columns, rows = SMALLEST
        lines = [
            Text(fit(words.t("Terminal too small"), width), f"bold {AMBER}"),
            Text(fit(words.t("Enlarge it to {columns}×{rows} or more", columns=columns, rows=rows), width)),
        ]
        if summary := city.summary:
            lamps = summary.lamps
            lit = words.t(
                "{lit} of {total} lit", lit=words.number(lamps.lit), total=words.number(lamps.total)
            )
            count = words.n("{count} incident", "{count} incidents", summary.incidents)
            lines += [
                Text(fit(f"{clean(summary.city)} {words.clock(summary.now)}", width), f"bold {BRIGHT}"),
                Text.assemble(("● ", AMBER), (fit(lit, width - 2), BRIGHT)),
                Text.assemble(("▲ ", VERMILION), (fit(count, width - 2), BRIGHT)),
            ]
        if not city.up:
            lines.append(Text(fit(words.t("Head-end away"), width), f"bold {VERMILION}"))
        if self._session.replayed_at:
            lines.insert(0, Text(fit(f"{SIGN} {words.t('REPLAY')} · {words.t('R present')}", width), SHOWN))
        lines.append(Text(fit(words.t("q quit"), width), GREY))
        above = max(0, (height - len(lines)) // 2)
        return [*([Text()] * above), *lines]
