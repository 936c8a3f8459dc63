"""GeoReport v2 in XML, read into the shapes that it has in JSON.

Nothing of a document type is ever read: with it go entities, and what they can be made to expand to or to fetch.
"""

from typing import Any
from xml.parsers import expat

ROOTS = frozenset(
    {"services", "service_requests", "service_request_updates", "errors", "service_definition", "discovery"}
)
_ITEMS = frozenset(
    {"service", "request", "request_update", "error", "attribute", "value", "endpoint", "format"}
)
"""Elements that stand in a list, even alone."""
DEEPEST = 16
"""Elements within elements; the specification's deepest has six."""


class _Reader:
    """Builds the document as expat tells of it; what is no GeoReport raises ValueError."""

    def __init__(self) -> None:
        self._open: list[tuple[str, list[tuple[str, Any]], list[str]]] = []
        self.document: Any = None

    def start(self, tag: str, _attributes: object) -> None:
        name = tag.rpartition(":")[2]
        if len(self._open) >= DEEPEST or (not self._open and name not in ROOTS):
            raise ValueError(f"no GeoReport document: {name}")
        self._open.append((name, [], []))

    def text(self, data: str) -> None:
        self._open[-1][2].append(data)

    def end(self, _tag: str) -> None:
        name, children, text = self._open.pop()
        if children and all(child in _ITEMS for child, _ in children):
            value: Any = [content for _, content in children]
        elif children:
            value = dict(children)
        else:
            value = "".join(text).strip() or None
        if self._open:
            self._open[-1][1].append((name, value))
        else:
            self.document = [] if value is None else value


def _refuse(*_declaration: object) -> None:
    raise ValueError("a document type is not read")


def read_xml(body: bytes) -> Any:
    """The document, in the shape that JSON would have.

    Raises:
        ValueError: it is not XML, brings a document type, or is no answer of GeoReport v2.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes no keywords
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return reader.document
