"""The console's looks: the night that it was painted for, and the same in other colours.

Widgets paint with the constants of the vocabulary, which are the night's. Any other look is a filter over what was
painted: it puts its own colour in the place of each of the night's. So whatever a widget paints with those constants
is right in every look, and a look is nothing but a table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil

from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import BUILTIN_THEMES, Theme

from console.i18n import N_
from console.vocabulary import (
    AMBER,
    BLUE,
    BRIGHT,
    FAINT,
    GREEN,
    GREY,
    NIGHT_BLUE,
    POINTED,
    POINTED_FAINT,
    PURPLE,
    VERMILION,
)

EDGE = "#2b3a5c"
"""The frames of panels."""
STALE_OPACITY = 0.55
"""How much is left of the colours of what is old, as falotier.tcss has it."""
MOST_STYLES = 4096
"""Styles whose other colours are kept; a screen has some hundreds."""

DIMMEST = 0.5
"""How bright the ground of an area is beside its top."""
GLOWS = 8
"""Brightnesses from the one to the other: so few that every look can have a colour for each."""


@lru_cache(maxsize=512)
def glow(colour: str, share: float) -> str:
    """A colour as bright as so high in an area: from ``DIMMEST`` at the ground to all of it at the top."""
    return Color(0, 0, 0).blend(Color.parse(colour), _brightness(ceil(share * GLOWS))).hex6.lower()


def _brightness(step: int) -> float:
    return DIMMEST + (1 - DIMMEST) * min(1.0, step / GLOWS)


NIGHT = Theme(
    name="falotier-night",
    primary=AMBER,
    secondary=BLUE,
    accent=AMBER,
    warning=AMBER,
    error=VERMILION,
    success=GREEN,
    foreground="#c9d3e6",
    background=NIGHT_BLUE,
    surface="#0f1729",
    panel="#16203a",
    dark=True,
    variables={"border": EDGE, "scrollbar": EDGE, "scrollbar-background": "#0f1729"},
)


class Repainted(LineFilter):
    """Puts other colours in the place of the night's."""

    def __init__(self, before: Mapping[str, Style], behind: Mapping[str, Style]) -> None:
        super().__init__()
        self._before = {_triplet(colour): style for colour, style in before.items()}
        self._behind = {_triplet(colour): style for colour, style in behind.items()}
        self._known: dict[Style, Style] = {}

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same text in this look's colours."""
        del background
        return [
            Segment(text, self._repainted(style) if style else style, control)
            for text, style, control in segments
        ]

    def _repainted(self, style: Style) -> Style:
        known = self._known.get(style)
        if known is None:
            if len(self._known) >= MOST_STYLES:
                self._known.clear()
            known = style
            if style.color and style.color.triplet in self._before:
                known += self._before[style.color.triplet]
            if style.bgcolor and style.bgcolor.triplet in self._behind:
                known += self._behind[style.bgcolor.triplet]
            self._known[style] = known
        return known


def _triplet(colour: str) -> ColorTriplet:
    red, green, blue = Color.parse(colour).rgb
    return ColorTriplet(red, green, blue)


@dataclass(frozen=True)
class Look:
    """A theme for what style sheets paint, and the colours that stand for the night's."""

    name: str
    """What people write on the command line and in their preferences."""
    title: str
    """An English message id."""
    theme: Theme
    colours: Mapping[str, str]
    """Instead of each of the night's colours: a colour, or words of rich's like ``dim`` and ``reverse``."""

    @cached_property
    def filters(self) -> tuple[LineFilter, ...]:
        """What turns the night into this look; nothing for the night itself."""
        if not self.colours:
            return ()
        instead = {
            night: own for colour, own in self.colours.items() for night, own in self._glows(colour, own)
        }
        instead |= self.colours
        if not self.theme.ansi:
            instead |= {self._stale(night): self._stale(own) for night, own in instead.items()}
        before = {night: Style.parse(own) for night, own in instead.items()}
        behind = {
            night: Style.parse(own if own.split()[0] in WORDS_OF_STYLE else f"on {own}")
            for night, own in instead.items()
        }
        return (Repainted(before, behind),)

    def _glows(self, night: str, own: str) -> Iterator[tuple[str, str]]:
        """The night's shades of a colour, and this look's: into its own background, or the terminal's one colour."""
        for step in range(1, GLOWS + 1):
            yield glow(night, step / GLOWS), own if self.theme.ansi else self._mixed(own, _brightness(step))

    def _stale(self, colour: str) -> str:
        """A colour as Textual blends it into this look's background where values are old."""
        return self._mixed(colour, STALE_OPACITY)

    def _mixed(self, colour: str, share: float) -> str:
        background = Color.parse(self.theme.background or NIGHT_BLUE)
        return background.blend(Color.parse(colour), share).hex6.lower()


WORDS_OF_STYLE = frozenset({"reverse", "underline", "dim"})
"""What a terminal can do to text without a colour of ours."""


def _look(
    name: str,
    title: str,
    colours: Mapping[str, str],
    *,
    surface: str,
    panel: str,
    foreground: str,
    dark: bool,
) -> Look:
    """A look of which style sheets take the same colours as what is painted."""
    theme = Theme(
        name=f"falotier-{name}",
        primary=colours[AMBER],
        secondary=colours[BLUE],
        accent=colours[AMBER],
        warning=colours[AMBER],
        error=colours[VERMILION],
        success=colours[GREEN],
        foreground=foreground,
        background=colours[NIGHT_BLUE],
        surface=surface,
        panel=panel,
        dark=dark,
        variables={"border": colours[EDGE], "scrollbar": colours[EDGE], "scrollbar-background": panel},
    )
    return Look(name, title, theme, colours)


LIGHT = _look(
    "light",
    N_("light"),
    {
        AMBER: "#855400",
        BLUE: "#0a56a8",
        VERMILION: "#b0240f",
        PURPLE: "#7a2c93",
        GREEN: "#00654a",
        GREY: "#4f5a70",
        FAINT: "#c8c2b3",
        NIGHT_BLUE: "#f7f5ef",
        POINTED: "#cfe0fa",
        POINTED_FAINT: "#e4ecf8",
        BRIGHT: "#0b1017",
        EDGE: "#b9b29f",
    },
    surface="#fffdf8",
    panel="#ece8dd",
    foreground="#232b3b",
    dark=False,
)

HIGH_CONTRAST = _look(
    "contrast",
    N_("high contrast"),
    {
        AMBER: "#ffd45e",
        BLUE: "#8fd0ff",
        VERMILION: "#ffac96",
        PURPLE: "#f3bcff",
        GREEN: "#6df5bd",
        GREY: "#d0d7e6",
        FAINT: "#7f8aa3",
        NIGHT_BLUE: "#000000",
        POINTED: "#002c66",
        POINTED_FAINT: "#001f4d",
        BRIGHT: "#ffffff",
        EDGE: "#aab4c8",
    },
    surface="#000000",
    panel="#10141f",
    foreground="#ffffff",
    dark=True,
)

COLOUR_BLIND = _look(
    "colour-blind",
    N_("blue and orange, for eyes that confuse red and green"),
    {
        AMBER: "#ffe6a3",
        BLUE: "#4f9dff",
        VERMILION: "#ff9526",
        PURPLE: "#e8e4f0",
        GREEN: "#7cc8ff",
        GREY: "#8b97b0",
        FAINT: "#3f4c69",
        NIGHT_BLUE: "#0b1120",
        POINTED: "#1c2b50",
        POINTED_FAINT: "#172340",
        BRIGHT: "#eef2fa",
        EDGE: "#2b3a5c",
    },
    surface="#0f1729",
    panel="#16203a",
    foreground="#c9d3e6",
    dark=True,
)

TERMINAL = Look(
    "terminal",
    N_("the terminal's own colours"),
    Theme(
        name="falotier-terminal",
        ansi=True,
        primary="ansi_yellow",
        secondary="ansi_cyan",
        accent="ansi_yellow",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            **BUILTIN_THEMES["ansi-dark"].variables,
            "border": "ansi_bright_black",
            "scrollbar": "ansi_bright_black",
            "scrollbar-background": "ansi_default",
            "input-cursor-background": "ansi_yellow",
            "input-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_yellow",
            "block-cursor-foreground": "ansi_black",
        },
    ),
    {
        AMBER: "yellow",
        BLUE: "cyan",
        VERMILION: "red",
        PURPLE: "magenta",
        GREEN: "green",
        GREY: "dim default",
        FAINT: "bright_black",
        NIGHT_BLUE: "black",
        POINTED: "reverse on default",
        POINTED_FAINT: "underline on default",
        BRIGHT: "default",
        EDGE: "bright_black",
    },
)

LOOKS: Mapping[str, Look] = {
    look.name: look
    for look in (Look("night", N_("night"), NIGHT, {}), LIGHT, TERMINAL, HIGH_CONTRAST, COLOUR_BLIND)
}
"""Every look by its name, the usual one first."""
LOOK_OF_THEME: Mapping[str, Look] = {look.theme.name: look for look in LOOKS.values()}
