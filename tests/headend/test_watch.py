"""Incidents: kept in memory at once, in the records in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput, Unreachable
from city.incidents import Evidence, Finding, Incident, State
from city.measurements import DeviceKind, Metric, Reading
from city.places import Position
from headend.records import Records
from headend.ticket_words import Place
from headend.unknown import Unknown
from headend.watch import OVER_KEPT, Watch
from tests.headend.recording import EVENING, RecordingDesk, lamp_dead, lamp_reading, running, until

LATER = EVENING + timedelta(hours=1)


class Judge:
    """A diagnosis that says what it is told to."""

    def __init__(self) -> None:
        self.says: list[Incident] = []
        self.heard: list[str] = []
        self.forgotten: list[str] = []

    def _say(self, heard: str) -> list[Incident]:
        self.heard.append(heard)
        said, self.says = self.says, []
        return said

    def observe(self, reading: Reading) -> list[Incident]:
        return self._say(reading.device)

    def missed(self, access_point: str, at: datetime) -> list[Incident]:
        return self._say(f"missed {access_point}")

    def told(self, access_point: str, at: datetime, says: str) -> list[Incident]:
        return self._say(f"told {says} of {access_point}")

    def tick(self, now: datetime) -> list[Incident]:
        return self._say("tick")

    def forget(self, incident_id: str) -> None:
        self.forgotten.append(incident_id)


class Scene:
    def __init__(self, records: Records) -> None:
        self.clock = ManualClock(EVENING)
        self.lighting, self.wifi = Judge(), Judge()
        self.desk = RecordingDesk()
        self.records = records
        self.seen: list[tuple[str, State]] = []
        place = Place(Position(47.75, 7.34), "rue Mercière, Mulhouse")
        self.watch = Watch(
            self.lighting,
            self.wifi,
            records,
            self.desk,
            lambda incident: place,
            self.clock,
            lambda incident: self.seen.append((incident.id, incident.state)),
        )

    def judge_says(self, *incidents: Incident) -> None:
        self.lighting.says = list(incidents)
        self.watch.observe(lamp_reading("L1", EVENING))


@asynccontextmanager
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        yield Scene(records)


async def test_each_domain_hears_of_its_own_devices(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        the.watch.observe(lamp_reading("L1", EVENING))
        the.watch.observe(Reading("AP-1", DeviceKind.ACCESS_POINT, EVENING, {Metric.UP: 1.0}))
        the.watch.observe(Reading("AP-1/1", DeviceKind.RADIO, EVENING, {Metric.CLIENTS: 1.0}))
        the.watch.missed("AP-2", EVENING)
        the.watch.told("AP-3", "ap_down")
        the.watch.tick()
        assert the.lighting.heard == ["L1", "tick"]
        assert the.wifi.heard == ["AP-1", "AP-1/1", "missed AP-2", "told ap_down of AP-3", "tick"]


async def test_an_incident_is_known_at_once_and_told_to_the_desk_in_order(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        one, two = lamp_dead("L1"), lamp_dead("L2")
        the.judge_says(one, two)
        assert the.seen == [(one.id, State.OPEN), (two.id, State.OPEN)]
        async with running(the.watch.save_for_ever()):
            await until(lambda: len(the.desk.heard) == 2)
            the.judge_says(one.moved(State.CLOSED, LATER))
            await until(lambda: len(the.desk.heard) == 3)
        assert the.desk.heard == [
            ("opened", one.id, State.OPEN),
            ("opened", two.id, State.OPEN),
            ("closed", one.id, State.CLOSED),
        ]
        assert [each.id for each in the.watch.live] == [two.id]


async def test_one_that_opened_and_closed_before_it_was_written_is_told_as_both(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        incident = lamp_dead("L1")
        the.judge_says(incident)
        the.judge_says(incident.moved(State.CLOSED, LATER))
        await the.watch.save()
        assert [what for what, *_ in the.desk.heard] == ["opened", "closed"]


async def test_while_the_records_are_away_nothing_is_lost_nor_told_twice(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        the.desk.away = True
        incident = lamp_dead("L1")
        async with running(the.watch.save_for_ever()):
            the.judge_says(incident)
            await the.clock.advance(5)
            the.judge_says(incident.moved(State.CLEARING, LATER))
            with pytest.raises(Unreachable):
                await the.watch.save()
            the.desk.away = False
            await the.clock.advance(120)
            await until(lambda: bool(the.desk.heard))
        assert the.desk.heard == [("opened", incident.id, State.CLEARING)]


async def test_incidents_that_stood_before_a_restart_are_not_told_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        incident = lamp_dead("L1")
        the.watch.restore([incident])
        assert the.seen == [(incident.id, State.OPEN)]
        the.judge_says(incident.moved(State.CLOSED, LATER))
        await the.watch.save()
        assert the.desk.heard == [("closed", incident.id, State.CLOSED)]


def back(closed: Incident, at: datetime) -> Incident:
    """The same incident, open again."""
    evidence = Evidence("no_power", at)
    finding = Finding(Finding.Says.RAISED, closed.cause, closed.asset, closed.kind, at, at, evidence)
    return closed.back(finding, ())


async def test_an_incident_that_comes_back_is_told_to_the_desk_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        incident = lamp_dead("L1")
        closed = incident.moved(State.CLOSED, LATER)
        again = back(closed, LATER + timedelta(days=1))
        for each in (
            incident,
            closed,
            again,
            replace(again, suppressed=("L2",)),
            again.moved(State.CLOSED, LATER),
        ):
            the.judge_says(each)
            await the.watch.save()
        assert [(what, state) for what, _, state in the.desk.heard] == [
            ("opened", State.OPEN),
            ("closed", State.CLOSED),
            ("opened", State.OPEN),
            ("closed", State.CLOSED),
        ]


async def test_an_incident_that_came_back_before_a_restart_is_not_told_again_after_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        again = back(lamp_dead("L1").moved(State.CLOSED, LATER), LATER + timedelta(days=1))
        the.watch.restore([again])
        the.judge_says(again.moved(State.CLEARING, LATER + timedelta(days=1)))
        await the.watch.save()
        assert the.desk.heard == []


async def test_what_comes_back_is_not_yet_known_to_the_person_who_knew_of_it_before(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        incident = lamp_dead("L1")
        the.judge_says(incident)
        the.watch.acknowledge(incident.id, "anne")
        closed = incident.moved(State.CLOSED, LATER)
        the.judge_says(closed)
        assert the.watch.incidents[incident.id].acknowledged_by == "anne"
        the.judge_says(back(closed, LATER + timedelta(days=1)))
        assert the.watch.incidents[incident.id].acknowledged_by is None


async def test_what_a_person_acknowledged_stays_so_whatever_the_detector_says_next(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        incident = lamp_dead("L1")
        the.judge_says(incident)
        the.watch.acknowledge(incident.id, "anne")
        the.judge_says(incident.moved(State.CLEARING, LATER))
        await the.watch.save()
        assert the.watch.incidents[incident.id].acknowledged_by == "anne"
        await the.records.save_incident(incident)
        the.watch.acknowledge(incident.id, "bruno")
        await the.watch.save()
        kept = await the.records.incident(incident.id)
        assert kept is not None
        assert (kept.acknowledged_by, kept.state) == ("bruno", State.CLEARING)


async def test_a_dismissed_incident_is_forgotten_by_the_detectors_and_stays_dismissed(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        incident = lamp_dead("L1")
        the.judge_says(incident)
        with pytest.raises(BadInput, match="give the reason"):
            the.watch.dismiss(incident.id, " ")
        the.watch.dismiss(incident.id, "essai de nuit")
        assert the.lighting.forgotten == [incident.id]
        the.judge_says(replace(incident, suppressed=("L2",)))
        assert the.watch.incidents[incident.id].state is State.DISMISSED
        with pytest.raises(Unknown):
            the.watch.acknowledge(incident.id, "anne")
        with pytest.raises(Unknown):
            the.watch.dismiss("i-none", "x")


async def test_incidents_that_are_over_do_not_pile_up_in_memory(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        for number in range(OVER_KEPT + 50):
            incident = lamp_dead(f"L{number}")
            the.judge_says(incident)
            the.judge_says(incident.moved(State.CLOSED, LATER))
            if number % 50 == 0:
                await the.watch.save()
        await the.watch.save()
        the.judge_says(lamp_dead("last"), lamp_dead("last").moved(State.CLOSED, LATER))
        assert len(the.watch.incidents) <= OVER_KEPT + 1


async def test_ticking_follows_the_clock(tmp_path: Path) -> None:
    async with scene(tmp_path) as the:
        async with running(the.watch.tick_for_ever()):
            await the.clock.advance(95)
        assert the.lighting.heard == ["tick"] * 3
