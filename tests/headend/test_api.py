"""The API on a real port."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import TypeAdapter

from city.clock import ManualClock
from city.incidents import State
from city.measurements import Batch, DeviceKind, Metric, Reading
from city.messages import (
    CurvePoint,
    Health,
    IncidentView,
    JournalEntry,
    LightPointDetail,
    LightPointView,
    Live,
    OrderView,
    ProgrammeView,
    Role,
    SampleView,
    Summary,
    TimelineRow,
)
from city.storage import StorageView
from city.wifi_views import AccessPointView, HotspotView, ProposalView
from headend.live import Feed
from headend.service import HeadEnd
from tests.headend.recording import EVENING, batch, lamp_dead, lamp_reading
from tests.headend.standing import standing, write_city

MINUTE = timedelta(minutes=1)


def say(headend: HeadEnd, clock: ManualClock, lamp: str, *, level: float = 100.0) -> None:
    point = headend.inventory.lighting.light_points[lamp]
    programme = headend.core.conductor.holdings.lamp_wants(point)
    headend.core.ingest(batch(lamp_reading(lamp, clock.now(), level=level, programme=programme)))


def poll(headend: HeadEnd, at: datetime, clients: float) -> None:
    radio = {Metric.CLIENTS: clients, Metric.AIRTIME: 20.0, Metric.CHANNEL: 36.0, Metric.NOISE: -95.0}
    headend.core.ingest(
        Batch(
            "AP-1",
            at,
            (
                Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.UPTIME: 9.0}),
                Reading("AP-1/1", DeviceKind.RADIO, at, radio),
            ),
        )
    )


SHAPES: dict[str, Any] = {
    "/summary": Summary,
    "/storage": StorageView,
    "/curve": tuple[CurvePoint, ...],
    "/light-points": tuple[LightPointView, ...],
    "/light-points/L1": LightPointDetail,
    "/light-points/L1/series?metric=power_w&hours=2&step_s=60": tuple[SampleView, ...],
    "/hotspots": tuple[HotspotView, ...],
    "/access-points": tuple[AccessPointView, ...],
    "/access-points/proposals": tuple[ProposalView, ...],
    "/incidents": tuple[IncidentView, ...],
    "/incidents?state=all": tuple[IncidentView, ...],
    "/orders": tuple[OrderView, ...],
    "/programmes": tuple[ProgrammeView, ...],
    "/journal": tuple[JournalEntry, ...],
    "/timeline": tuple[TimelineRow, ...],
}


async def test_every_answer_has_its_shape_and_needs_a_token(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, console):
        say(headend, clock, "L1")
        headend.core.watch._changed([lamp_dead("L1")])
        for path, shape in SHAPES.items():
            body = await console.get(path)
            adapter: TypeAdapter[object] = TypeAdapter(shape)
            adapter.validate_json(json.dumps(body))
            status, body = await console.ask("GET", path, token="wrong")
            assert (status, list(body)) == (401, ["error"]), path


async def test_health_answers_without_a_token(tmp_path: Path) -> None:
    async with (
        standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console),
        console.http.get(f"{console.url}/api/health") as response,
    ):
        assert response.status == 200
        assert Health.model_validate_json(await response.text()).now == EVENING
        assert "server" not in response.headers


ERRORS: list[tuple[str, str, object, int, str]] = [
    ("GET", "/nowhere", None, 404, "Not Found"),
    ("GET", "/light-points/L9", None, 404, "light point L9: there is none"),
    ("GET", "/light-points/L9/series", None, 404, "light point L9"),
    ("GET", "/light-points/L1/series?metric=love", None, 422, "metric: got 'love', expected"),
    ("GET", "/light-points/L1/series?hours=0", None, 422, "hours: got '0', expected"),
    ("GET", "/incidents?state=lost", None, 422, "state: got 'lost', expected 'live', 'closed' or 'all'"),
    ("POST", "/orders", {"selector": "L1", "level_pct": 130, "for_s": 60, "reason": "x"}, 422, "level_pct: got 130"),
    ("POST", "/orders", {"selector": "L1", "level_pct": 50, "reason": "x"}, 422, "for_s: missing"),
    ("POST", "/orders", {"selector": "L1", "level_pct": 50, "for_s": 60, "reason": "x", "y": 1}, 422, "y: got 1"),
    ("POST", "/orders", {"selector": "zz", "level_pct": 5, "for_s": 60, "reason": "x"}, 400, "selector: no"),
    ("POST", "/orders", {"selector": "L1", "level_pct": 5, "for_s": 1e9, "reason": "x"}, 400, "12 h at most"),
    ("DELETE", "/orders/o-none", None, 404, "order o-none"),
    ("POST", "/incidents/i-none/ack", None, 404, "incident i-none"),
    ("POST", "/incidents/i-none/send", None, 400, "i-none"),
    ("POST", "/incidents/i-none/dismiss", {"reason": ""}, 422, "reason: got ''"),
    ("DELETE", "/summary", None, 405, "Method Not Allowed"),
]  # fmt: skip


async def test_every_error_is_one_readable_line(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        for method, path, body, status, error in ERRORS:
            got, answer = await console.ask(method, path, body)
            assert (got, list(answer)) == (status, ["error"]), (path, answer)
            assert error in answer["error"], path
            assert "\n" not in answer["error"]
        async with console.http.post(
            f"{console.url}/api/orders", data=b"{", headers=console.headers()
        ) as response:
            assert (response.status, list(await response.json())) == (422, ["error"])


async def test_roles_open_what_they_should_and_no_more(tmp_path: Path) -> None:
    order = {"selector": "L1", "level_pct": 40, "for_s": 3600, "reason": "chantier"}
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        incident = lamp_dead("L1")
        headend.core.watch._changed([incident])
        observer = await headend.core.access.create(Role.OBSERVER, "écran")
        technician = await headend.core.access.create(Role.TECHNICIAN, "anne")
        dismissal = (f"/incidents/{incident.id}/dismiss", {"reason": "essai"})
        for path, body in (("/orders", order), (f"/incidents/{incident.id}/ack", None), dismissal):
            status, answer = await console.ask("POST", path, body, token=observer)
            assert (status, "role" in answer["error"]) == (403, True)
        assert (await console.ask("POST", *dismissal, token=technician))[0] == 403
        status, dark = await console.ask("POST", "/orders", {**order, "level_pct": 0}, token=technician)
        assert (status, dark["state"], dark["second"]) == (202, "awaiting", "dark_at_night")
        assert (await console.ask("POST", "/orders", order, token=technician))[0] == 200
        status, view = await console.ask("POST", f"/incidents/{incident.id}/ack", token=technician)
        assert (status, view["acknowledged_by"]) == (200, "anne")
        status, view = await console.ask("POST", *dismissal)
        assert (status, view["state"], view["dismissed_because"]) == (200, "dismissed", "essai")
        acts = [(entry["act"], entry["by"]) for entry in await console.get("/journal")]
        assert acts == [
            ("dismiss", "supervisor"),
            ("acknowledge", "anne"),
            ("order", "anne"),
            ("ask", "anne"),
            ("start", "head-end"),
        ]


async def test_commands_that_come_too_fast_are_told_when_the_next_may_come(tmp_path: Path) -> None:
    order = {"selector": "L1", "level_pct": 40, "for_s": 3600, "reason": "chantier"}
    city = write_city(tmp_path, "[orders]\ncommands_at_once = 1\ncommand_every_s = 12\n")
    async with standing(city, ManualClock(EVENING)) as (_, console):
        assert (await console.ask("POST", "/orders", order))[0] == 200
        async with console.http.post(
            f"{console.url}/api/orders", json=order, headers=console.headers()
        ) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "12")
            assert "the next in 12 s" in (await response.json())["error"]


async def test_a_lamp_says_what_every_layer_would_have_it_hold(tmp_path: Path) -> None:
    lock = {"selector": "L1", "for_s": 3600, "reason": "mât"}
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        status, view = await console.ask("POST", "/locks", lock)
        assert (status, view["points"], view["active"]) == (200, 1, True)
        detail = await console.get("/light-points/L1")
        assert [each["layer"] for each in detail["reason"]["chain"]] == ["default", "calendar", "lock"]
        assert (detail["point"]["locked"], detail["point"]["asked_pct"]) == (True, 0.0)
        status, _ = await console.ask("POST", f"/locks/{view['id']}/lift", {})
        assert status == 200
        assert await console.get("/locks") == []
        assert await console.get("/approvals") == []


async def test_an_incident_shows_its_ticket_before_and_after(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        incident = lamp_dead("L1")
        headend.core.watch._changed([incident])
        await headend.core.watch.save()
        await headend.core.tickets.look()
        view = (await console.get("/incidents"))[0]
        assert view["ticket"]["status"] == "queued"
        assert (view["place"], view["sector"]) == ("rue Mercière", "D8")
        status, ticket = await console.ask("POST", f"/incidents/{incident.id}/send")
        assert (status, ticket["incident"]) == (200, incident.id)
        headend.core.watch._changed([incident.moved(State.CLOSED, EVENING + MINUTE)])
        await headend.core.watch.save()
        assert await console.get("/incidents") == []
        closed = await console.get("/incidents?state=closed")
        assert [each["state"] for each in closed] == ["closed"]


async def test_a_light_point_says_why_it_is_at_its_level(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    order = {"selector": "L1", "level_pct": 40, "for_s": 3600, "reason": "chantier"}
    async with standing(write_city(tmp_path), clock) as (headend, console):
        say(headend, clock, "L1")
        detail = await console.get("/light-points/L1")
        assert (detail["reason"]["source"], detail["reason"]["text"]) == ("programme", "Cinq paliers")
        assert detail["programme_held"] == detail["programme_wanted"]
        await console.ask("POST", "/orders", order)
        detail = await console.get("/light-points/L1")
        assert (detail["reason"]["source"], detail["reason"]["text"], detail["reason"]["by"]) == (
            "override", "chantier", "supervisor",
        )  # fmt: skip
        assert (detail["point"]["asked_pct"], detail["point"]["effect_pct"]) == (40.0, 100.0)


async def test_a_curve_comes_from_the_store(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, console):
        for _ in range(3):
            say(headend, clock, "L1")
            await clock.advance(60)
        async with asyncio.timeout(10):
            while headend.counts.waiting:
                await clock.advance(1)
                await asyncio.sleep(0.01)
        samples = await console.get("/light-points/L1/series?metric=level_pct&hours=1&step_s=60")
        assert [sample["value"] for sample in samples] == [100.0] * 3


async def test_wifi_is_derived_from_the_radios_and_unknown_until_polled(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        before = (await console.get("/access-points"))[0]
        assert (before["up"], before["clients"], before["load_pct"]) == (None, None, None)
        poll(headend, EVENING, clients=10)
        after = (await console.get("/access-points"))[0]
        assert (after["up"], after["clients"], after["load_pct"]) == (True, 10, 25.0)
        assert after["radios"][0]["channel"] == 36
        for number in range(3):
            headend.core.hotspots.missed("AP-1", EVENING + number * MINUTE)
        dead = (await console.get("/access-points"))[0]
        assert (dead["up"], dead["clients"], dead["load_pct"]) == (False, None, None)
        assert (await console.get("/hotspots"))[0]["access_points_up"] == 0


async def test_the_first_live_message_sums_up_then_come_all_light_points_and_then_only_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headend.live.PORTION", 4)
    clock = ManualClock(EVENING)
    async with (
        standing(write_city(tmp_path), clock) as (headend, console),
        console.http.ws_connect(f"{console.url}/api/live", headers=console.headers()) as live,
    ):
        first = Live.model_validate_json(await live.receive_str())
        assert (first.light_points, first.more) == ((), True)
        assert len(first.access_points) == 1
        assert first.summary is not None
        assert first.summary.lamps.total == 6
        rest = [Live.model_validate_json(await live.receive_str()) for _ in range(2)]
        assert [(len(portion.light_points), portion.more) for portion in rest] == [(4, True), (2, False)]
        say(headend, clock, "L2")
        headend.core.watch._changed([lamp_dead("L3")])
        poll(headend, EVENING, clients=3)
        second = Live.model_validate_json(await live.receive_str())
        assert {point.id for point in second.light_points} == {"L2", "L3"}
        assert [incident.asset for incident in second.incidents] == ["L3"]
        assert [each.id for each in second.access_points] == ["AP-1"]
        third = Live.model_validate_json(await live.receive_str())
        assert (third.light_points, third.access_points) == ((), ())


async def test_live_pushes_come_at_most_twice_a_second(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with (
        standing(write_city(tmp_path), clock) as (headend, console),
        console.http.ws_connect(f"{console.url}/api/live", headers=console.headers()) as live,
    ):
        loop = asyncio.get_running_loop()
        for _ in range(2):
            await live.receive_str()  # the whole picture
        arrivals = []
        for _ in range(3):
            for lamp in ("L1", "L2"):
                await clock.advance(1)
                say(headend, clock, lamp)
            await live.receive_str()
            arrivals.append(loop.time())
        assert arrivals[2] - arrivals[0] > 0.9


async def test_a_console_without_a_token_hears_nothing(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await console.http.ws_connect(f"{console.url}/api/live")
        assert caught.value.status == 401


async def test_a_console_that_goes_away_or_a_stop_leaves_no_task_behind(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        leaving = await console.http.ws_connect(f"{console.url}/api/live", headers=console.headers())
        await leaving.receive_str()
        await leaving.close()
        staying = await console.http.ws_connect(f"{console.url}/api/live", headers=console.headers())
        await staying.receive_str()
        headend.stop()
        async with asyncio.timeout(10):
            while (await staying.receive()).type is aiohttp.WSMsgType.TEXT:
                pass


async def test_however_much_changed_a_slow_console_gets_one_message_of_what_is_true_now(
    tmp_path: Path,
) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, _):
        feed = Feed(headend.core)
        _ = [portion async for portion in feed.complete()]
        for number in range(300):
            await clock.advance(1)
            say(headend, clock, "L1", level=float(number % 100))
        message = await feed.changed()
        assert [(point.id, point.effect_pct) for point in message.light_points] == [("L1", 99.0)]
