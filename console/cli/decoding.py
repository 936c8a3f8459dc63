"""Decoding one payload offline: what a technician, or a test, has copied from a log."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, iso, print_json
from console.cli.field import Folders

if TYPE_CHECKING:
    from drivers.mqtt.profile import MqttProfile

WIDEST = 48
"""Columns for names; a longer one, of a document that the profile does not know, pushes its value aside."""
REFUSED = 1
"""Exit code where something of the payload could not be used."""


def register(app: typer.Typer) -> None:
    """Add this command to the front door."""
    app.command("decode")(decode)


def decode(
    profile: Annotated[str, typer.Argument(help="What it means: an MQTT profile of falotier profiles.")],
    file: Annotated[str, typer.Argument(help="The payload; - for standard input.", metavar="FILE|-")] = "-",
    topic: Annotated[str, typer.Option(help="Under which it came.")] = "",
    port: Annotated[
        int | None, typer.Option(min=1, max=255, help="LoRaWAN port of bytes that come in no envelope.")
    ] = None,
    folders: Folders = None,
    as_json: AsJson = False,
) -> None:
    """One payload with all that it says: hex, base64, a network server's JSON, or a device's own JSON or text.

    Exits with 1 where something of it could not be used.
    """
    from drivers.mqtt.examine import examine

    found = _profile(profile, folders or [])
    document = examine(found, _read(file), topic=topic, port=port, now=datetime.now(UTC)).document()
    if as_json:
        print_json(document)
    else:
        _print(document)
    if document["refused"]:
        raise typer.Exit(REFUSED)


def _profile(name: str, folders: list[Path]) -> "MqttProfile":
    from drivers.profiles import KINDS, load_profiles

    known = load_profiles("mqtt", folders)
    if name in known:
        return known[name]
    for kind in KINDS:
        if kind != "mqtt" and name in load_profiles(kind, folders):
            raise BadInput(
                f"profile: {name} is of {kind}, which decode does not read; see falotier probe {kind}"
            )
    raise BadInput(f"profile: got {name!r}, expected one of {', '.join(sorted(known))}")


def _read(file: str) -> bytes:
    from drivers.mqtt.examine import LARGEST_INPUT

    try:
        if file == "-":
            return sys.stdin.buffer.read(LARGEST_INPUT + 1)
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST_INPUT + 1)
    except FileNotFoundError as error:
        raise BadInput(f"{file}: no such file") from error
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error


def _print(document: dict[str, Any]) -> None:
    """What it says, line by line: narrow, and the raw bytes beside what they mean."""
    for key in ("profile", "envelope", "device", "gateway", "port", "frame", "counter"):
        if document[key] is not None:
            print(f"{key:<12} {document[key]}")
    when = (
        f"{iso(document['at'])} by the clock of the {document['time_from']}"
        if document["at"]
        else "not known"
    )
    print(f"{'time':<12} {when}\n")
    width = min(WIDEST, max((len(row["what"]) for row in document["values"]), default=0))
    for row in document["values"]:
        marks = f"→ {row['metric']}" if row["metric"] else "derived, never stored" if row["derived"] else ""
        print(
            f"{row['what']:<{width}}  {_told(row['value']):>22} {row['unit']:<4} {row['raw']:<12} {marks}".rstrip()
        )
    for fact, said in document["facts"].items():
        print(f"fact         {fact}: {said}")
    for event in document["events"]:
        print(f"event        {', '.join(f'{key}: {said}' for key, said in event.items())}")
    for heading in ("warnings", "refused", "ignored"):
        for said in document[heading]:
            print(f"{heading.removesuffix('s'):<12} {said}")


def _told(value: object) -> str:
    words = {None: "–", True: "yes", False: "no"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
