"""Asking a running head-end, and telling it what to do: status, incidents."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, print_json
from console.cli.reach import TokenFile, Url, reach
from console.cli.running import run
from console.cli.wifi_lines import print_wifi

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from city.messages import Connection, IncidentView, Summary, TicketView
    from city.storage import StorageView
    from console.client import ApiClient
    from console.i18n import Words

Answer = TypeVar("Answer")

incidents = typer.Typer(help="What is broken.", rich_markup_mode=None, invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command()(status)
    app.add_typer(incidents, name="incidents")


def ask(
    url: str | None, token_file: Path | None, question: "Callable[[ApiClient], Awaitable[Answer]]"
) -> Answer:
    """Put one question to the head-end."""
    from console.client import ApiClient

    async def put() -> Answer:
        async with ApiClient(*reach(url, token_file)) as client:
            return await question(client)

    return run(put())


def words_of(lang: str | None, zone: str = "UTC") -> "Words":
    """What to say a command's answer with."""
    from console.i18n import Words, choose_language

    return Words(choose_language(lang), ZoneInfo(zone))


def status(url: Url = None, token_file: TokenFile = None, lang: Lang = None, as_json: AsJson = False) -> None:
    """One look: lamps by state, kW, incidents, Wi-Fi load, and the health of each connection."""

    async def look(client: "ApiClient") -> "tuple[Summary, StorageView]":
        return await client.summary(), await client.storage()

    summary, storage = ask(url, token_file, look)
    if as_json:
        print_json({**summary.model_dump(mode="json"), "storage": storage.model_dump(mode="json")})
        return
    words = words_of(lang, summary.time_zone)
    _print_status(summary, words)
    _print_connections(summary.connections, storage, words)


def _print_status(summary: "Summary", words: "Words") -> None:
    print(f"{summary.city} · {words.date(summary.now)} {words.clock(summary.now, seconds=True)}")
    lamps = {name: words.number(count) for name, count in summary.lamps.model_dump().items()}
    print(
        words.t(
            "Lamps: {lit} lit of {total}, {failed} failed, {silent} silent, {overridden} overridden", **lamps
        )
    )
    power, planned = words.power(summary.power_w), words.power(summary.planned_w)
    print(words.t("Power: {power}, planned {planned}", power=power, planned=planned))
    print(words.t("Incidents: {count}", count=summary.incidents))
    print_wifi(summary, words)
    if summary.approvals:
        print(
            words.n(
                "{count} request waits for a second person",
                "{count} requests wait for a second person",
                summary.approvals,
            )
        )
    if summary.stopped_until:
        until = words.clock(summary.stopped_until)
        print(
            words.t(
                "Much was changed by single persons: every further order needs a second one until {time}",
                time=until,
            )
        )


def _print_connections(connections: "Sequence[Connection]", storage: "StorageView", words: "Words") -> None:
    from console.hostile import clean
    from console.storage import lines_of

    for connection in connections:
        print(f"{'●' if connection.up else '✖'} {connection.name}: {connection.detail}")
        for why, times in connection.reasons.items():
            print(f"    {times} × {clean(why)}")
        if connection.name == "store":
            for line in lines_of(storage, words):
                print(f"    {line}")


@incidents.callback()
def list_incidents(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="live, closed or all.")] = "live",
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """List incidents, newest first; or act on some with ack, send, dismiss, assign, note."""
    context.obj = (url, token_file)
    if context.invoked_subcommand:
        return
    if state not in {"live", "closed", "all"}:
        raise BadInput(f"--state: got {state!r}, expected live, closed or all")
    wanted = cast("Literal['live', 'closed', 'all']", state)
    found = ask(url, token_file, lambda client: client.incidents(wanted))
    if as_json:
        print_json([incident.model_dump(mode="json") for incident in found])
        return
    words = words_of(lang)
    if not found:
        print(words.t("No incidents."))
    for incident in found:
        _print_incident(incident, words)


def _print_incident(incident: "IncidentView", words: "Words") -> None:
    from console.hostile import clean
    from console.vocabulary import CAUSES, INCIDENT_SIGNS, KINDS, PROBABLE, REOPENED

    t, ticket = words.t, incident.ticket
    told = (clean(ticket.service_id) if ticket.service_id else ticket.status) if ticket else "–"
    parts = [
        incident.id,
        f"{incident.opened_at:%Y-%m-%d %H:%MZ}",
        f"{INCIDENT_SIGNS[incident.state].symbol} {t(INCIDENT_SIGNS[incident.state].word):<9}",
        f"{t(CAUSES[incident.cause]):<20}",
        f"{t(KINDS[incident.kind])} {clean(incident.asset)}",
        clean(incident.place),
        words.n("{count} point", "{count} points", incident.points),
        t("ticket {ticket}", ticket=told),
    ]
    if incident.probable:
        parts.append(f"{PROBABLE.symbol} {t(PROBABLE.word)}")
    if incident.reopened:
        again = words.n("reopened {count} time", "reopened {count} times", incident.reopened)
        parts.append(f"{REOPENED.symbol} {again}")
    if incident.assigned_to:
        parts.append(t("assigned to {name}", name=clean(incident.assigned_to)))
    if incident.notes:
        parts.append(words.n("{count} note", "{count} notes", len(incident.notes)))
    print("  ".join(parts))


Ids = Annotated[list[str], typer.Argument(help="Incident ids, as listed.")]


@incidents.command("ack")
def acknowledge(context: typer.Context, ids: Ids) -> None:
    """Say that you know of them."""
    _act(context, ids, lambda client, incident: client.acknowledge(incident))


@incidents.command("send")
def send(context: typer.Context, ids: Ids) -> None:
    """File their tickets now, or try again those that failed."""
    _act(context, ids, lambda client, incident: client.send(incident))


@incidents.command("dismiss")
def dismiss(
    context: typer.Context, ids: Ids, reason: Annotated[str, typer.Option(help="Why they are none.")]
) -> None:
    """Say that they are none, and why."""
    _act(context, ids, lambda client, incident: client.dismiss(incident, reason))


def _act(
    context: typer.Context,
    ids: list[str],
    act: "Callable[[ApiClient, str], Awaitable[IncidentView | TicketView]]",
) -> None:
    from city.messages import TicketView

    async def each(client: "ApiClient") -> "list[IncidentView | TicketView]":
        return [await act(client, incident) for incident in ids]

    url, token_file = context.obj
    for incident, answer in zip(ids, ask(url, token_file, each), strict=True):
        print(f"{incident} {answer.status if isinstance(answer, TicketView) else answer.state}")
