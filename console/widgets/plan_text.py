"""The text of a light plan, to be written in: headers, keys, strings and comments in their colours."""

import re
from collections.abc import Iterator

from rich.style import Style
from rich.text import Text
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from console.hostile import signs_for_controls
from console.vocabulary import AMBER, BLUE, BRIGHT, FAINT, GREEN, GREY, POINTED, POINTED_FAINT

_PARTS = re.compile(
    r"""(?P<comment>\#.*)|(?P<header>^\s*\[\[?[^\]]*\]\]?)|(?P<string>"(?:[^"\\]|\\.)*"|'[^']*')"""
    r"""|(?P<key>[A-Za-z0-9_-]+)(?=\s*=)|(?P<number>(?<![\w.-])-?[0-9][0-9.:-]*)""",
    re.VERBOSE,
)
LONGEST_LINE, MOST_LINES = 2000, 5000
"""Longer lines, and texts of more lines, are left in one colour: keys must not wait for it."""
_COLOURS = {"comment": GREY, "header": AMBER, "string": GREEN, "key": BLUE, "number": BRIGHT}


class PlanText(TextArea):
    """TOML, with the numbers of its lines: faults are told by them."""

    def __init__(self) -> None:
        super().__init__(id="plan-text", classes="panel", show_line_numbers=True, soft_wrap=False)
        self.cursor_blink = False
        self.indent_width = 2

    def on_mount(self) -> None:
        """Take on the night's colours; other looks repaint them."""
        styles = {name: Style(color=colour) for name, colour in _COLOURS.items()}
        self.register_theme(
            TextAreaTheme(
                "falotier",
                gutter_style=Style(color=FAINT),
                cursor_style=Style(color=POINTED_FAINT, bgcolor=AMBER),
                cursor_line_style=Style(bgcolor=POINTED_FAINT),
                cursor_line_gutter_style=Style(color=AMBER, bgcolor=POINTED_FAINT),
                bracket_matching_style=Style(color=AMBER),
                selection_style=Style(bgcolor=POINTED),
                syntax_styles=styles,
            )
        )
        self.theme = "falotier"

    @property
    def line(self) -> int:
        """Where the cursor is, from 1."""
        return self.cursor_location[0] + 1

    def go_to(self, line: int) -> None:
        """Put the cursor at a line, from 1."""
        self.move_cursor((max(0, min(self.document.line_count, line) - 1), 0), center=True)

    def get_line(self, line_index: int) -> Text:
        """A line as it is painted: what a terminal would obey is shown as a sign, and stays in the text as it is."""
        line = super().get_line(line_index)
        line.plain = signs_for_controls(line.plain)
        return line

    def take(self, text: str) -> None:
        """Another text; only what differs is replaced, so that it can be undone and the cursor stays near."""
        before = self.text
        if text == before:
            return
        start = next((n for n, (one, two) in enumerate(zip(before, text, strict=False)) if one != two), None)
        start = min(len(before), len(text)) if start is None else start
        same = 0
        most = min(len(before), len(text)) - start
        while same < most and before[-1 - same] == text[-1 - same]:
            same += 1
        begin, end = self._location(before, start), self._location(before, len(before) - same)
        self.replace(text[start : len(text) - same], begin, end)

    @staticmethod
    def _location(text: str, place: int) -> tuple[int, int]:
        line = text.count("\n", 0, place)
        return line, place - (text.rfind("\n", 0, place) + 1)

    def _build_highlight_map(self) -> None:
        self._line_cache.clear()
        self._highlights.clear()
        if self.document.line_count > MOST_LINES:
            return
        for number in range(self.document.line_count):
            line = self.document.get_line(number)
            if found := list(_parts(line)):
                self._highlights[number] = found


def _parts(line: str) -> Iterator[tuple[int, int | None, str]]:
    """The coloured parts of a line, in octets as ``TextArea`` counts them."""
    if len(line) > LONGEST_LINE:
        return
    is_ascii = line.isascii()
    for found in _PARTS.finditer(line):
        start, end = found.span()
        if not is_ascii:
            start, end = len(line[:start].encode()), len(line[:end].encode())
        yield start, end, str(found.lastgroup)
