"""Programmes in force: another light plan for the city, and who holds the present one."""

import asyncio
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, duration, print_json, read_text
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url, reach
from console.cli.running import run
from console.hostile import clean
from console.vocabulary import HOLDINGS as STATES

if TYPE_CHECKING:
    from city.deployments import DeploymentView, PlanAnswer, PlanRequest
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
    from city.deployments import LONGEST_NAME, LONGEST_PLAN, PlanRequest

    text, patience, words = read_text(file), duration(within), words_of(lang)
    if not text.strip() or len(text) > LONGEST_PLAN:
        raise BadInput(f"{file}: got {len(text)} characters, expected a light plan of up to {LONGEST_PLAN}")
    request = PlanRequest(text=text, file=file[-LONGEST_NAME:], dry_run=dry_run)
    if not (dry_run or yes or as_json) and sys.stdin.isatty():
        question = request.model_copy(update={"dry_run": True})
        _print(ask(url, token_file, lambda client: client.deploy(question)), words)
        if not typer.confirm(words.t("Have the city follow it?"), err=True):
            raise typer.Exit(1)
    answer, reached = run(_deploy(reach(url, token_file), request, patience if wait else None, words))
    if as_json:
        document = answer.model_dump(mode="json")
        print_json({**document, "deployment": reached.model_dump(mode="json")} if reached else document)
    else:
        _print(answer, words)
        if reached:
            print(_how_far(reached, words))
    done = _all_hold(answer, reached) if reached else answer.state != "awaiting"
    if answer.refusals or not done:
        raise typer.Exit(1)


async def _deploy(
    at: tuple[str, str], request: "PlanRequest", patience: timedelta | None, words: "Words"
) -> "tuple[PlanAnswer, DeploymentView | None]":
    from console.client import ApiClient

    async with ApiClient(*at) as client:
        answer = await client.deploy(request)
        if patience is None or answer.state == "dry_run":
            return answer, None
        return answer, await _follow(client, answer, patience, words)


async def _follow(
    client: "ApiClient", answer: "PlanAnswer", patience: timedelta, words: "Words"
) -> "DeploymentView":
    """Watch until all controllers hold it, or the time is up."""
    end, terminal = time.monotonic() + patience.total_seconds(), sys.stderr.isatty()
    while True:
        reached = await client.deployment()
        if terminal:
            print(f"\r\x1b[K{_how_far(reached, words)} …", end="", file=sys.stderr, flush=True)
        if _all_hold(answer, reached) or time.monotonic() >= end:
            if terminal:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            return reached
        await asyncio.sleep(POLL_REAL_S)


def _all_hold(answer: "PlanAnswer", reached: "DeploymentView") -> bool:
    return reached.plan == answer.plan and reached.holding == reached.controllers


def _how_far(reached: "DeploymentView", words: "Words") -> str:
    holding, controllers = words.number(reached.holding), words.number(reached.controllers)
    return words.t("{holding} of {controllers} controllers hold it", holding=holding, controllers=controllers)


def _print(answer: "PlanAnswer", words: "Words") -> None:
    t = words.t
    if answer.state == "dry_run":
        print(t("Dry run, nothing sent"))
    for calendar in answer.calendars:
        points = words.n("{count} light point", "{count} light points", calendar.points)
        print(f"{calendar.name}  {points}  {calendar.programme}")
    changed = words.n("{count} light point", "{count} light points", answer.points_changed)
    print(t("{points} would do something else", points=changed))
    print(t("{count} controllers to write", count=words.number(answer.controllers)))
    for refusal in answer.refusals[:NAMED_MOST]:
        print(f"✖ {words.number(refusal.controllers)} ({', '.join(refusal.sample)}): {clean(refusal.why)}")
    if answer.unheard:
        unheard = words.number(answer.unheard)
        print(t("! {count} controllers: their gateway has not said yet what they can do", count=unheard))
    for dark in answer.dark_nights[:NAMED_MOST]:
        nights = words.n("{count} night without light", "{count} nights without light", dark.nights)
        print(f"! {dark.calendar}: {nights}: {', '.join(dark.sample)}")
    for warning in answer.warnings:
        print(f"! {clean(warning)}")
    if answer.state == "dry_run" and answer.second_person:
        print(t("A second person has to agree"))
    elif answer.state == "awaiting" and answer.until:
        until = f"{answer.until:%Y-%m-%d %H:%MZ}"
        print(t("{id} waits for a second person until {until}", id=answer.approval, until=until))
    elif answer.state == "in_force":
        print(t("Plan {plan} is in force", plan=answer.plan))


def status(
    controllers: Annotated[
        bool, typer.Option("--controllers", help="Also those that do not hold it, and why.")
    ] = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Which programmes run, and how many controllers hold them."""
    if controllers:
        reached = ask(url, token_file, lambda client: client.deployment())
        if as_json:
            print_json(reached.model_dump(mode="json"))
        else:
            _print_rows(reached, words_of(lang))
        return
    found = ask(url, token_file, lambda client: client.programmes())
    if as_json:
        print_json([programme.model_dump(mode="json") for programme in found])
        return
    for programme in found:
        print(f"{programme.name}  {programme.hash}  {programme.holding}/{programme.controllers}")


def _print_rows(reached: "DeploymentView", words: "Words") -> None:
    for row in reached.rows:
        state = words.t(STATES[row.state])
        print(
            f"{row.id}  {row.calendar}  {state}  {row.held or '—'} → {row.wanted or '—'}  {clean(row.why)}".rstrip()
        )
    if (more := reached.controllers - reached.holding - len(reached.rows)) > 0:
        print(words.t("… and {count} others", count=words.number(more)))
    print(_how_far(reached, words))
