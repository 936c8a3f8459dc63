"""What a person likes: language, colours, keys. One small file, which may be missing or broken and harms nobody."""

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from city.errors import BadInput
from console.arming import FEWEST_MIN, MOST_MIN, USUAL_MIN
from console.i18n import LANGUAGES, N_, Code
from console.key_names import Problem
from console.plain_signs import usual_symbols
from console.theme import LOOKS

USUAL_LOOK = next(iter(LOOKS))
_THEME_LINE = re.compile(r"^\s*theme\s*=")
_SECTION_LINE = re.compile(r"^\s*\[")
_KNOWN = ("language", "theme", "symbols", "armed_min", "keys")
SYMBOLS = {"unicode": "●", "ascii": "*"}
"""What states and plots may be painted with."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one person's file says, as far as it can be followed; made without one, it keeps nothing."""

    language: Code | None = None
    theme: str = USUAL_LOOK
    symbols: str = "unicode"
    keys: Mapping[str, object] = field(default_factory=dict)
    """The keys of actions by name, as written: whether they can be followed is seen once the actions are known."""
    armed_min: int = USUAL_MIN
    """For how many minutes after the last act the console stays armed."""
    problems: tuple[Problem, ...] = ()
    file: Path | None = None
    """Where a choice of colours is kept."""
    greeted: Path | None = None
    """The file that says that this person has been greeted; None greets nobody."""

    @property
    def greets(self) -> bool:
        """Whether this is somebody's very first start."""
        return self.greeted is not None and not self.greeted.exists()

    def remember_greeting(self) -> None:
        """Greet no more; where that cannot be written, once more."""
        try:
            if self.greeted:
                self.greeted.parent.mkdir(parents=True, exist_ok=True)
                self.greeted.touch()
        except OSError:
            return


def read_preferences(file: Path | None = None) -> Preferences:
    """What this user likes; what is wrong with the file is told, and the rest followed."""
    file = file or _folder("XDG_CONFIG_HOME", ".config") / "console.toml"
    greeted = _folder("XDG_STATE_HOME", ".local/state") / "greeted"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Preferences(symbols=usual_symbols(), file=file, greeted=greeted)
    except (OSError, ValueError) as error:
        fields = {"file": file, "why": " ".join(str(error).split())}
        problem = Problem(N_("{file} is not followed: {why}"), fields)
        return Preferences(symbols=usual_symbols(), problems=(problem,), file=file, greeted=greeted)
    return replace(_followed(document), file=file, greeted=greeted)


def _folder(variable: str, usual: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / usual) / "falotier"


def _followed(document: Mapping[str, Any]) -> Preferences:
    problems = [
        Problem(N_("preferences: {name} is not known"), {"name": name})
        for name in document
        if name not in _KNOWN
    ]

    def one_of(name: str, choices: Mapping[str, object]) -> str | None:
        value = document.get(name)
        if value is None or (isinstance(value, str) and value in choices):
            return value
        fields = {"name": name, "value": value, "expected": ", ".join(choices)}
        problems.append(Problem(N_("preferences: {name}: got {value}, expected {expected}"), fields))
        return None

    language = one_of("language", LANGUAGES)
    theme = one_of("theme", LOOKS) or USUAL_LOOK
    symbols = one_of("symbols", SYMBOLS) or usual_symbols()
    keys = document.get("keys", {})
    if not isinstance(keys, dict):
        problems.append(
            Problem(
                N_("preferences: {name}: got {value}, expected {expected}"),
                {"name": "keys", "value": keys, "expected": "[keys]"},
            )
        )
        keys = {}
    armed_min = document.get("armed_min", USUAL_MIN)
    if type(armed_min) is not int or not FEWEST_MIN <= armed_min <= MOST_MIN:
        expected = f"{FEWEST_MIN}–{MOST_MIN}"
        fields = {"name": "armed_min", "value": armed_min, "expected": expected}
        problems.append(Problem(N_("preferences: {name}: got {value}, expected {expected}"), fields))
        armed_min = USUAL_MIN
    return Preferences(
        cast("Code | None", language), theme, symbols, dict(_flat(keys)), armed_min, tuple(problems)
    )


def _flat(keys: Mapping[str, Any]) -> Mapping[str, object]:
    """``incidents.send = "e"`` without quotes is a table in TOML: read as it was meant."""
    flat: dict[str, object] = {}
    for name, value in keys.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat


def chosen_look(asked: str | None, preferences: Preferences) -> str:
    """The look asked for, else the one that is preferred.

    Raises:
        BadInput: there is no such look.
    """
    if asked is not None and asked not in LOOKS:
        raise BadInput(f"theme: got {asked!r}, expected one of {', '.join(LOOKS)}")
    return asked or preferences.theme


def keep_theme(file: Path, name: str) -> None:
    """Write the look that a person chose into the file; all else in it stays as it is.

    Raises:
        BadInput: the file is broken, so that a line in it could mean anything, or it cannot be written.
    """
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        tomllib.loads(text)
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as draft:
            draft.write(_with_theme(text, name))
        Path(draft.name).replace(file)
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: {' '.join(str(error).split())}") from error


def _with_theme(text: str, name: str) -> str:
    """The file's text with the line of the theme changed, or put before all else."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _SECTION_LINE.match(line):
            break
        if _THEME_LINE.match(line):
            lines[number] = f'theme = "{name}"'
            return "\n".join(lines) + "\n"
    return "\n".join([f'theme = "{name}"', *lines]) + "\n"
