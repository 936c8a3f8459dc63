"""The steps of one programme as a form: when and how bright, one line each. What is typed goes into the plan's text."""

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from console.hostile import clean
from console.i18n import N_, Words
from console.plan_steps import (
    ProgrammePlace,
    level,
    moment,
    programmes_in,
    value_of,
    with_step,
    with_step_value,
    with_value,
    without_step,
)
from console.vocabulary import GREY

LONGEST_VALUE = 80
LATER_MIN = 30
"""Minutes after the step that it is made from comes a new one."""
DAY_MIN = 24 * 60


class StepsForm(VerticalScroll, can_focus=False):
    """Fields for one programme of a text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "add", N_("add a step"), key_display="Ctrl+N"),
        Binding("ctrl+r", "remove", N_("remove the step"), key_display="Ctrl+R"),
        Binding("up", "line(-1)", N_("line up"), show=False),
        Binding("down,enter", "line(1)", N_("line down"), show=False),
        Binding("pageup", "programme(-1)", N_("programme before"), show=False),
        Binding("pagedown", "programme(1)", N_("next programme")),
    ]

    class Edited(Message):
        """The text is another."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Turned(Message):
        """Another programme is wanted."""

        def __init__(self, start: int) -> None:
            super().__init__()
            self.start = start
            """Where it begins in the text."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="steps-form", classes="panel")
        self._words = words
        self._text = ""
        self._number = 0

    async def show_programme(self, text: str, number: int) -> bool:
        """Fields for a programme of a text, by its place; False where it cannot be shown as a form."""
        found = programmes_in(text)
        if not (0 <= number < len(found) and found[number].is_plain):
            return False
        at = self.focused_name
        await self.remove_children()  # what was typed into them is of the programme before
        self._text, self._number = text, number
        await self.mount_all(self._lines(found[number]))
        title = value_of(text, found[number].values.get("title") or found[number].values.get("name"))
        self.border_title = Text(f"{number + 1}/{len(found)} {clean(title)}")
        self.focus_field(at or ("at-0" if found[number].steps else "level"))
        return True

    def _lines(self, programme: ProgrammePlace) -> Iterator[Widget]:
        t, text = self._words.t, self._text

        def typed(key: str, value: str, hint: str = "") -> Input:
            field = Input(value, name=key, max_length=LONGEST_VALUE, placeholder=hint, compact=True)
            field.cursor_blink = False
            return field

        def value(key: str) -> str:
            return value_of(text, programme.values.get(key))

        when = t("22:30, sunset+15 …")
        yield Horizontal(Label(t("title")), typed("title", value("title")), classes="step")
        yield Horizontal(Label(t("lit from")), typed("on", value("on"), when), classes="step")
        yield Horizontal(
            Label(t("at first")),
            Label("", classes="at"),
            typed("level", value("level")),
            Label("%"),
            classes="step",
        )
        for number, step in enumerate(programme.steps):
            at, to = (value_of(text, step.values[key]) for key in ("at", "level"))
            yield Horizontal(
                Label(t("then from")), typed(f"at-{number}", at, when), typed(f"level-{number}", to), Label("%"),
                classes="step",
            )  # fmt: skip
        yield Horizontal(Label(t("dark from")), typed("off", value("off"), when), classes="step")
        moments = t("When: a time such as 22:30; or sunset, sunrise, dusk, dawn, with minutes: sunset+15.")
        yield Static(Text(moments, GREY), id="moments")

    # -- typing --------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        programme = self._programme
        if programme is None or not event.input.name or not event.input.is_attached:
            return
        key, _, number = event.input.name.partition("-")
        step = programme.steps[int(number)] if number and int(number) < len(programme.steps) else None
        place = step.values[key] if step else programme.values.get(key)
        if (number and step is None) or value_of(self._text, place) == event.value:
            return
        toml = level(event.value) if key == "level" else moment(event.value)
        changed = (
            with_step_value(self._text, step, key, toml)
            if step
            else with_value(self._text, programme, key, toml)
        )
        self._say(changed)

    def _say(self, text: str) -> None:
        self._text = text
        self.post_message(self.Edited(text))

    async def action_add(self) -> None:
        """Another step after the one with the cursor, half an hour later and as bright."""
        programme = self._programme
        if programme is None:
            return
        after = self._step_number(programme)
        at, to = "22:00", "50"
        if 0 <= after < len(programme.steps):
            at, to = (value_of(self._text, programme.steps[after].values[key]) for key in ("at", "level"))
        self._say(with_step(self._text, programme, after, moment(later(at)), level(to)))
        await self.show_programme(self._text, self._number)
        self.focus_field(f"at-{after + 1}")

    async def action_remove(self) -> None:
        """Take out the step with the cursor."""
        programme, (key, _, number) = self._programme, self.focused_name.partition("-")
        if programme is None or not number or int(number) >= len(programme.steps):
            return
        self._say(without_step(self._text, programme, int(number)))
        await self.show_programme(self._text, self._number)
        self.focus_field(f"{key}-{min(int(number), len(programme.steps) - 2)}")

    def action_line(self, by: int) -> None:
        """The field above or below."""
        fields = list(self.query(Input))
        key = self.focused_name
        if by > 0 and key.startswith("at-"):  # from the time to its level, then to the next line
            self.focus_field(key.replace("at", "level"))
            return
        place = next((n for n, each in enumerate(fields) if each.name == key), 0)
        fields[max(0, min(len(fields) - 1, place + by))].focus()

    def action_programme(self, by: int) -> None:
        """The programme before or after this one."""
        found = programmes_in(self._text)
        wanted = self._number + by
        if 0 <= wanted < len(found):
            self.post_message(self.Turned(found[wanted].start))

    # -- where things are ----------------------------------------------------------------------------------

    @property
    def _programme(self) -> ProgrammePlace | None:
        found = programmes_in(self._text)
        return found[self._number] if self._number < len(found) else None

    @property
    def focused_name(self) -> str:
        """The key of the field that has the cursor."""
        focused = self.screen.focused if self.is_attached else None
        return str(focused.name or "") if isinstance(focused, Input) and self in focused.ancestors else ""

    def focus_field(self, key: str) -> None:
        """Put the cursor in a field; in the first one where there is none of that key."""
        fields = list(self.query(Input))
        found = next((field for field in fields if field.name == key), fields[0] if fields else None)
        if found is not None:
            found.focus()

    def _step_number(self, programme: ProgrammePlace) -> int:
        """The step with the cursor; the last one from ``off``, -1 (before all) from elsewhere."""
        key, _, number = self.focused_name.partition("-")
        if number:
            return int(number)
        return len(programme.steps) - 1 if key == "off" else -1


def later(at: str) -> str:
    """A time of the clock half an hour later; anything else as it is."""
    hours, _, minutes = at.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal()):
        return at
    total = (int(hours) * 60 + int(minutes) + LATER_MIN) % DAY_MIN
    return f"{total // 60:02}:{total % 60:02}"
