import asyncio
import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from georeport import GeoReport

from city.clock import ManualClock
from fake_devices.open311_desk import Open311Desk
from fake_devices.open311_moods import Mood

EVENING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
LAMP: Mapping[str, str] = {
    "service_code": "eclairage-public",
    "lat": "47.746700",
    "long": "7.338600",
    "address_string": "rue Mercière, Mulhouse",
    "description": "Lampe éteinte <08-1173> & seule\n[i-0a1b]",
    "attribute[fault]": "lamp_dead",
    "attribute[pole_number]": "08-1173",
    "attribute[points]": "1",
    "attribute[external_ref]": "i-0a1b",
}

Answer = tuple[int, Any]


async def get(desk: Open311Desk, path: str, **query: str) -> Answer:
    async with aiohttp.ClientSession() as session, session.get(f"{desk.url}/{path}", params=query) as answer:
        return answer.status, read(await answer.read(), answer)


async def post(desk: Open311Desk, path: str, form: Mapping[str, str]) -> Answer:
    form = {"api_key": desk.api_key, **form}
    async with aiohttp.ClientSession() as session, session.post(f"{desk.url}/{path}", data=form) as answer:
        return answer.status, read(await answer.read(), answer)


def read(body: bytes, answer: aiohttp.ClientResponse) -> Any:
    kind = "xml" if answer.url.path.endswith(".xml") else "json"
    expected = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}[kind]
    assert answer.headers["Content-Type"] == expected
    return json.loads(body) if kind == "json" else ET.fromstring(body)  # noqa: S314 - our own server


def update(number: str, id_: str, status: str, at: datetime = EVENING + timedelta(hours=2)) -> dict[str, str]:
    return {
        "service_request_id": number,
        "update_id": id_,
        "status": status,
        "updated_datetime": at.isoformat(),
        "description": "Réparation constatée : 3,1 W avant, 40,9 W après",
    }


async def new_ticket(desk: Open311Desk, **change: str) -> str:
    status, answer = await post(desk, "requests.json", {**LAMP, **change})
    assert status == 200, answer
    return str(answer[0]["service_request_id"])


async def test_a_report_becomes_an_open_ticket() -> None:
    clock = ManualClock(EVENING)
    async with Open311Desk(clock) as desk:
        number = await new_ticket(desk)
        status, listed = await get(desk, f"requests/{number}.json")
        _, extended = await get(desk, "requests.json", extensions="true")
    assert (status, len(listed), desk.count) == (200, 1, 1)
    assert extended[0]["extended_attributes"]["external_ref"] == "i-0a1b"
    assert listed[0]["status"] == "open"
    assert listed[0]["requested_datetime"] == "2026-11-30T17:00:00Z"
    assert (listed[0]["lat"], listed[0]["long"]) == (47.7467, 7.3386)
    assert listed[0]["description"] == LAMP["description"]
    assert "extended_attributes" not in listed[0]
    ticket = desk.tickets[0]
    assert (ticket.external_ref, ticket.points, ticket.opened_at) == ("i-0a1b", 1, EVENING)


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_a_missing_or_wrong_key_is_forbidden(key: str) -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        status, errors = await post(desk, "requests.json", {**LAMP, "api_key": key})
        assert (status, errors[0]["code"]) == (403, 403)
        status, errors = await post(desk, "requests.xml", {**LAMP, "api_key": key})
    assert (status, errors.tag, errors.findtext("error/code")) == (403, "errors", "403")
    assert desk.count == 0


async def test_everything_that_is_wrong_with_a_report_is_said_at_once() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        status, errors = await post(
            desk, "requests.json", {"service_code": "eclairage-public", "lat": "", "x": "y"}
        )
        assert status == 400
        assert [error["description"] for error in errors] == [
            "attribute[fault] is missing",
            "a location is missing: lat and long, address_string or address_id",
        ]
        status, errors = await post(desk, "requests.json", {**LAMP, "service_code": "neige", "lat": "120"})
        assert status == 400
        assert [error["description"] for error in errors] == [
            "service_code neige is not known",
            "lat and long are not on the Earth",
        ]
        status, errors = await post(desk, "requests.json", {**LAMP, "description": "x" * 4001})
        assert (status, errors[0]["code"]) == (400, 400)
    assert desk.count == 0


async def test_an_address_alone_is_a_location() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        number = await new_ticket(desk, lat="", long="")
        _, listed = await get(desk, f"requests/{number}.json")
    assert listed[0]["lat"] is None
    assert listed[0]["address"] == "rue Mercière, Mulhouse"


async def test_another_city_or_an_unknown_thing_is_not_found() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        assert (await get(desk, "services.json", jurisdiction_id="mulhouse.fr"))[0] == 200
        assert (await get(desk, "services.json", jurisdiction_id="bale.ch"))[0] == 404
        assert (await post(desk, "requests.json", {**LAMP, "jurisdiction_id": "bale.ch"}))[0] == 404
        assert (await get(desk, "requests/none.json"))[0] == 404
        assert (await get(desk, "services/neige.json"))[0] == 404
        status, errors = await get(desk, "nonsense.json")
        assert (status, errors[0]["code"]) == (404, 404)
        assert (await post(desk, "servicerequestupdates.json", update("none", "u-1", "FIXED")))[0] == 404


async def test_discovery_names_the_endpoint_in_both_formats() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        _, found = await get(desk, "discovery.json")
        _, in_xml = await get(desk, "discovery.xml")
    endpoint = found["endpoints"][0]
    assert {"changeset", "contact", "key_service", "endpoints"} <= found.keys()
    assert (endpoint["url"], endpoint["type"]) == (desk.url, "test")
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert in_xml.findtext("endpoints/endpoint/url") == desk.url
    assert [kind.text for kind in in_xml.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]


async def test_a_list_can_be_narrowed_by_every_filter() -> None:
    clock = ManualClock(EVENING)
    async with Open311Desk(clock) as desk:
        lamp = await new_ticket(desk)
        await clock.advance(3600)
        road = await new_ticket(desk, service_code="voirie")
        await post(desk, "servicerequestupdates.json", update(road, "u-1", "FIXED"))

        async def numbers(**query: str) -> list[str]:
            status, listed = await get(desk, "requests.json", **query)
            assert status == 200, listed
            return [entry["service_request_id"] for entry in listed]

        assert await numbers() == [road, lamp]
        assert await numbers(status="open") == [lamp]
        assert await numbers(status="open,closed") == [road, lamp]
        assert await numbers(service_code="eclairage-public") == [lamp]
        assert await numbers(service_code="eclairage-public, voirie", status="") == [road, lamp]
        assert await numbers(service_request_id=f"{lamp},none", status="closed") == [lamp]
        assert await numbers(start_date="2026-11-30T18:30:00+01:00") == [road]
        assert await numbers(end_date="2026-11-30T17:30:00Z") == [lamp]
        await clock.advance(91 * 86_400)
        assert await numbers() == []


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"},
        {"start_date": "2026-01-01T00:00:00"},
        {"end_date": "yesterday"},
        {"status": "lost"},
    ],
)
async def test_a_list_that_cannot_be_given_is_refused(query: dict[str, str]) -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        status, errors = await get(desk, "requests.json", **query)
    assert (status, len(errors), errors[0]["code"]) == (400, 1, 400)


async def test_a_repair_closes_a_ticket_and_a_relapse_opens_it_again() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        number = await new_ticket(desk)
        repaired = EVENING + timedelta(hours=2)
        status, answer = await post(
            desk, "servicerequestupdates.json", update(number, "u-1", "FIXED", repaired)
        )
        assert (status, answer) == (200, [{"update_id": "u-1"}])
        _, listed = await get(desk, f"requests/{number}.json")
        assert (listed[0]["status"], listed[0]["updated_datetime"]) == ("closed", "2026-11-30T19:00:00Z")
        again = repaired + timedelta(days=2)
        await post(desk, "servicerequestupdates.json", update(number, "u-2", "REOPEN", again))
        assert (desk.tickets[0].status, desk.tickets[0].closed_at) == ("open", None)


async def test_updates_can_be_read_back_with_the_key() -> None:
    async with Open311Desk(ManualClock(EVENING + timedelta(days=1))) as desk:
        number = await new_ticket(desk)
        await post(desk, "servicerequestupdates.xml", update(number, "u-1", "IN_PROGRESS"))
        assert (await get(desk, "servicerequestupdates.json"))[0] == 403
        _, listed = await get(desk, "servicerequestupdates.json", api_key=desk.api_key)
        _, in_xml = await get(desk, "servicerequestupdates.xml", api_key=desk.api_key)
        _, none = await get(
            desk, "servicerequestupdates.json", api_key=desk.api_key, start_date="2026-12-01T00:00:00Z"
        )
    assert [(entry["update_id"], entry["status"]) for entry in listed] == [("u-1", "in_progress")]
    assert in_xml.findtext("request_update/service_request_id") == number
    assert none == []


async def test_an_update_that_makes_no_sense_is_refused() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        number = await new_ticket(desk)
        form = {**update(number, "", "MENDED"), "updated_datetime": "now"}
        status, errors = await post(desk, "servicerequestupdates.json", form)
    assert (status, len(errors)) == (400, 3)
    assert desk.tickets[0].updates == []


async def test_a_refusal_that_was_ordered_lasts_as_often_as_said() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        desk.refuse_next(400, 400, "CRM is down", times=2)
        for _ in range(2):
            status, errors = await post(desk, "requests.json", LAMP)
            assert (status, errors) == (400, [{"code": 400, "description": "CRM is down"}])
        assert (await get(desk, "requests.json")) == (200, [])
        assert (await post(desk, "requests.json", LAMP))[0] == 200


async def test_an_answer_can_be_lost_after_the_ticket_was_made() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        desk.drop_answer_once()
        with pytest.raises(aiohttp.ClientError):
            await post(desk, "requests.json", LAMP)
        assert desk.count == 1
        _, listed = await get(desk, "requests.json")
        assert len(listed) == 1


async def test_a_desk_that_is_away_answers_nothing_and_comes_back_with_its_tickets() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        number = await new_ticket(desk)
        desk.away = True
        with pytest.raises(aiohttp.ClientError):
            await get(desk, "services.json")
        with pytest.raises(aiohttp.ClientError):
            await post(desk, "requests.json", LAMP)
        desk.away = False
        assert (await get(desk, f"requests/{number}.json"))[0] == 200
    assert desk.count == 1


async def test_a_slow_desk_has_the_ticket_although_nobody_waited_for_the_answer() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        desk.delay = 30.0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await post(desk, "requests.json", LAMP)
        desk.delay = 0.0
        _, listed = await get(desk, "requests.json")
    assert len(listed) == 1


async def test_hostile_text_still_makes_valid_xml() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        await new_ticket(
            desk, description="a\x00b\x1b[31m </description>]]> \U0001f526", **{"attribute[<x>]": "y"}
        )
        _, listed = await get(desk, "requests.xml", extensions="true")
    assert listed.findtext("request/description") == "ab[31m </description>]]> \U0001f526"


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize("tickets", [1, 2])
async def test_an_independent_client_reads_what_the_desk_holds(kind: str, tickets: int) -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        numbers = {await new_ticket(desk) for _ in range(tickets)}
        client = GeoReport(desk.url, jurisdiction="mulhouse.fr", output_format=kind)
        services = await asyncio.to_thread(client.get_service_list)
        definition = await asyncio.to_thread(client.get_service_definition, "eclairage-public")
        listed = await asyncio.to_thread(client.get_service_requests, status="open")
        one = await asyncio.to_thread(client.get_service_request, min(numbers))
    assert [service["service_code"] for service in services] == ["eclairage-public", "voirie"]
    assert definition["service_code"] == "eclairage-public"
    # That client gives a bare object where its XML has a single element.
    listed = listed if isinstance(listed, list) else [listed]
    assert {entry["service_request_id"] for entry in listed} == numbers
    assert one["service_request_id"] == min(numbers)
    assert one["status"] == "open"


async def test_an_empty_list_is_empty_in_both_formats() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        assert await get(desk, "requests.json") == (200, [])
        status, listed = await get(desk, "requests.xml")
        client = GeoReport(desk.url)
        assert await asyncio.to_thread(client.get_service_requests) == []
    assert (status, listed.tag, len(listed)) == (200, "service_requests", 0)


async def test_what_a_citizen_says_of_himself_is_given_back_as_careless_desks_do() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        who = {"first_name": "Marie", "email": "marie@example.org", "media_url": "https://example.org/1.jpg"}
        await new_ticket(desk, **who)
        _, [plain] = await get(desk, "requests.json")
        _, [extended] = await get(desk, "requests.json", extensions="true")
    assert plain["media_url"] == "https://example.org/1.jpg"
    assert "email" not in plain
    assert (extended["first_name"], extended["email"]) == ("Marie", "marie@example.org")


async def test_an_unreliable_desk_fails_before_or_after_it_has_done_what_was_asked() -> None:
    async with Open311Desk(ManualClock(EVENING)) as desk:
        draws = random.Random(311)  # noqa: S311 - a test
        desk.moods = lambda _: draws.choice([Mood.WELL, Mood.WELL, Mood.BUSY, Mood.LOST])
        outcomes: list[int] = []
        for _ in range(60):
            try:
                outcomes.append((await post(desk, "requests.json", LAMP))[0])
            except aiohttp.ClientError:
                outcomes.append(0)
        lost = outcomes.count(0)
        assert min(lost, outcomes.count(503), outcomes.count(200)) > 5
        assert desk.count == outcomes.count(200) + lost
