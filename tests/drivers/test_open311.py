"""The Open311 client against a simulated Allô Proximité, and against desks with the manners seen in the wild."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from city.clock import ManualClock
from city.desks import Duplicate, KeyRefused, Receipt, Report
from city.errors import BadInput, Outside, Refused, Unreachable
from city.places import Position
from drivers.open311 import Open311
from drivers.open311_answers import document_of, entries_of, first_of
from fake_devices.open311_desk import Open311Desk
from tests.drivers.influxd import free_port

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
KEY = "k3y-of-the-city"
REPORT = Report(
    external_ref="i-1a2b3c4d",
    service_code="eclairage-public",
    position=Position(47.75123456789, 7.3),
    address="rue Franklin, Mulhouse",
    description="Lampe éteinte · 08-1173",
    attributes={"fault": "lamp_dead", "pole_number": "08-1173"},
)

Answer = web.Response | Callable[[web.Request], web.Response]


@dataclass
class Desk:
    """Answers each path as it is told to, and remembers what it was asked."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    forms: list[Mapping[str, Any]] = field(default_factory=list)
    queries: list[Mapping[str, str]] = field(default_factory=list)
    """Of the list of requests."""
    paths: list[str] = field(default_factory=list)

    def says(self, path: str, document: object, status: int = 200) -> None:
        text = document if isinstance(document, str) else json.dumps(document)
        self.answers[path] = lambda _: web.Response(status=status, text=text)

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            self.forms.append(dict(await request.post()))
        self.paths.append(request.path)
        if request.path.startswith("/requests."):
            self.queries.append(dict(request.query))
        given = self.answers.get(f"{request.method} {request.path}", web.Response(status=404))
        return given(request) if callable(given) else given


@asynccontextmanager
async def a_desk(jurisdiction: str = "mulhouse.fr") -> AsyncIterator[tuple[Desk, Open311]]:
    desk = Desk()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", desk.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        desk.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        async with Open311(desk.url, KEY, jurisdiction, timeout_s=2.0) as client:
            yield desk, client
    finally:
        await runner.cleanup()


@asynccontextmanager
async def allo_proximite() -> AsyncIterator[tuple[Open311Desk, Open311]]:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(Open311Desk(ManualClock(NOW)))
        client = Open311(desk.url, desk.api_key, "mulhouse.fr", timeout_s=2.0)
        yield desk, await stack.enter_async_context(client)


async def test_a_report_is_posted_found_followed_and_closed_at_the_simulated_desk() -> None:
    async with allo_proximite() as (desk, client):
        await client.ping()
        assert await client.find(REPORT.external_ref, NOW) is None
        number = (await client.post(REPORT)).number
        [ticket] = desk.tickets
        assert number == ticket.id
        assert ticket.position == Position(47.751235, 7.3)
        assert ticket.attributes["pole_number"] == "08-1173"
        assert await client.find(REPORT.external_ref, NOW) == number
        assert await client.status(number) == "open"
        await client.update(number, "u-1", "FIXED", NOW, "Réparée")
        await client.update(number, "u-1", "FIXED", NOW, "Réparée")
        assert await client.status(number) == "closed"
        assert len(ticket.updates) == 1
        assert await client.status("unknown/../1") is None


async def test_a_lost_answer_is_unreachable_and_the_report_is_found_afterwards() -> None:
    async with allo_proximite() as (desk, client):
        desk.drop_answer_once()
        with pytest.raises(Unreachable, match="cannot be reached"):
            await client.post(REPORT)
        assert await client.find(REPORT.external_ref, NOW) == desk.tickets[0].id


async def test_a_wrong_key_is_told_apart_from_other_refusals() -> None:
    async with Open311Desk(ManualClock(NOW)) as desk, Open311(desk.url, "wrong", "mulhouse.fr") as client:
        with pytest.raises(KeyRefused, match="api_key is missing or wrong"):
            await client.post(REPORT)


async def test_a_report_is_a_form_with_key_jurisdiction_reference_and_nothing_empty() -> None:
    async with a_desk() as (desk, client):
        desk.says("POST /requests.json", [{"service_request_id": "1"}])
        await client.post(REPORT)
        assert desk.forms == [
            {
                "api_key": KEY,
                "jurisdiction_id": "mulhouse.fr",
                "service_code": "eclairage-public",
                "lat": "47.751235",
                "long": "7.300000",
                "address_string": "rue Franklin, Mulhouse",
                "description": "Lampe éteinte · 08-1173\n[i-1a2b3c4d]",
                "attribute[external_ref]": "i-1a2b3c4d",
                "attribute[fault]": "lamp_dead",
                "attribute[pole_number]": "08-1173",
            }
        ]
    async with a_desk(jurisdiction="") as (desk, client):
        desk.says("POST /requests.json", [{"service_request_id": "1"}])
        await client.post(Report("i-1", "x", Position(1, 2), "", "", {"empty": ""}))
        assert {"jurisdiction_id", "address_string", "attribute[empty]"}.isdisjoint(desk.forms[0])


async def test_a_description_is_cut_to_what_a_desk_takes_and_keeps_its_reference() -> None:
    async with a_desk() as (desk, client):
        desk.says("POST /requests.json", [{"service_request_id": "1"}])
        await client.post(Report("i-1", "x", Position(1, 2), "", "é" * 9000))
        description = desk.forms[0]["description"]
        assert len(description) == 4000
        assert description.endswith("é\n[i-1]")


@pytest.mark.parametrize(
    ("document", "number"),
    [
        ([{"service_request_id": 1234}], "1234"),
        ({"service_request_id": "001"}, "001"),
        ([{"service_request_id": "7", "surprise": [1], "service_notice": None}], "7"),
        ({"service_requests": [{"service_request_id": "9"}]}, "9"),
    ],
)
async def test_ids_may_be_numbers_and_answers_bare_or_wrapped(document: object, number: str) -> None:
    async with a_desk() as (desk, client):
        desk.says("POST /requests.json", document)
        assert await client.post(REPORT) == Receipt(number)


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (400, [{"code": 400, "description": "CRM is down"}], Unreachable),
        (400, {"code": 400, "description": "base is a duplicate"}, Duplicate),
        (400, [{"code": 400, "description": "lat is missing"}], Refused),
        (400, "<html>nginx</html>", Refused),
        (403, [{"code": 403, "description": "api_key"}], KeyRefused),
        (401, "", KeyRefused),
        (404, {"code": 404, "description": "service_code was not found"}, Refused),
        (409, [], Unreachable),
        (429, [{"description": "slow down"}], Unreachable),
        (301, "", Refused),
        (500, "<html>oops</html>", Unreachable),
        (503, [{"code": 503}], Unreachable),
        (200, "<html>maintenance</html>", Unreachable),
        (200, [], Unreachable),
        (200, "[" * 100_000, Unreachable),
    ],
)
async def test_what_may_pass_is_unreachable_and_what_will_not_is_refused(
    status: int, document: object, kind: type[Outside]
) -> None:
    async with a_desk() as (desk, client):
        desk.says("POST /requests.json", document, status)
        with pytest.raises(kind) as caught:
            await client.post(REPORT)
        assert KEY not in str(caught.value)
        assert "\n" not in str(caught.value)


async def test_a_desk_that_answers_too_slowly_or_not_at_all_is_unreachable() -> None:
    async with allo_proximite() as (desk, _), Open311(desk.url, KEY, "", timeout_s=0.05) as hasty:
        desk.delay = 0.3
        with pytest.raises(Unreachable, match=r"did not answer within 0\.05 s"):
            await hasty.ping()
    async with Open311(f"http://127.0.0.1:{free_port()}", KEY, "") as client:
        with pytest.raises(Unreachable, match="cannot be reached"):
            await client.ping()


@pytest.mark.parametrize("url", ["", "desk", "ftp://127.0.0.1/x"])
def test_a_url_that_is_none_is_told(url: str) -> None:
    with pytest.raises(BadInput, match=r"desk\.url"):
        Open311(url, KEY, "")


async def test_a_token_is_asked_for_its_number() -> None:
    async with a_desk() as (desk, client):
        desk.says("POST /requests.json", [{"token": "a b"}])
        assert await client.post(REPORT) == Receipt(None, "a b")
        assert await client.resolve("a b") is None
        answers = iter([[], [{"token": "a b"}], [{"service_request_id": 12, "token": "a b"}]])
        desk.answers["GET /tokens/a b.json"] = lambda _: web.json_response(next(answers))
        assert [await client.resolve("a b") for _ in range(3)] == [None, None, "12"]


async def test_a_desk_that_gives_neither_number_nor_token_has_the_report_all_the_same() -> None:
    async with a_desk() as (desk, client):
        desk.says("POST /requests.json", [{"service_notice": "merci"}])
        assert await client.post(REPORT) == Receipt(None)


@pytest.mark.parametrize(
    ("status", "meant"),
    [("OPEN", "open"), ("closed", "closed"), ("Closed ", "closed"), ("processing", None), (3, None)],
)
async def test_the_case_of_a_status_is_not_trusted(status: object, meant: str | None) -> None:
    async with a_desk() as (desk, client):
        desk.says("GET /requests/7.json", [{"status": status}])
        assert await client.status("7") == meant


def listed(number: int, **changes: object) -> dict[str, object]:
    return {"service_request_id": number, "description": f"n° {number}", **changes}


@pytest.mark.parametrize(
    "ours",
    [
        listed(3, description="Lampe éteinte\n[i-1a2b3c4d]"),
        listed(3, description=None, extended_attributes={"external_ref": "i-1a2b3c4d"}),
        listed(3, attributes={"external_ref": "i-1a2b3c4d"}),
        listed(3, external_ref="i-1a2b3c4d"),
    ],
)
async def test_a_report_is_found_wherever_a_desk_gives_its_reference_back(ours: object) -> None:
    async with a_desk() as (desk, client):
        others = [listed(1, description="[i-1a2b3c4]"), listed(2, attributes=[1]), "nonsense"]
        desk.says("GET /requests.json", [*others, ours])
        assert await client.find("i-1a2b3c4d", NOW) == "3"
        start = datetime.fromisoformat(desk.queries[0]["start_date"])
        end = datetime.fromisoformat(desk.queries[0]["end_date"])
        assert start <= NOW - timedelta(hours=2)
        assert end - start <= timedelta(days=90)


async def test_a_report_is_found_on_a_later_page() -> None:
    def paged(request: web.Request) -> web.Response:
        first = 50 * (int(request.query["page"]) - 1)
        numbers = range(first, min(first + 50, 120))
        return web.json_response([listed(n, external_ref=f"i-{n}") for n in numbers])

    async with a_desk() as (desk, client):
        desk.answers["GET /requests.json"] = paged
        assert await client.find("i-110", NOW) == "110"
        assert await client.find("i-999", NOW) is None


async def test_a_report_is_found_among_more_than_a_thousand_at_a_desk_without_pages() -> None:
    made = {n: NOW + timedelta(minutes=n) for n in range(1500)}

    def cut(request: web.Request) -> web.Response:
        start = datetime.fromisoformat(request.query["start_date"])
        end = datetime.fromisoformat(request.query["end_date"])
        within = [n for n, at in made.items() if start <= at <= end]
        return web.json_response([listed(n, external_ref=f"i-{n}") for n in within[:1000]])

    async with a_desk() as (desk, client):
        desk.answers["GET /requests.json"] = cut
        assert await client.find("i-1499", NOW) == "1499"
        assert await client.find("i-9999", NOW) is None


@given(st.integers(200, 599), st.binary(max_size=200))
def test_no_answer_at_all_raises_anything_but_ours(status: int, body: bytes) -> None:
    with suppress(Outside):
        first_of(document_of(status, body, "requests.json"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["errors", "requests", "description"]), inner)
    ),
    max_leaves=10,
)


@given(st.sampled_from([200, 400, 403, 404, 500]), _JSON)
def test_no_document_at_all_raises_anything_but_ours(status: int, document: object) -> None:
    assert all(isinstance(entry, dict) for entry in entries_of(document))
    with suppress(Outside):
        first_of(document_of(status, json.dumps(document).encode(), "requests.json"))
