import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from fake_devices.agenda import Agenda
from fake_devices.air import Air
from fake_devices.cabinet import Circuit
from fake_devices.city_plan import plan_city
from fake_devices.draws import Noise, draws
from fake_devices.lamp import Lamp
from fake_devices.lamp_controller import LampController, LampEvent, LampMessage, LampReport
from fake_devices.lamp_programme import factory_programme
from fake_devices.surroundings import Mains

START = datetime(2026, 11, 30, 14, 0, tzinfo=UTC).timestamp()
SUNSET = datetime(2026, 11, 30, 15, 41, tzinfo=UTC).timestamp()
EVENING = START + 4 * 3600


class Street:
    """One controller, and what it has said."""

    def __init__(self) -> None:
        self.agenda = Agenda(START)
        city = plan_city(1, 0, 1)
        (plan,) = city.lamps.values()
        lamp = Lamp(plan.lamp_type, draws(1, "lamp"), START, lambda: None)
        mains = Mains(draws(1, "mains"))
        noise = Noise(draws(1, "noise"))
        self.air = Air(self.agenda, draws(1, "air"))
        feeder = Circuit(next(iter(city.circuits.values())))
        self.controller = LampController(
            plan, lamp, mains, factory_programme(), noise, self.agenda, self.air, feeder
        )
        self.controller.power_returns(START)

    def until(self, instant: float) -> list[LampMessage]:
        self.agenda.run(instant)
        return self.air.take()

    def order(self, at: float, **document: object) -> LampEvent:
        self.until(at)
        self.controller.receive_order(at, json.dumps(document).encode())
        event = self.air.take()[0]
        assert isinstance(event, LampEvent)
        return event


def reports(messages: list[LampMessage]) -> list[LampReport]:
    return [message for message in messages if isinstance(message, LampReport)]


def test_a_controller_that_boots_says_so_and_reports_within_half_a_minute() -> None:
    boot, report = Street().until(START + 30)
    assert isinstance(boot, LampEvent)
    assert (boot.event, boot.seq) == ("boot", 0)
    assert isinstance(report, LampReport)
    assert (report.source, report.seq, report.level, report.programme) == ("boot", 1, 0.0, None)


def test_it_reports_every_300_seconds_and_counts_its_messages() -> None:
    street = Street()
    street.until(START + 30)
    said = reports(street.until(START + 3630))
    assert len(said) == 12
    assert [after.ts - before.ts for before, after in pairwise(said)] == [300.0] * 11
    assert [report.seq for report in said] == list(range(2, 14))


def test_it_lights_up_at_sunset_and_reports_it_within_half_a_minute() -> None:
    street = Street()
    street.until(SUNSET - 30)
    lit = [report for report in reports(street.until(SUNSET + 90)) if report.level == 100]
    assert lit
    assert lit[0].ts == pytest.approx(SUNSET + 30, abs=45)


def test_what_it_measures_makes_sense_together() -> None:
    street = Street()
    street.until(EVENING)
    for report in reports(street.until(EVENING + 3600)):
        assert report.w == pytest.approx(40.0, rel=0.05)
        assert report.v == pytest.approx(230, abs=5)
        assert report.i == pytest.approx(report.w / (report.v * report.pf), abs=0.002)
        assert report.pf == 0.98


def test_an_order_holds_until_its_expiry_and_then_the_programme_does() -> None:
    street = Street()
    assert street.order(EVENING, id="o-1", level=50, until=EVENING + 1000)[4:] == (
        "order_accepted",
        "o-1",
        None,
    )
    during = reports(street.until(EVENING + 999))
    assert {(report.level, report.source, report.order) for report in during} == {(50.0, "override", "o-1")}
    assert during[0].ts <= EVENING + 30
    after = reports(street.until(EVENING + 1035))
    assert (after[-1].level, after[-1].source, after[-1].order) == (100.0, "programme", None)


def test_the_last_order_wins_and_resume_ends_it() -> None:
    street = Street()
    street.order(EVENING, id="o-1", level=50, until=EVENING + 5000)
    assert street.order(EVENING + 60, id="o-2", level=20, until=EVENING + 6000).event == "order_accepted"
    assert reports(street.until(EVENING + 120))[-1].order == "o-2"
    assert street.order(EVENING + 180, id="o-2", resume=True).event == "order_accepted"
    assert reports(street.until(EVENING + 240))[-1][4:7] == (100.0, "programme", None)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"id": "o", "level": 50, "until": 100}', "expiry in the past"),
        (b'{"id": "o", "level": 50}', "expiry missing"),
        (b'{"id": "o", "level": 50, "until": 1e400}', "expiry missing"),
        (b'{"id": "o", "level": 130, "until": 4000000000}', "level"),
        (b'{"id": "o", "level": NaN, "until": 4000000000}', "level"),
        (b'{"level": 50, "until": 4000000000}', "id missing"),
        (b"[1]", "object"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 1000, "JSON"),
        (b"{}" + b" " * 1100, "longer"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_a_reason(payload: bytes, why: str) -> None:
    street = Street()
    street.until(EVENING)
    street.controller.receive_order(EVENING, payload)
    (refusal,) = street.air.take()
    assert isinstance(refusal, LampEvent)
    assert refusal.event == "order_refused"
    assert why in (refusal.why or "")
    assert street.controller.order is None


def test_losing_power_it_falls_silent_forgets_its_order_and_keeps_its_programme() -> None:
    street = Street()
    document = factory_document()
    street.until(EVENING)
    street.controller.receive_programme(EVENING, json.dumps(document).encode())
    accepted = street.air.take()[-1]
    assert isinstance(accepted, LampEvent)
    assert (accepted.event, accepted.ref) == ("programme_accepted", "cafe0001")
    street.order(EVENING + 400, id="o-1", level=10, until=EVENING + 90_000)
    street.controller.power_goes(EVENING + 500)
    street.until(EVENING + 500)
    assert street.until(EVENING + 2000) == []
    street.controller.receive_order(EVENING + 2000, b'{"id": "o-2", "resume": true}')
    assert street.air.take() == []
    street.controller.power_returns(EVENING + 2000)
    boot, report = street.until(EVENING + 2030)[:2]
    assert isinstance(boot, LampEvent)
    assert isinstance(report, LampReport)
    assert (boot.seq, report.source, report.order, report.programme, report.level) == (
        0,
        "boot",
        None,
        "cafe0001",
        60.0,
    )


def test_a_programme_that_it_cannot_run_is_refused_and_the_old_one_kept() -> None:
    street = Street()
    street.until(EVENING)
    street.controller.receive_programme(EVENING, json.dumps(factory_document() | {"level": 130}).encode())
    (refusal,) = street.air.take()
    assert isinstance(refusal, LampEvent)
    assert (refusal.event, refusal.ref) == ("programme_refused", "cafe0001")
    assert street.controller.programme.hash is None


def factory_document() -> dict[str, object]:
    return {
        "hash": "cafe0001",
        "latitude": 47.75,
        "longitude": 7.34,
        "offset_min": 60,
        "dst": "eu",
        "on": {"event": "sunset", "offset_min": 0},
        "off": {"event": "sunrise", "offset_min": 0},
        "level": 60,
        "steps": [],
    }


def test_no_two_reports_of_one_controller_are_closer_than_a_second() -> None:
    street = Street()
    street.until(EVENING)
    for number in range(400):
        at = EVENING + 3.7 * number
        street.agenda.run(at)
        street.controller.receive_order(
            at, json.dumps({"id": f"o{number}", "level": number % 100, "until": at + 3600}).encode()
        )
        stamps = [report.ts for report in reports(street.air.take())]
        assert all(after - before >= 0.99 for before, after in pairwise(stamps))


def test_asked_for_a_report_it_speaks_at_once_and_obeys_nothing_else() -> None:
    street = Street()
    street.until(EVENING)
    street.controller.receive_order(EVENING, b'{"id": "q-1", "report": true}')
    (report,) = street.until(EVENING)
    assert isinstance(report, LampReport)
    assert (report.ts, report.source, report.order) == (EVENING, "programme", None)


def test_asked_again_and_again_it_keeps_a_second_between_two_reports() -> None:
    street = Street()
    street.until(EVENING)
    for tenths in range(25):
        at = EVENING + tenths / 10
        street.agenda.run(at)
        street.controller.receive_order(at, b'{"id": "q-1", "report": true}')
    said = reports(street.until(EVENING + 10))
    assert [report.ts - EVENING for report in said] == [0.0, 1.0, 2.0, 3.0]


def test_asked_for_a_report_without_a_name_or_power_it_gives_none() -> None:
    street = Street()
    assert street.order(EVENING, report=True).event == "order_refused"
    street.controller.power_goes(EVENING + 1)
    street.air.take()
    street.controller.receive_order(EVENING + 2, b'{"id": "q-1", "report": true}')
    assert street.until(EVENING + 900) == []
