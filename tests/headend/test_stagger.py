"""Who lights up when."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from headend.stagger import Stagger, Turns
from lighting.inventory import LightPoint
from tests.headend.recording import EVENING
from tests.headend.small_city import small_inventory

GAP, SPREAD = timedelta(seconds=2), timedelta(seconds=60)
STAGGER = Stagger(GAP, SPREAD)
A_LAMP = next(iter(small_inventory().light_points.values()))


def street(cabinets: int, circuits: int, lamps: int = 2) -> list[LightPoint]:
    return [
        replace(
            A_LAMP, id=f"{cabinet}-{circuit}-{lamp}", cabinet=f"A-{cabinet}", circuit=f"A-{cabinet}/{circuit}"
        )
        for cabinet in range(cabinets)
        for circuit in range(circuits)
        for lamp in range(lamps)
    ]


def test_one_lamp_and_one_circuit_do_not_wait() -> None:
    assert set(STAGGER.delays(street(1, 1)).values()) == {timedelta()}
    assert STAGGER.delays([]) == {}


def test_circuits_of_a_cabinet_follow_each_other_two_seconds_apart() -> None:
    delays = STAGGER.delays(street(1, 4))
    assert sorted(set(delays.values())) == [number * GAP for number in range(4)]


@given(st.integers(1, 80), st.integers(1, 6))
def test_no_two_circuits_of_a_cabinet_ever_light_up_together_and_all_within_the_spread(
    cabinets: int, circuits: int
) -> None:
    points = street(cabinets, circuits)
    delays = STAGGER.delays(points)
    starts: defaultdict[str, dict[str, timedelta]] = defaultdict(dict)
    for point in points:
        assert starts[point.cabinet].setdefault(point.circuit, delays[point.id]) == delays[point.id]
    for of_cabinet in starts.values():
        ordered = sorted(of_cabinet.values())
        assert all(after - before == GAP for before, after in pairwise(ordered))
        assert timedelta() <= ordered[0] <= min(SPREAD, (cabinets - 1) * GAP)
    assert delays == STAGGER.delays(reversed(points))


def test_a_city_is_spread_over_the_whole_minute() -> None:
    starts = set(STAGGER.delays(street(300, 1)).values())
    assert min(starts) < timedelta(seconds=1)
    assert max(starts) > timedelta(seconds=59)
    in_one_second = [start for start in starts if timedelta(seconds=30) <= start < timedelta(seconds=31)]
    assert 0 < len(in_one_second) < 20


def test_a_turn_comes_once_and_the_last_word_holds() -> None:
    turns = Turns()
    turns.wait("L1", EVENING + GAP)
    turns.wait("L2", EVENING + 2 * GAP)
    turns.wait("L1", EVENING + 3 * GAP)
    assert turns.next_due(EVENING) == EVENING + 2 * GAP
    assert turns.waits("L1", EVENING + GAP)
    assert not turns.waits("L2", EVENING + 2 * GAP)
    turns.drop("L1")
    assert not turns.waits("L1", EVENING)
    assert turns.next_due(EVENING + 2 * GAP) is None
