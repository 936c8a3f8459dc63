"""The keys by name, so that people may move them; and whether what they ask for can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.keys import Keys, key_to_character

from console.i18n import N_

EVERYWHERE = frozenset({"app", "screen", "list", "panel"})
"""Places whose keys work on every screen, or may; those of two screens never meet."""
_HELD_DOWN = ("ctrl+", "shift+", "alt+", "super+", "meta+")
_NAMES = frozenset(key.value for key in Keys)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a person's preferences that cannot be followed: one line, to be translated where it is shown."""

    text: str
    """An English message id."""
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NamedKey:
    """What can be moved to another key."""

    name: str
    keys: str
    description: str
    """An English message id."""

    @property
    def place(self) -> str:
        """Where the key works: a screen, or a kind of widget."""
        return self.name.partition(".")[0]


def named(place: str, bindings: Sequence[BindingType]) -> list[BindingType]:
    """The same keys, each named for where it works and what it does: ``incidents.acknowledge``."""
    return [
        replace(each, id=f"{place}.{each.description.lower().replace(' ', '-')}")
        if isinstance(each, Binding) and each.description and not each.id
        else each
        for each in bindings
    ]


def named_keys(classes: Sequence[type[DOMNode]]) -> list[NamedKey]:
    """What these classes have named, in their order."""
    return [
        NamedKey(each.id, each.key, each.description)
        for owner in classes
        for each in owner.__dict__.get("BINDINGS", ())
        if isinstance(each, Binding) and each.id
    ]


def checked(
    asked: Mapping[str, object], known: Sequence[NamedKey]
) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """What of a person's keys can be followed, and what is wrong with the rest: one mistake costs one key."""
    by_name = {each.name: each for each in known}
    problems = [problem for name, keys in asked.items() if (problem := _nonsense(name, keys, by_name))]
    wrong = {problem.fields["name"] for problem in problems}
    followed = {name: ",".join(_parts(str(keys))) for name, keys in asked.items() if name not in wrong}
    while found := _first_clash(followed, known):
        # What is not followed is back where it was, and may be in the way of another.
        name, problem = found
        del followed[name]
        problems.append(problem)
    return followed, tuple(problems)


def _nonsense(name: str, keys: object, known: Mapping[str, NamedKey]) -> Problem | None:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        if near:
            return Problem(
                N_("keys: {name} is not known; did you mean {near}?"), {"name": name, "near": near[0]}
            )
        return Problem(N_("keys: {name} is not known"), {"name": name})
    if not isinstance(keys, str) or not keys or not all(map(_is_key, _parts(keys))):
        return Problem(N_("keys: {name}: {key} is no key"), {"name": name, "key": keys})
    return None


def _first_clash(followed: Mapping[str, str], known: Sequence[NamedKey]) -> tuple[str, Problem] | None:
    """A key that is another's already where both work, the last one asked for first."""
    for name, keys in reversed(list(followed.items())):
        for other in known:
            if other.name == name or not _meet(name.partition(".")[0], other.place):
                continue
            others = set(map(_same, _parts(followed.get(other.name, other.keys))))
            for key in _parts(keys):
                if _same(key) in others:
                    fields = {"name": name, "key": key, "other": other.name}
                    return name, Problem(N_("keys: {name}: {key} is already the key of {other}"), fields)
    return None


def _meet(one: str, other: str) -> bool:
    return one == other or one in EVERYWHERE or other in EVERYWHERE


def _parts(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",")]


def _is_key(key: str) -> bool:
    """Whether a terminal can send it: a character, or a name that Textual knows, perhaps with a key held down."""
    for held in _HELD_DOWN:
        key = key.removeprefix(held)
    return len(key) == 1 or key in _NAMES or key_to_character(key) is not None


def _same(key: str) -> str:
    """One writing for a key that has two: ``?`` and ``question_mark``."""
    return key if len(key) == 1 else key_to_character(key) or key
