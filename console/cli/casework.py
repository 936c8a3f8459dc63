"""Whose an incident is, and what people write to it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.arguments import AsJson, print_json
from console.cli.ask import ask, incidents

if TYPE_CHECKING:
    from city.messages import IncidentView
    from console.client import ApiClient

Id = Annotated[str, typer.Argument(help="Incident id, as listed.")]


def register(app: typer.Typer) -> None:
    """Add these commands to ``incidents``, which is at the front door."""
    del app
    incidents.command("assign")(assign)
    incidents.command("note")(note)


def assign(
    context: typer.Context,
    incident: Id,
    name: Annotated[str, typer.Argument(help='Whose it is, 40 characters at most; "" takes that back.')],
    as_json: AsJson = False,
) -> None:
    """Say whose an incident is."""
    answer = _told(context, lambda client: client.assign(incident, name), as_json=as_json)
    if answer:
        from console.hostile import clean

        print(f"{answer.id} {clean(answer.assigned_to or '–')}")


def note(
    context: typer.Context,
    incident: Id,
    text: Annotated[str, typer.Argument(help="What to keep with it, 500 characters at most.")],
    as_json: AsJson = False,
) -> None:
    """Keep a note with an incident, with your token's name and the time."""
    answer = _told(context, lambda client: client.note(incident, text), as_json=as_json)
    if answer:
        from console.hostile import clean

        last = answer.notes[-1]
        print(f"{answer.id} {last.at:%Y-%m-%d %H:%MZ} {clean(last.by)}: {clean(last.text)}")


def _told(
    context: typer.Context, act: "Callable[[ApiClient], Awaitable[IncidentView]]", *, as_json: bool
) -> "IncidentView | None":
    """The head-end's answer; None where it is written already, as JSON."""
    url, token_file = context.obj
    answer = ask(url, token_file, act)
    if as_json:
        print_json(answer.model_dump(mode="json"))
        return None
    return answer
