"""A widget made of lines of text that repaints only the lines that changed."""

from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


def fit(text: str, width: int) -> str:
    """A text cut to a width in cells, with an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def spread(left: Text, right: Text, width: int) -> Text:
    """One line with a left and a right end; the left one gives way."""
    room = width - right.cell_len
    if left.cell_len > room - 1 and right.cell_len:
        left = left.copy()
        left.truncate(max(0, room - 1), overflow="ellipsis")
    gap = max(0, width - left.cell_len - right.cell_len)
    return Text.assemble(left, " " * gap, right)


class Painted(Widget):
    """Lines of text, painted by ``paint`` for the present size.

    ``repaint`` compares with what is on screen and refreshes only what differs, so that a push that changes one
    figure costs one line.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._painted: list[Text] = []
        self._strips: dict[int, Strip] = {}

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """The lines as they should be now; what is past the height is not shown."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Paint again, and refresh the lines that changed."""
        width, height = self.size
        if not width or not height:
            return
        lines = list(self.paint(width, height))[:height]
        if len(lines) != len(self._painted):
            self._painted = lines
            self._strips.clear()
            self.refresh()
            return
        changed = [
            y for y, (new, old) in enumerate(zip(lines, self._painted, strict=True)) if not _same(new, old)
        ]
        self._painted = lines
        for y in changed:
            self._strips.pop(y, None)
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def on_resize(self, event: events.Resize) -> None:
        """Paint for the new size."""
        del event
        self._strips.clear()
        self._painted = []
        self.repaint()

    def notify_style_update(self) -> None:
        """The background may have changed."""
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        strip = self._strips.get(y)
        if strip is None:
            line = self._painted[y] if y < len(self._painted) else Text()
            strip = self._strips[y] = strip_of(line, self.size.width, self.rich_style)
        return strip


def _same(one: Text, other: Text) -> bool:
    """Whether two lines look the same; Text's own comparison forgets the base style."""
    return one == other and one.style == other.style


def strip_of(line: Text, width: int, style: Style) -> Strip:
    """A line of exactly a width, on a background."""
    base = style + (Style.parse(line.style) if isinstance(line.style, str) else line.style)
    segments = _segments(line, base)
    return Strip(segments).adjust_cell_length(width, base)


def _segments(line: Text, base: Style) -> list[Segment]:
    """The runs of one style of a line, without a rich console."""
    plain = line.plain
    if not line.spans:
        return [Segment(plain, base)]
    cuts = sorted(
        {0, len(plain), *(cut for span in line.spans for cut in (span.start, span.end) if cut < len(plain))}
    )
    segments = []
    for start, end in pairwise(cuts):
        style = base
        for span in line.spans:
            if span.start <= start and end <= span.end:
                style += Style.parse(span.style) if isinstance(span.style, str) else span.style
        segments.append(Segment(plain[start:end], style))
    return segments
