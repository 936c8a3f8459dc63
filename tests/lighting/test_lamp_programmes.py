import json
import re
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from city.places import Site
from lighting.calendars import Calendar, Holidays, Rule, Span, YearlessDay
from lighting.lamp_entries import horizon
from lighting.lamp_programmes import LampProgramme, lamp_programme
from lighting.light_plan import LightPlan, plan_of
from lighting.limits import SIMPLEST, LampFeature, LampLimits
from lighting.moments import Bounded, Edge
from lighting.programmes import FIVE_STEPS, Programme, Step
from tests.lighting.small_city import MULHOUSE, TROMSO

TONIGHT = date(2026, 11, 24)


def deployed(
    programme: Programme, site: Site = MULHOUSE, limits: LampLimits = SIMPLEST, tonight: date = TONIGHT
) -> LampProgramme:
    """What lamps hold that follow one programme every night."""
    return lamp_programme(plan_of(programme), programme.name, site, limits, tonight)


def test_the_lamp_document_is_the_one_that_the_controllers_read() -> None:
    document = deployed(FIVE_STEPS).document()
    assert json.loads(json.dumps(document)) == {
        "hash": document["hash"],
        "latitude": 47.75,
        "longitude": 7.34,
        "offset_min": 60,
        "dst": "eu",
        "on": {"event": "sunset", "offset_min": 0},
        "off": {"event": "sunrise", "offset_min": 0},
        "level": 100,
        "steps": [
            {"at": "20:00", "level": 70},
            {"at": "00:00", "level": 30},
            {"at": "05:00", "level": 70},
            {"at": "07:00", "level": 100},
        ],
    }
    assert re.fullmatch(r"[0-9a-f]{8}", document["hash"])
    assert len(json.dumps(document)) <= 1000


def test_the_hash_is_the_same_in_every_process_and_follows_what_the_lamp_does() -> None:
    held = deployed(FIVE_STEPS)
    assert held.hash == "eaa02e2b"
    assert deployed(replace(FIVE_STEPS, name="autre", title="Autre")).hash == held.hash
    assert deployed(replace(FIVE_STEPS, level=99.0)).hash != held.hash
    assert deployed(FIVE_STEPS, replace(MULHOUSE, zone=ZoneInfo("Europe/London"))).hash != held.hash


@given(levels=st.lists(st.integers(1, 100), min_size=4, max_size=4))
def test_two_programmes_share_a_hash_only_if_their_documents_are_the_same(levels: list[int]) -> None:
    steps = tuple(Step(step.at, float(level)) for step, level in zip(FIVE_STEPS.steps, levels, strict=True))
    other = deployed(replace(FIVE_STEPS, steps=steps))
    held = deployed(FIVE_STEPS)
    assert (other.hash == held.hash) == (other.document() == held.document())


@pytest.mark.parametrize(
    ("programme", "word"),
    [
        (replace(FIVE_STEPS, steps=tuple(Step(time(13 + n), 50.0) for n in range(11))), "11 steps"),
        (replace(FIVE_STEPS, steps=(Step(time(20, 0, 30), 50.0),)), "20:00:30"),
        (replace(FIVE_STEPS, on=Edge("sunset", timedelta(seconds=90))), "whole minutes"),
        (replace(FIVE_STEPS, on=Edge("sunset", timedelta(minutes=40_000))), "at most 12:00:00"),
        (Programme("jour", "Jour", Edge("sunrise"), Edge("sunset"), 100.0), "lights nothing"),
        (
            Programme("nul", "Nul", Edge("sunset"), Edge("sunrise"), 0.0, (Step(time(1), 0.0),)),
            "lights nothing",
        ),
        (
            # Eight hours of June night, and nine taken from it: dark in summer only.
            replace(
                FIVE_STEPS,
                on=Edge("sunset", timedelta(minutes=270)),
                off=Edge("sunrise", timedelta(minutes=-270)),
            ),
            r"nights of \d+ May to \d+ July",
        ),
    ],
)
def test_what_controllers_could_not_follow_or_would_leave_a_night_dark_is_refused(
    programme: Programme, word: str
) -> None:
    with pytest.raises(BadInput, match=word):
        deployed(programme)


def test_a_city_where_the_sun_does_not_set_in_june_may_still_deploy() -> None:
    assert deployed(FIVE_STEPS, TROMSO).document()["latitude"] == 69.65


EVERYTHING = LampLimits(16, 128, 10, 1, 8192, frozenset(LampFeature))


@pytest.mark.parametrize(
    ("changes", "feature"),
    [
        ({"off": time(1, 0)}, LampFeature.CLOCK),
        ({"on": Edge("dusk")}, LampFeature.CIVIL),
        ({"off": Bounded(Edge("sunrise"), not_before=Edge("dawn"))}, LampFeature.LIMITS),
        ({"steps": (Step(Edge("sunrise", timedelta(hours=-1)), 70.0),)}, LampFeature.SUN_STEPS),
        ({"fade": timedelta(seconds=30)}, LampFeature.FADES),
        ({"shortest": timedelta(minutes=15)}, LampFeature.SHORTEST),
        ({"photocell": timedelta(minutes=15)}, LampFeature.PHOTOCELL),
    ],
)
def test_what_controllers_do_not_announce_is_refused_and_the_feature_named(
    changes: dict[str, Any], feature: LampFeature
) -> None:
    programme = replace(FIVE_STEPS, **changes)
    assert "programmes" in deployed(programme, limits=EVERYTHING).document()
    lacking = replace(EVERYTHING, features=frozenset(LampFeature) - {feature})
    with pytest.raises(BadInput, match=rf"cinq-paliers.*\({feature}\)"):
        deployed(programme, limits=lacking)


def ruled(limits: LampLimits, tonight: date = TONIGHT) -> LampProgramme:
    """A calendar with holidays, a first Friday and a season."""
    names = ("fete", "cinq-paliers")
    known = {name: replace(FIVE_STEPS, name=name, level=90.0 + len(name)) for name in names}
    rules = (
        Rule("fériés", "fete", holidays=Holidays.ON),
        Rule("premiers vendredis", "fete", weekdays=frozenset({4}), nth=frozenset({1})),
        Rule("Noël", "fete", spans=(Span(YearlessDay(11, 20), YearlessDay(1, 6)),)),
    )
    plan = LightPlan(known, {"ville": Calendar("ville", "Ville", "cinq-paliers", rules)}, "ville")
    return lamp_programme(plan, "ville", MULHOUSE, limits, tonight)


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        (SIMPLEST, "needs 2 programmes, the lamp controllers announce 1"),
        (replace(EVERYTHING, entries=20), r"needs \d\d entries, the lamp controllers announce 20"),
        (replace(EVERYTHING, octets=1024), r"needs \d{4} octets, a lamp controller takes 1024"),
        (replace(EVERYTHING, resolution_min=7), "multiples of 7 min"),
    ],
)
def test_a_calendar_beyond_the_announced_room_is_refused_with_what_it_needs(
    limits: LampLimits, word: str
) -> None:
    with pytest.raises(BadInput, match=word):
        ruled(limits)


def test_what_controllers_hold_stays_the_same_until_the_horizon_moves_on_the_1st_of_march() -> None:
    winter = [date(2026, 3, 1), date(2026, 11, 24), date(2027, 2, 28)]
    held = {ruled(EVERYTHING, tonight).hash for tonight in winter}
    assert len(held) == 1
    assert ruled(EVERYTHING, date(2027, 3, 1)).hash not in held


@given(tonight=st.dates(date(2024, 2, 28), date(2060, 1, 1)))
def test_twelve_months_ahead_are_always_told(tonight: date) -> None:
    first, end = horizon(tonight)
    assert first <= tonight
    assert end - tonight > timedelta(days=364)


def test_darkness_on_purpose_passes_and_light_past_noon_does_not() -> None:
    assert deployed(replace(FIVE_STEPS, level=0.0, steps=())).document()["level"] == 0.0
    with pytest.raises(BadInput, match=r"past noon in the nights of .*December"):
        deployed(replace(FIVE_STEPS, off=Edge("sunrise", timedelta(hours=4))))
