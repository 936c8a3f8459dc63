from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from city.places import Position
from fake_devices.access_points import AccessPoints, AccessPointState
from fake_devices.city_plan import AccessPointPlan, plan_city
from fake_devices.radios import MOST_CLIENTS

START = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
HERE = Position(47.7352, 7.3168)
PLACES = ("patinoire", "uha", "centre-ville", "camping", "plaine-des-sports", "bibliothèque")
PLAN = [
    AccessPointPlan(
        id=f"AP-{place[:3].upper()}-{number:02d}", hotspot=place, position=HERE, clients_per_radio=40
    )
    for place in PLACES
    for number in range(1, 9)
]


def access_points(seed: int = 1) -> AccessPoints:
    return AccessPoints(PLAN, seed, START)


def octets(state: AccessPointState) -> list[int]:
    return [count for radio in state.radios for count in (radio.in_octets, radio.out_octets)]


def test_the_same_seed_gives_the_same_state_however_one_got_there() -> None:
    at = START + timedelta(hours=7, seconds=123.4)
    walked, jumped = access_points(), access_points()
    for minutes in range(0, 420, 7):
        walked.state("AP-UHA-02", START + timedelta(minutes=minutes))
    assert walked.state("AP-UHA-02", at) == jumped.state("AP-UHA-02", at)
    assert walked.state("AP-UHA-02", START) == jumped.state("AP-UHA-02", START)
    assert access_points(seed=2).state("AP-UHA-02", at) != jumped.state("AP-UHA-02", at)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(PLAN),
    st.integers(0, 1000),
    st.lists(st.floats(0, 14 * 86_400), min_size=2, max_size=12),
)
def test_counters_never_go_back_and_values_stay_in_range(
    planned: AccessPointPlan, seed: int, moments: list[float]
) -> None:
    simulated = AccessPoints([planned], seed, START)
    states = [simulated.state(planned.id, START + timedelta(seconds=moment)) for moment in sorted(moments)]
    for before, after in pairwise(states):
        assert after.uptime_s >= before.uptime_s
        assert all(late >= early >= 0 for early, late in zip(octets(before), octets(after), strict=True))
    for state in states:
        for radio in state.radios:
            assert 0 <= radio.clients <= planned.clients_per_radio * MOST_CLIENTS
            assert 0 <= radio.airtime_pct <= 98
            assert -96 <= radio.noise_dbm <= -87


def test_octets_are_the_integral_of_what_the_clients_draw() -> None:
    simulated = access_points()
    rates = []
    previous = octets(simulated.state("AP-CEN-01", START))
    for minute in range(1, 121):
        now = octets(simulated.state("AP-CEN-01", START + timedelta(minutes=minute)))
        rates.append((now[1] - previous[1]) / 60)
        previous = now
    assert max(abs(late - early) for early, late in pairwise(rates)) < 0.1 * max(rates)
    assert min(rates) > 0


def test_clients_come_and_go_smoothly() -> None:
    simulated = access_points()
    counts = [
        simulated.state("AP-CEN-01", START + timedelta(minutes=minute)).radios[1].clients
        for minute in range(24 * 60)
    ]
    assert max(abs(late - early) for early, late in pairwise(counts)) <= 2
    assert max(counts) > 3 * (min(counts) + 1)


def test_radios_of_one_place_are_spread_over_the_channels() -> None:
    simulated = access_points()
    channels = [simulated.state(f"AP-PAT-{number:02d}", START).radios for number in range(1, 9)]
    assert {radios[0].channel for radios in channels} == {1, 6, 11}
    assert len({radios[1].channel for radios in channels}) == 8


def test_busy_neighbours_on_the_channel_cost_airtime() -> None:
    crowd = access_points().state("AP-CEN-01", START).radios[0]
    alone = AccessPoints([PLAN[16]], 1, START).state("AP-CEN-01", START).radios[0]
    assert (crowd.channel, crowd.clients) == (alone.channel, alone.clients)
    assert crowd.airtime_pct > alone.airtime_pct


def test_a_dead_access_point_has_no_radios_and_counts_from_zero_when_it_returns() -> None:
    simulated = access_points()
    died, returned = START + timedelta(hours=1), START + timedelta(hours=2)
    long_up = simulated.state("AP-PAT-03", died).uptime_s
    simulated.set_down("AP-PAT-03", down=True, at=died)
    simulated.set_down("AP-PAT-03", down=True, at=died + timedelta(minutes=1))
    assert simulated.state("AP-PAT-03", died + timedelta(minutes=2)) == AccessPointState(
        up=False, uptime_s=0.0, radios=()
    )
    assert simulated.is_down("AP-PAT-03", died)
    simulated.set_down("AP-PAT-03", down=False, at=returned)
    assert octets(simulated.state("AP-PAT-03", returned)) == [0, 0, 0, 0]
    simulated.set_down("AP-PAT-03", down=False, at=returned + timedelta(minutes=1))
    later = simulated.state("AP-PAT-03", returned + timedelta(minutes=5))
    assert later.up
    assert later.uptime_s == 300 != long_up
    assert all(0 < count < 10**9 for count in octets(later))
    assert not simulated.is_down("AP-PAT-04", died)


def test_every_access_point_of_a_drawn_city_can_be_asked() -> None:
    plan = plan_city(100, 60, 1)
    simulated = AccessPoints(plan.access_points, 1, START)
    states = [simulated.state(planned.id, START) for planned in plan.access_points]
    assert len(states) == 60
    assert all(state.up and len(state.radios) == 2 for state in states)
    assert len({state.uptime_s for state in states}) > 50
