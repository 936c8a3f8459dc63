"""Allô Proximité, or any other desk that speaks Open311 GeoReport v2 in JSON, with FixMyStreet's updates."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self
from urllib.parse import quote

import aiohttp
from yarl import URL

from city.errors import BadInput, Refused, Unreachable
from city.places import Position
from drivers.open311_answers import NotFound, carries, document_of, entries_of, first_of, marked, text_of
from drivers.open311_reports import citizen_report
from lighting.citizen_reports import CitizenReport, Poles

UpdateStatus = Literal["FIXED", "NO_FURTHER_ACTION", "REOPEN", "OPEN", "INVESTIGATING"]
"""FixMyStreet's names that the head-end uses; FIXED and NO_FURTHER_ACTION close a request."""

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
TOKEN_TRIES = 5
"""How often a token is asked for its number (FixMyStreet's discipline)."""
ANSWER_LIMIT_BYTES = 8 * 1024 * 1024
"""A longer answer is nonsense: 1,000 requests of 4,000 characters are half of it."""


@dataclass(frozen=True, slots=True)
class Report:
    """One new service request."""

    external_ref: str
    """Our own name for it, by which it is found again."""
    service_code: str
    position: Position
    address: str
    description: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """``attribute[…]`` by code."""


class Open311:
    """One endpoint, as an asynchronous context manager.

    Every method raises ``Unreachable`` for what may pass (no answer, 5xx, 409, 429, a 400 that says so, HTML
    instead of JSON) and ``Refused`` for what will not (``KeyRefused`` for a key that is not accepted). After
    ``Unreachable`` from ``post`` the desk may have the report or not: ``find`` it before sending it again.
    """

    def __init__(
        self, url: str, api_key: str, jurisdiction: str, *, timeout_s: float = 10.0, token_wait_s: float = 2.0
    ) -> None:
        """Prepare; ``url`` is the GeoReport root, ``timeout_s`` holds for each request (real seconds).

        Raises:
            BadInput: the URL is none.
        """
        try:
            parsed = URL(url)
        except ValueError as error:
            raise BadInput("desk.url: expected for instance https://desk.example/open311/v2") from error
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise BadInput("desk.url: expected for instance https://desk.example/open311/v2")
        self._url = url.rstrip("/")
        self._name = f"the desk at {parsed.host}:{parsed.port}"
        self._key = api_key
        self._jurisdiction = jurisdiction
        self._timeout_s = timeout_s
        self._token_wait_s = token_wait_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open a session; nothing is sent yet."""
        self._session = aiohttp.ClientSession(headers={"Accept": "application/json"})
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def ping(self) -> None:
        """Return if the desk lists its services."""
        await self._get("services.json", {})

    async def post(self, report: Report) -> str:
        """Create a service request; returns the desk's number for it.

        Raises:
            Refused: also when the desk took the report and gives no number: sent again it would be doubled.
        """
        answer = first_of(await self._post("requests.json", _creation(report)))
        if number := text_of(answer, "service_request_id"):
            return number
        if token := text_of(answer, "token"):
            return await self._resolve(token)
        raise Refused("the desk took the report and gave no number for it: look for it there")

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
                found |= await _citizens(entries_of(await self._get("requests.json", query)), poles)
        return list(found.values())

    async def status(self, id_: str) -> Literal["open", "closed"] | None:
        """Whether a request is open or closed; None if the desk does not know it, or gives another word."""
        try:
            answer = await self._get(f"requests/{quote(id_, safe='')}.json", {})
        except NotFound:
            return None
        word = text_of(first_of(answer), "status").lower()
        if word == "open":
            return "open"
        return "closed" if word == "closed" else None

    async def update(
        self, id_: str, update_id: str, status: UpdateStatus, at: datetime, description: str
    ) -> None:
        """Tell the desk how a request stands now; the same ``update_id`` counts once."""
        form = {
            "service_request_id": id_,
            "update_id": update_id,
            "status": status,
            "updated_datetime": _w3c(at),
            "description": description[:DESCRIPTION_LIMIT],
        }
        await self._post("servicerequestupdates.json", form)

    async def _resolve(self, token: str) -> str:
        """The number behind a token, which a batch desk gives a little later."""
        for _ in range(TOKEN_TRIES):
            await asyncio.sleep(self._token_wait_s)
            try:
                answer = first_of(await self._get(f"tokens/{quote(token, safe='')}.json", {}))
            except (Unreachable, NotFound):
                continue
            if number := text_of(answer, "service_request_id"):
                return number
        raise Refused("the desk took the report and gives no number for its token: look for it there")

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
            listed = entries_of(await self._get("requests.json", {**query, "page": str(page)}))
            fresh = {text_of(entry, "service_request_id"): entry for entry in listed}
            if fresh.keys() <= found.keys():
                return list(found.values()), page == 2 and len(found) >= LIST_LIMIT
            found.update(fresh)
        return list(found.values()), True

    async def _get(self, path: str, query: Mapping[str, str]) -> Any:
        return await self._request("GET", path, params=self._placed(query))

    async def _post(self, path: str, form: Mapping[str, str]) -> Any:
        return await self._request("POST", path, data={**self._placed(form), "api_key": self._key})

    def _placed(self, fields: Mapping[str, str]) -> dict[str, str]:
        # An empty parameter means the same as none, but not every desk knows that.
        given = {key: value for key, value in fields.items() if value}
        return {**given, "jurisdiction_id": self._jurisdiction} if self._jurisdiction else given

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        if self._session is None:
            raise Unreachable("the desk's connection is not open")
        try:
            # A redirected POST would be repeated as a GET: a redirect is a refusal, and says where to.
            async with (
                asyncio.timeout(self._timeout_s),
                self._session.request(
                    method, f"{self._url}/{path}", allow_redirects=False, **content
                ) as response,
            ):
                body = await _read(response)
        except TimeoutError as error:
            raise Unreachable(f"{self._name} did not answer within {self._timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{self._name} cannot be reached: {error}") from error
        return document_of(response.status, body, path)


async def _citizens(listed: list[dict[str, Any]], poles: Poles) -> dict[str, CitizenReport]:
    """What is to be kept of a list, by number, without holding up the event loop for long."""
    found: dict[str, CitizenReport] = {}
    for count, entry in enumerate(listed, 1):
        if (report := citizen_report(entry, poles)) is not None:
            found[report.id] = report
        if count % ENTRIES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, unless it is absurdly long (then a part of it, which is no JSON)."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT_BYTES:
            break
    return bytes(body)


def _creation(report: Report) -> dict[str, str]:
    mark = marked(report.external_ref)
    room = DESCRIPTION_LIMIT - len(mark) - 1
    return {
        "service_code": report.service_code,
        "lat": _degrees(report.position.latitude),
        "long": _degrees(report.position.longitude),
        "address_string": report.address,
        "description": f"{report.description[:room]}\n{mark}",
        "attribute[external_ref]": report.external_ref,
        **{f"attribute[{code}]": value for code, value in report.attributes.items()},
    }


def _degrees(value: float) -> str:
    return f"{value:.{COORDINATE_DECIMALS}f}"


def _w3c(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
