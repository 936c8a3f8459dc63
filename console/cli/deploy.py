"""Programmes in force: another light plan for the city, and who holds the present one."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, duration, print_json, read_text
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url, reach
from console.cli.running import run

if TYPE_CHECKING:
    from city.messages import DeploymentView, PlanAnswer, PlanRequest
    from console.client import ApiClient
    from console.i18n import Words

POLL_REAL_S = 1.0
"""Real seconds between two questions how far a deployment has come."""
NAMED_MOST = 5
"""Reasons and calendars with dark nights that are printed, at most; all are in the JSON."""


def add_to(programmes: typer.Typer) -> None:
    """Add these commands to those about programmes."""
    programmes.command("deploy")(deploy)
    programmes.command("status")(status)


def deploy(
    file: Annotated[str, typer.Argument(help="A light plan or programme file, or - for standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would mean.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Until every controller holds it.")] = False,
    within: Annotated[str, typer.Option(help="How long to wait at most.")] = "10m",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on the terminal.")] = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Have the city follow another light plan; the controllers are given it, and their hashes are checked."""
    from city.messages import LONGEST_PLAN, PlanRequest

    text, patience, words = read_text(file), duration(within), words_of(lang)
    if not text.strip() or len(text) > LONGEST_PLAN:
        raise BadInput(f"{file}: got {len(text)} characters, expected a light plan of up to {LONGEST_PLAN}")
    request = PlanRequest(text=text, file=_shown(file), dry_run=dry_run)
    show: Callable[[PlanAnswer], None] = (lambda _: None) if as_json else (lambda each: _print(each, words))
    if not dry_run and not yes and not as_json and sys.stdin.isatty():
        question = request.model_copy(update={"dry_run": True})
        show(ask(url, token_file, lambda client: client.deploy(question)))
        if not typer.confirm(words.t("Have the city follow it?"), err=True):
            raise typer.Exit(1)
    answer, reached = run(_deploy(url, token_file, request, patience if wait else None, words))
    if as_json:
        document = answer.model_dump(mode="json")
        print_json({**document, "deployment": reached.model_dump(mode="json")} if reached else document)
    else:
        _print(answer, words)
        if reached:
            _print_reached(reached, words)
    if answer.refusals or (not dry_run and not _is_done(answer, reached, wait=wait)):
        raise typer.Exit(1)


def _shown(file: str) -> str:
    from city.messages import PlanRequest

    longest = next(each.max_length for each in PlanRequest.model_fields["file"].metadata if hasattr(each, "max_length"))
    return ("-" if file == "-" else file)[-longest:]


async def _deploy(
    url: str | None, token_file: "object", request: "PlanRequest", patience: timedelta | None, words: "Words"
) -> "tuple[PlanAnswer, DeploymentView | None]":
    from console.client import ApiClient

    async with ApiClient(*reach(url, token_file)) as client:
        answer = await client.deploy(request)
        if patience is None or request.dry_run:
            return answer, None
        return answer, await _follow(client, answer, patience, words)
