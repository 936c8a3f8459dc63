from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from fake_devices.city_plan import plan_city
from fake_devices.lamp_controller import LampMessage, LampReport
from fake_devices.scenario import Resolved, Truth
from fake_devices.world import World

START = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
CITY = plan_city(60, 5, 1)
LAMP = CITY.cabinets[0].circuits[0].lamps[0].id
HOUR = timedelta(hours=1)


def world(*faults: Truth) -> World:
    return World(CITY, START, Resolved(faults))


def said(a_world: World, to: datetime, step: timedelta) -> list[LampMessage]:
    messages = []
    while a_world.now < to:
        a_world.advance(a_world.now + step)
        messages += a_world.take_messages()
    return messages


def test_the_same_city_says_the_same_however_often_it_is_looked_at() -> None:
    rarely = said(world(), START + 6 * HOUR, 6 * HOUR)
    often = world()
    messages = []
    while often.now < START + 6 * HOUR:
        often.advance(often.now + timedelta(seconds=10))
        messages += often.take_messages()
        list(often.cabinet_snapshots())
    assert messages == rarely
    assert [message.ts for message in rarely] == sorted(message.ts for message in rarely)


def test_counters_only_grow_over_a_night() -> None:
    reports: dict[str, list[LampReport]] = defaultdict(list)
    for message in said(world(), START + 18 * HOUR, HOUR):
        if isinstance(message, LampReport):
            reports[message.lamp].append(message)
    for of_lamp in reports.values():
        for counter in ("wh", "hours", "starts"):
            values = [getattr(report, counter) for report in of_lamp]
            assert values == sorted(values)
        assert of_lamp[-1].hours - of_lamp[0].hours == pytest.approx(15.28, abs=0.1)
        assert of_lamp[-1].starts == of_lamp[0].starts + 1


def test_going_back_changes_nothing() -> None:
    a_world = world()
    a_world.advance(START + HOUR)
    a_world.advance(START)
    assert a_world.now == START + HOUR


def test_a_dead_lamp_says_its_level_and_draws_nothing_until_it_is_mended() -> None:
    a_world = world(Truth("lamp_dead", LAMP, START + 4 * HOUR, START + 6 * HOUR))
    reports = [
        m for m in said(a_world, START + 7 * HOUR, HOUR) if isinstance(m, LampReport) and m.lamp == LAMP
    ]
    broken = [r for r in reports if START + 4 * HOUR < datetime.fromtimestamp(r.ts, UTC) < START + 6 * HOUR]
    assert all(report.level == 100 and report.w < 1 for report in broken)
    assert reports[-1].w > 20


def test_a_day_burner_burns_though_its_level_is_zero() -> None:
    a_world = world(Truth("day_burner", LAMP, START + timedelta(minutes=10), None))
    report = [m for m in said(a_world, START + HOUR, HOUR) if isinstance(m, LampReport) and m.lamp == LAMP][
        -1
    ]
    assert (report.level, report.w > 20) == (0.0, True)


def test_a_breaker_trip_silences_its_lamps_and_only_them() -> None:
    circuit = CITY.cabinets[0].circuits[0]
    a_world = world(Truth("breaker_trip", circuit.id, START + 4 * HOUR, START + 5 * HOUR))
    a_world.advance(START + 4 * HOUR)
    a_world.take_messages()
    speaking = {message.lamp for message in said(a_world, START + 5 * HOUR - timedelta(minutes=1), HOUR / 60)}
    assert speaking == set(CITY.lamps) - {lamp.id for lamp in circuit.lamps}
    assert next(a_world.cabinet_snapshots()).circuits[0].breaker_tripped
    a_world.advance(START + 5 * HOUR)
    assert not next(a_world.cabinet_snapshots()).circuits[0].breaker_tripped


def test_an_access_point_goes_down_and_comes_back() -> None:
    a_world = world(Truth("ap_down", "AP-CTR-01", START + HOUR, START + 2 * HOUR))
    seen = []
    for hours in (0, 1, 2):
        a_world.advance(START + hours * HOUR)
        seen.append(a_world.access_points.state("AP-CTR-01", a_world.now).up)
    assert seen == [True, False, True]


def test_a_maintenance_window_shows_door_and_key_and_darkens_one_circuit() -> None:
    a_world = world(Truth("maintenance_window", "A-001", START + 4 * HOUR, START + 6 * HOUR))
    a_world.advance(START + 5 * HOUR)
    shown = next(a_world.cabinet_snapshots())
    assert (shown.door_open, shown.local_mode) == (True, True)
    assert sum(not circuit.relay_closed for circuit in shown.circuits) == 1
    a_world.advance(START + 6 * HOUR)
    shown = next(a_world.cabinet_snapshots())
    assert (shown.door_open, shown.local_mode) == (False, False)
    assert all(circuit.relay_closed for circuit in shown.circuits)


def test_a_cabinet_unpowered_by_day_has_silent_lamps_until_dusk() -> None:
    a_world = world(Truth("daytime_unpowered", "A-001", START, None))
    lamps = {lamp.id for circuit in CITY.cabinets[0].circuits for lamp in circuit.lamps}
    by_day = {message.lamp for message in said(a_world, START + HOUR, HOUR)}
    by_night = {message.lamp for message in said(a_world, START + 2 * HOUR, HOUR)}
    assert not by_day & lamps
    assert lamps <= by_night


def test_the_city_says_when_something_will_happen_next() -> None:
    a_world = world()
    following = a_world.next_at()
    assert following is not None
    a_world.advance(following)
    assert a_world.take_messages()
