"""What a person types after ``/``: words that must all be found, ``!word`` that must not, ``street:franklin``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from console.city_now import plain

_plain_field = lru_cache(maxsize=4096)(plain)
"""Thousands of rows share their states, streets and sectors."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a search."""

    typed: str
    """As it was typed."""
    text: str
    """What is looked for, made ``plain``."""
    field: str | None
    """Where it is looked for; None: everywhere."""
    wanted: bool
    """Whether it must be found, or must not."""


class Search:
    """A search, ready to be tried on many rows. Case and accents do not matter."""

    def __init__(self, text: str, fields: Mapping[str, str]) -> None:
        """Read a search; ``fields`` gives the name of a field for each word that may stand before a colon."""
        known = {plain(word): name for word, name in fields.items()}
        self.terms = tuple(_term(word, known) for word in text.split())

    def __bool__(self) -> bool:
        return bool(self.terms)

    def without(self, term: Term) -> str:
        """What would have to be typed for all of it but one of its terms."""
        return " ".join(each.typed for each in self.terms if each is not term)

    def narrows(self, other: "Search") -> bool:
        """Whether nothing is found that the other one does not find too: its words, and more letters or words."""
        return all(any(_narrows(mine, each) for mine in self.terms) for each in other.terms)

    def matches(self, haystack: str, field: Callable[[str], str]) -> bool:
        """Whether a row is looked for: all its text made ``plain``, and one field of it by name."""
        for term in self.terms:
            found = term.text in (_plain_field(field(term.field)) if term.field else haystack)
            if found != term.wanted:
                return False
        return True


def _narrows(term: Term, other: Term) -> bool:
    if (term.field, term.wanted) != (other.field, other.wanted):
        return False
    return other.text in term.text if term.wanted else term.text in other.text


def _term(word: str, known: Mapping[str, str]) -> Term:
    wanted = not (word.startswith("!") and len(word) > 1)
    text = plain(word if wanted else word[1:])
    name, colon, value = text.partition(":")
    if colon and value and name in known:
        return Term(word, value, known[name], wanted)
    return Term(word, text, None, wanted)
