"""The front door: ``falotier`` and its subcommands. It alone may import every room, to start them."""

import gc
import os
import sys
from importlib import import_module

import typer

from city.errors import FalotierError, FaultyFile

BAD_USAGE = 2
"""Exit code of bad usage and bad input; 1 is the answer "no"."""
INTERRUPTED = 130
GARBAGE_AFTER = 50_000
"""New objects after which the youngest are looked through; measured: 10 MB more for the head-end, no more."""

ROOMS = (
    "city",
    "service",
    "web",
    "backup",
    "ask",
    "casework",
    "access_points",
    "proposals",
    "orders",
    "locks",
    "presence",
    "citizens",
    "inventory",
    "programme",
    "field",
    "decoding",
    "device_profiles",
    "evaluate",
    "report",
    "setup",
    "history",
    "outlook",
)
"""Modules with commands, in the order in which help lists them."""
QUICK = {"console": "service"}
"""Commands that somebody waits for, and the only module that each needs: loading all takes a quarter of a second."""


def front_door(command: str | None = None) -> typer.Typer:
    """All commands, or only as much as a quick one needs."""
    app = typer.Typer(
        name="falotier",
        help="The operations console of a city's connected public lighting and city Wi-Fi.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for room in [QUICK[command]] if command in QUICK else ROOMS:
        import_module(f"{__name__}.{room}").register(app)
    return app


def main() -> None:
    """Run one command; every error a person can cause is one readable line and exit code 2."""
    # Loading modules leaves no garbage, and looking for some every 700 objects costs a quarter of the start.
    gc.set_threshold(GARBAGE_AFTER)
    words = sys.argv[1:] or ["--help"]
    try:
        code = front_door(words[0])(words, standalone_mode=False)
    except typer.Exit as done:
        code = done.exit_code
    except typer.TyperException as error:
        code = _complain(error.format_message() if isinstance(error, typer.BadParameter) else str(error))
    except FaultyFile as error:
        code = _complain(*error.lines)
    except FalotierError as error:
        code = _complain(str(error))
    except BaseExceptionGroup as errors:
        code = _complain_of_group(errors)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (head, less): nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _complain_of_group(errors: BaseExceptionGroup) -> int:
    """What a task group brings up: an error meant for people is told as one; anything else is a bug of ours."""
    if errors.subgroup(KeyboardInterrupt):
        return INTERRUPTED
    told = errors.subgroup(FalotierError)
    if told is None:
        raise errors
    error: BaseException = told
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return _complain(str(error))


def _complain(*messages: str) -> int:
    for message in messages:
        print(f"falotier: {' '.join(message.split())}", file=sys.stderr)
    return BAD_USAGE
