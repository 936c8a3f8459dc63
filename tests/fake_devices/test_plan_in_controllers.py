"""What controllers make of what they are sent is what the light plan asks for: two codes, two suns, one document."""

import json
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from city.errors import BadInput
from city.nights import night_bounds
from city.public_holidays import Region
from fake_devices.lamp_document import LIMITS, LONGEST_PROGRAMME, read_programme
from fake_devices.lamp_programme import LampProgramme, night_points
from fake_devices.street_clock import EPOCH
from lighting.calendars import LAST, Calendar, Holidays, Rule, Span, YearlessDay
from lighting.lamp_entries import horizon
from lighting.lamp_programmes import lamp_programme
from lighting.light_plan import LightPlan, plan_of
from lighting.limits import LampFeature, LampLimits
from lighting.moments import Bounded, Edge, Moment, When
from lighting.programmes import FIVE_STEPS, Programme, Step, switch_points
from tests.lighting.small_city import MULHOUSE

TONIGHT = date(2026, 11, 24)
YEARS = 4
ONE_DAY = timedelta(days=1)
NIGHTS = [TONIGHT + number * ONE_DAY for number in range(YEARS * 365 + 1)]
"""To November 2030: the whole horizon, what is beyond it, and a leap year."""
TELLING = [
    night
    for night in NIGHTS
    if (night.month, night.day) in {(2, 28), (2, 29), (3, 1), (6, 21), (12, 21), (12, 31)}
    or ((night.month in {3, 10}) and night.day >= 25 and night.weekday() >= 5)
]
"""Ends of years and of horizons, solstices, the 29th of February, and both changes of the clock."""
CLOSE_S = 60.0
"""The two suns agree to this."""

ANNOUNCED = LampLimits(
    programmes=LIMITS["programmes"],
    entries=LIMITS["entries"],
    steps=LIMITS["steps"],
    resolution_min=LIMITS["resolution_min"],
    octets=LIMITS["octets"],
    features=frozenset(LampFeature(word) for word in LIMITS["features"]),
)

minutes = st.integers(-90, 90).map(lambda number: timedelta(minutes=number))


def edges(*events: str) -> st.SearchStrategy[Edge]:
    return st.builds(Edge, st.sampled_from(events), minutes)


def clock(first: int, last: int) -> st.SearchStrategy[time]:
    """Times between two minutes after noon."""
    return st.integers(first, last).map(lambda minute: time((minute // 60 + 12) % 24, minute % 60))


EVENINGS = edges("sunset", "dusk") | clock(180, 660)
MORNINGS = edges("sunrise", "dawn") | clock(600, 1260)
WHOLE_NIGHT = clock(0, 1439)


def within(moments: st.SearchStrategy[Moment]) -> st.SearchStrategy[When]:
    none: st.SearchStrategy[Moment | None] = st.none()
    return (
        moments
        | st.builds(Bounded, moments, moments, none | moments)
        | st.builds(Bounded, moments, none, moments)
    )


@st.composite
def programmes(draw: st.DrawFn, name: str) -> Programme:
    at = within(WHOLE_NIGHT | edges("sunset", "dusk", "dawn", "sunrise"))
    fade = st.sampled_from([timedelta(), timedelta(seconds=30), timedelta(minutes=3)])
    return Programme(
        name,
        name.title(),
        on=draw(within(EVENINGS)),
        off=draw(within(MORNINGS)),
        level=float(draw(st.integers(0, 100))),
        steps=tuple(
            draw(st.lists(st.builds(Step, at, st.integers(0, 100).map(float), st.none() | fade), max_size=6))
        ),
        fade=draw(fade),
        shortest=draw(st.sampled_from([timedelta(), timedelta(minutes=20)])),
    )


yearless = st.dates(date(2028, 1, 1), date(2028, 12, 31)).map(lambda day: YearlessDay(day.month, day.day))
dated = st.lists(st.dates(date(2026, 1, 1), date(2030, 12, 31)), min_size=2, max_size=2).map(sorted)
spans = st.builds(Span, yearless, yearless) | dated.map(lambda days: Span(*days))


def rules(names: list[str]) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        name=st.just("Règle"),
        programme=st.sampled_from(names),
        spans=st.lists(spans, max_size=2).map(tuple),
        weekdays=st.frozensets(st.integers(0, 6), max_size=3),
        nth=st.frozensets(st.sampled_from([1, 2, LAST]), max_size=1),
        holidays=st.none() | st.sampled_from(Holidays),
        region=st.sampled_from(Region),
    )


@st.composite
def plans(draw: st.DrawFn) -> LightPlan:
    names = ["un", "deux", "trois"]
    known = {name: draw(programmes(name)) for name in names} | {FIVE_STEPS.name: FIVE_STEPS}
    calendar = Calendar("ville", "Ville", FIVE_STEPS.name, tuple(draw(st.lists(rules(names), max_size=4))))
    return LightPlan(known, {"ville": calendar}, "ville")


def held(plan: LightPlan, calendar: str) -> LampProgramme:
    """What a controller has read of what is sent to it."""
    sent = json.dumps(
        lamp_programme(plan, calendar, MULHOUSE, ANNOUNCED, TONIGHT).document(), separators=(",", ":")
    )
    assert len(sent) <= LONGEST_PROGRAMME
    return read_programme(json.loads(sent))


def number(night: date) -> int:
    """A night as controllers count it."""
    return night.toordinal() - EPOCH


def meant_beyond(calendar: Calendar) -> Calendar:
    """What is left of a calendar where nobody has told the n-th weekdays and the holidays."""
    told = tuple(
        Rule(rule.name, rule.programme, rule.spans, rule.weekdays)
        for rule in calendar.rules
        if not rule.nth and rule.holidays in {None, Holidays.EXCEPT}
    )
    return Calendar(calendar.name, calendar.title, calendar.default, told)


def assert_alike(programme: Programme, night: date, controller: LampProgramme) -> None:
    """One night of a programme, and of a controller that follows it: the same levels but for a minute."""
    asked = switch_points(programme, night, MULHOUSE)
    made = night_points(controller, number(night))
    start, end = (bound.timestamp() for bound in night_bounds(night, MULHOUSE.zone))
    changes = [(point.at.timestamp(), point.fade.total_seconds()) for point in asked]
    changes += [(point.at, point.fade_s) for point in made]
    if programme.shortest and _is_doubtful(programme, changes):
        return
    quiet_from = start
    for at, fade_s in [*sorted(changes), (end, 0.0)]:
        if at - quiet_from > CLOSE_S:
            instant = (quiet_from + at) / 2
            passed = [point.level for point in asked if point.at.timestamp() <= instant]
            moment = datetime.fromtimestamp(instant, UTC)
            assert controller.level_at(instant) == (passed[-1] if passed else 0.0), f"{night} {moment}"
        quiet_from = max(quiet_from, at + fade_s + CLOSE_S)


def _is_doubtful(programme: Programme, changes: list[tuple[float, float]]) -> bool:
    """Whether a minute decides if light is too short."""
    shortest = programme.shortest.total_seconds()
    return any(abs(abs(one - other) - shortest) < CLOSE_S for one, _ in changes for other, _ in changes)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans(), some=st.lists(st.sampled_from(NIGHTS), max_size=20))
def test_every_night_for_four_years_is_what_the_plan_asks_for(plan: LightPlan, some: list[date]) -> None:
    try:
        controller = held(plan, "ville")
    except BadInput:
        assume(False)
    calendar, end = plan.calendars["ville"], horizon(TONIGHT)[1]
    alone = {}
    for name, programme in plan.programmes.items():
        try:
            alone[name] = held(plan_of(programme), name).programme(number(TONIGHT))
        except BadInput:
            continue  # in the calendar it stands for nights in which it lights something
    beyond = meant_beyond(calendar)
    for night in NIGHTS:
        name = (calendar if night < end else beyond).programme_for(night)
        if name in alone:
            assert controller.programme(number(night)) == alone[name], f"{night}: {name}"
    for night in [*TELLING, *some]:
        name = (calendar if night < end else beyond).programme_for(night)
        assert_alike(plan.programmes[name], night, controller)
