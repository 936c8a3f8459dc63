"""On which line of a TOML file each key stands: the standard library reads TOML, but does not say where it found what.

Meant for text that has been read as TOML without fault: nothing is checked here.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""From the top of the document: names of keys, and places in arrays, from 0."""

_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|\n|[\[\]{},=]|[^\s\[\]{},="'#]+''',
    re.DOTALL,
)
"""A string, a comment, the end of a line, a sign, or a bare run of anything else (dots of dotted keys included)."""

NEWLINE = "\n"
ARRAY = "["

_ENDS = (NEWLINE, ",", "]", "}")
_QUOTES = ('"', "'")


def line_numbers(text: str) -> Mapping[Path, int]:
    """The line, from 1, of every key, table and entry of an array."""
    return _Walk(_tokens(text)).document()


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of a path, or of the nearest table around it; the first line for what is nowhere."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _tokens(text: str) -> list[tuple[str, int]]:
    """All tokens but comments, each with its line."""
    found, line, seen = [], 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        if not match[0].startswith("#"):
            found.append((match[0], line))
    return found


@dataclass
class _Walk:
    """A walk through the tokens from the first to the last."""

    tokens: list[tuple[str, int]]
    place: int = 0
    lines: dict[Path, int] = field(default_factory=dict)
    entries: dict[Path, int] = field(default_factory=dict)
    """How many tables an array of tables has so far."""

    def document(self) -> Mapping[Path, int]:
        table: Path = ()
        while self.place < len(self.tokens):
            token, line = self.tokens[self.place]
            if token == NEWLINE:
                self.place += 1
            elif token == ARRAY:
                table = self._header(line)
            else:
                self._assignment(table)
        return self.lines

    def _header(self, line: int) -> Path:
        is_array = self.tokens[self.place + 1][0] == ARRAY
        self.place += 2 if is_array else 1
        names = self._key("]")
        self.place += 2 if is_array else 1
        table = (*self._within((), names[:-1]), names[-1])
        if is_array:
            self.lines.setdefault(table, line)
            self.entries[table] = self.entries.get(table, -1) + 1
        table = self._entry(table)
        self.lines.setdefault(table, line)
        return table

    def _assignment(self, table: Path) -> None:
        line = self.tokens[self.place][1]
        path = table
        for name in self._key("="):
            path = self._entry((*path, name))
            self.lines.setdefault(path, line)
        self.place += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip_newlines()
        opening = self.tokens[self.place][0]
        if opening == "{":
            self.place += 1
            while self._more("}"):
                self._assignment(path)
        elif opening == ARRAY:
            self.place += 1
            number = 0
            while self._more("]"):
                self.lines[(*path, number)] = self.tokens[self.place][1]
                self._value((*path, number))
                number += 1
        else:  # a string is one token; a date may be two, with its time after a space
            while self.place < len(self.tokens) and self.tokens[self.place][0] not in _ENDS:
                self.place += 1

    def _more(self, closing: str) -> bool:
        """Whether an array or an inline table goes on; steps over what separates its entries, and over its end."""
        while self.tokens[self.place][0] in (NEWLINE, ","):
            self.place += 1
        if self.tokens[self.place][0] != closing:
            return True
        self.place += 1
        return False

    def _skip_newlines(self) -> None:
        while self.tokens[self.place][0] == NEWLINE:
            self.place += 1

    def _key(self, closing: str) -> list[str]:
        """The names of a dotted key up to what closes it."""
        names: list[str] = []
        while self.tokens[self.place][0] != closing:
            token = self.tokens[self.place][0]
            if token.startswith(_QUOTES):
                names.append(str(tomllib.loads(f"key = {token}")["key"]))
            else:
                names += [name for name in token.split(".") if name]
            self.place += 1
        return names

    def _within(self, path: Path, names: list[str]) -> Path:
        for name in names:
            path = self._entry((*path, name))
        return path

    def _entry(self, path: Path) -> Path:
        """In an array of tables, its last table so far is meant."""
        return (*path, self.entries[path]) if path in self.entries else path
