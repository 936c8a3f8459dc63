"""Allô Proximité, or any other desk that speaks Open311 GeoReport v2, with FixMyStreet's updates where it has them."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self
from urllib.parse import quote

from city.desks import NoUpdates, Receipt, Report, UpdateStatus
from city.errors import Refused
from drivers.open311_answers import NotFound, NotOffered, carries, entries_of, first_of, marked, text_of
from drivers.open311_reports import citizen_report
from drivers.open311_services import Catalogue
from drivers.open311_transport import Transport
from lighting.citizen_reports import CitizenReport, Poles

DESCRIPTION_LIMIT = 4000
"""Characters (GeoReport v2, POST service request)."""
COORDINATE_DECIMALS = 6
"""About 0.1 m: more says nothing (FixMyStreet's convention)."""
LIST_SPAN = timedelta(days=90)
"""The longest span that a list may be asked for (GeoReport v2)."""
LIST_LIMIT = 1000
"""A list is cut there by a desk that knows no pages (GeoReport v2)."""
SHORTEST_SPAN = timedelta(minutes=30)
"""A list cut there is not asked for in smaller pieces."""
IDS_AT_ONCE = 50
"""Requests asked for by number in one go: a longer URL is refused by some servers."""
ENTRIES_AT_ONCE = 50
"""Entries read between two turns of the event loop."""
PAGES = 100
"""No more pages of a list than this are read."""
CLOCK_SKEW = timedelta(hours=12)
"""How far the desk's clock may be behind ours for a lost request still to be found."""


class Open311:
    """One endpoint, as an asynchronous context manager; a ``city.desks.ServiceDesk``.

    Every method raises ``Unreachable`` for what may pass (no answer, 5xx, 409, 429, a 400 that says so, HTML
    instead of a document) and ``Refused`` for what will not (``KeyRefused`` for a key that is not accepted). After
    ``Unreachable`` from ``post`` the desk may have the report or not: ``find`` it before sending it again.
    """

    def __init__(self, url: str, api_key: str, jurisdiction: str, *, timeout_s: float = 10.0) -> None:
        """Prepare; ``url`` is the GeoReport root or a discovery document, ``timeout_s`` holds for each request
        (real seconds).

        Raises:
            BadInput: the URL is none.
        """  # noqa: D205
        self._transport = Transport(url, timeout_s)
        self._key = api_key
        self._placed = {"jurisdiction_id": jurisdiction} if jurisdiction else {}
        self._catalogue = Catalogue(self._transport, url, self._placed)

    async def __aenter__(self) -> Self:
        """Open a session; nothing is sent yet."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the connections."""
        await self._transport.__aexit__(*exc_info)

    async def ping(self) -> None:
        """Return if the desk lists its services; what is known of them is renewed if they have changed."""
        await self._catalogue.refresh()

    async def post(self, report: Report) -> Receipt:
        """Create a service request.

        Raises:
            Duplicate: the desk says that it has it already.
            Refused: also when the desk has no such service, or needs an attribute that is not given.
        """
        attributes = {"external_ref": report.external_ref, **report.attributes}
        try:
            form = [*_creation(report), *await self._catalogue.fitted(report.service_code, attributes)]
            answer = first_of(await self._post("requests", form))
        except Refused:
            self._catalogue.forget()  # what the desk offers may have changed
            raise
        return Receipt(text_of(answer, "service_request_id") or None, text_of(answer, "token") or None)

    async def resolve(self, token: str) -> str | None:
        """The number behind a token, which a batch desk gives a little later."""
        try:
            answer = entries_of(await self._get(f"tokens/{quote(token, safe='')}", {}))
        except NotFound:
            return None
        return next((number for entry in answer if (number := text_of(entry, "service_request_id"))), None)

    async def find(self, external_ref: str, since: datetime) -> str | None:
        """The number of a request that carries our reference and was made after ``since``, or None."""
        start = since - CLOCK_SKEW
        async with aclosing(self._lists(start, start + LIST_SPAN, {})) as lists:
            async for listed in lists:
                for request in listed:
                    if carries(request, external_ref) and (number := text_of(request, "service_request_id")):
                        return number
        return None

    async def citizen_reports(self, service_code: str, since: datetime, poles: Poles) -> list[CitizenReport]:
        """What citizens have reported to a service since an instant, however far the desk's clock is behind ours.

        ``since`` is at most ``LIST_SPAN`` ago; what was there before is forgotten by plain GeoReport.
        """
        query, start = {"service_code": service_code}, since - CLOCK_SKEW
        found: dict[str, CitizenReport] = {}
        async with aclosing(self._lists(start, start + LIST_SPAN, query)) as lists:
            async for listed in lists:
                found |= await _citizens(listed, poles)
        return list(found.values())

    async def known_reports(self, ids: Sequence[str], poles: Poles) -> list[CitizenReport]:
        """How reports that are known stand now; those that the desk does not give are missing."""
        found: dict[str, CitizenReport] = {}
        for first in range(0, len(ids), IDS_AT_ONCE):
            query = {"service_request_id": ",".join(ids[first : first + IDS_AT_ONCE]), "extensions": "true"}
            with suppress(NotFound):
                found |= await _citizens(entries_of(await self._get("requests", query)), poles)
        return list(found.values())

    async def status(self, number: str) -> Literal["open", "closed"] | None:
        """Whether a request is open or closed; None if the desk does not know it, or gives another word."""
        try:
            answer = await self._get(f"requests/{quote(number, safe='')}", {})
        except NotFound:
            return None
        word = text_of(first_of(answer), "status").lower()
        if word == "open":
            return "open"
        return "closed" if word == "closed" else None

    async def update(
        self, number: str, update_id: str, status: UpdateStatus, at: datetime, description: str
    ) -> None:
        """Tell the desk how a request stands now; the same ``update_id`` counts once.

        Raises:
            NoUpdates: the desk has no updates, as plain GeoReport v2 has none, or no such request.
        """
        form = {
            "service_request_id": number,
            "update_id": update_id,
            "status": status,
            "updated_datetime": _w3c(at),
            "description": description[:DESCRIPTION_LIMIT],
        }
        try:
            await self._post("servicerequestupdates", form.items())
        except (NotFound, NotOffered) as error:
            raise NoUpdates(f"the service has no update channel ({error})") from error

    async def _lists(
        self, start: datetime, end: datetime, query: Mapping[str, str]
    ) -> AsyncGenerator[list[dict[str, Any]], None]:
        """The requests made in a span, in smaller pieces where the desk cuts its lists; some may come twice."""
        spans = [(start, end)]
        while spans:
            start, end = spans.pop()
            listed, cut = await self._list(start, end, query)
            yield listed
            if cut and end - start > SHORTEST_SPAN:
                middle = start + (end - start) / 2
                spans += [(middle, end), (start, middle)]

    async def _list(
        self, start: datetime, end: datetime, narrowed: Mapping[str, str]
    ) -> tuple[list[dict[str, Any]], bool]:
        """The requests made in a span, page by page, and whether the desk cut the list short.

        A desk that knows no pages gives the first one again, which ends it.
        """
        # FixMyStreet and others list attributes only where extensions are asked for.
        query = {"start_date": _w3c(start), "end_date": _w3c(end), "extensions": "true", **narrowed}
        found: dict[str, dict[str, Any]] = {}
        for page in range(1, PAGES + 1):
            listed = entries_of(await self._get("requests", {**query, "page": str(page)}))
            fresh = {text_of(entry, "service_request_id"): entry for entry in listed}
            if fresh.keys() <= found.keys():
                return list(found.values()), page == 2 and len(found) >= LIST_LIMIT
            found.update(fresh)
        return list(found.values()), True

    async def _get(self, path: str, query: Mapping[str, str]) -> Any:
        return await self._transport.get(await self._catalogue.path(path), {**self._placed, **query})

    async def _post(self, path: str, form: Iterable[tuple[str, str]]) -> Any:
        # An empty parameter means the same as none, but not every desk knows that.
        given = [(key, value) for key, value in form if value]
        url = await self._catalogue.path(path)
        return await self._transport.post(url, [*self._placed.items(), *given, ("api_key", self._key)])


async def _citizens(listed: list[dict[str, Any]], poles: Poles) -> dict[str, CitizenReport]:
    """What is to be kept of a list, by number, without holding up the event loop for long."""
    found: dict[str, CitizenReport] = {}
    for count, entry in enumerate(listed, 1):
        if (report := citizen_report(entry, poles)) is not None:
            found[report.id] = report
        if count % ENTRIES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


def _creation(report: Report) -> list[tuple[str, str]]:
    mark = marked(report.external_ref)
    room = DESCRIPTION_LIMIT - len(mark) - 1
    return [
        ("service_code", report.service_code),
        ("lat", _degrees(report.position.latitude)),
        ("long", _degrees(report.position.longitude)),
        ("address_string", report.address),
        ("description", f"{report.description[:room]}\n{mark}"),
    ]


def _degrees(value: float) -> str:
    return f"{value:.{COORDINATE_DECIMALS}f}"


def _w3c(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
