"""The open feed: our tickets as Open311 GeoReport v2, read-only, without a token."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from city.errors import BadInput, Outside
from headend import open_feed
from headend.core import Core
from headend.records import Ticket
from headend.routes.gate import TheCore

router = APIRouter(prefix="/open311/v2")

Kind = Literal["json", "xml"]
MOST_IDS = 50


@router.get("/discovery.{kind}")
async def discovery(request: Request, kind: Kind) -> Response:
    """Where the feed is and what it speaks."""
    root = str(request.url).partition("/discovery.")[0]
    return _answer(kind, "discovery", open_feed.discovery_document(root, request.app.state.open_feed_since))


@router.get("/services.{kind}")
async def services(core: TheCore, kind: Kind, jurisdiction_id: str = "") -> Response:
    """The one service."""
    if (elsewhere := _elsewhere(core, kind, jurisdiction_id)) is not None:
        return elsewhere
    return _answer(kind, "services", [open_feed.service_document(core.settings.desk.service_code)])


@router.get("/services/{code}.{kind}")
async def definition(code: str, kind: Kind) -> Response:
    """The service has none: nothing can be asked for here."""
    return _refusal(kind, 404, f"service {code:.64}: it has no definition")


@router.get("/requests.{kind}")
async def requests(
    core: TheCore,
    request: Request,
    kind: Kind,
    jurisdiction_id: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=open_feed.LONGEST_LIST)] = open_feed.LONGEST_LIST,
) -> Response:
    """Tickets, newest first."""
    if (elsewhere := _elsewhere(core, kind, jurisdiction_id)) is not None:
        return elsewhere
    try:
        found = await _selected(core, open_feed.Query.of(request.query_params, core.clock.now()))
    except BadInput as error:
        return _refusal(kind, 400, str(error))
    except Outside:
        return _refusal(kind, 503, "the records are away")
    listed = found[(page - 1) * page_size : page * page_size]
    return _answer(kind, "service_requests", [_document(core, request, each) for each in listed])


@router.get("/requests/{number}.{kind}")
async def one_request(core: TheCore, request: Request, kind: Kind, number: str) -> Response:
    """One ticket, in a list of one."""
    try:
        ticket = await core.records.tickets.get(open_feed.incident_of(number))
    except Outside:
        return _refusal(kind, 503, "the records are away")
    if ticket is None or ticket.id != number or not open_feed.is_public(ticket):
        return _refusal(kind, 404, f"service_request_id {number:.64} is not known")
    return _answer(kind, "service_requests", [_document(core, request, ticket)])


async def _selected(core: Core, query: open_feed.Query) -> list[Ticket]:
    tickets = core.records.tickets
    if query.ids:
        named = [await tickets.get(open_feed.incident_of(number)) for number in query.ids[:MOST_IDS]]
        return [each for each in named if each is not None and open_feed.is_public(each)]
    if query.service_codes and core.settings.desk.service_code not in query.service_codes:
        return []
    return [
        each
        for each in await tickets.opened_between(query.start, query.end, open_feed.LONGEST_LIST)
        if open_feed.is_public(each) and (not query.statuses or open_feed.status_of(each) in query.statuses)
    ]


def _document(core: Core, request: Request, ticket: Ticket) -> dict[str, Any]:
    extended = request.query_params.get("extensions") == "true"
    settings = core.settings
    agency = f"Éclairage public, {settings.city.name}"
    return open_feed.request_document(ticket, settings.desk.service_code, agency, extended=extended)


def _elsewhere(core: Core, kind: Kind, jurisdiction_id: str) -> Response | None:
    ours = core.settings.desk.jurisdiction
    if not jurisdiction_id or not ours or jurisdiction_id == ours:
        return None
    return _refusal(kind, 404, f"jurisdiction_id {jurisdiction_id:.64} is not served here")


def _refusal(kind: Kind, status: int, description: str) -> Response:
    return _answer(kind, "errors", [{"code": status, "description": description}], status)


def _answer(kind: Kind, root: str, content: object, status: int = 200) -> Response:
    return Response(
        open_feed.written(kind, root, content),
        status,
        media_type=f"{open_feed.MIME_TYPES[kind]}; charset=utf-8",
    )
