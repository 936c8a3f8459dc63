"""What would help a place: each advice where it does, with its gain by the definition of load; none in vain."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.wifi_views import AdviceKind
from wifi.capacity.advice import Advice, advise
from wifi.capacity.busy_place import AccessPointUse, Place, RadioUse, load_pct

SATURATED = 85.0


def access_point(
    name: str, old: tuple[float | None, float | None], new: tuple[float | None, float | None], *,
    up: bool = True, channels: tuple[int, int] = (1, 36),
) -> AccessPointUse:  # fmt: skip
    """Clients and airtime of its radios on 2.4 and 5 GHz, which are meant for 40 each."""
    radios = tuple(
        RadioUse(f"{name}/{number}", *use, channel)
        for number, (use, channel) in enumerate(zip((old, new), channels, strict=True), start=1)
    )
    return AccessPointUse(name, up, 40, radios)


def kinds(found: tuple[Advice, ...]) -> list[AdviceKind]:
    return [each.kind for each in found]


def told(place: Place) -> tuple[Advice, ...]:
    return advise("patinoire", place, SATURATED)


def test_a_place_that_is_well_gets_no_advice() -> None:
    assert (
        told([access_point("A", (20, 30), (22, 25)), access_point("B", (18, 28), (20, 22), channels=(6, 40))])
        == ()
    )
    assert told([]) == ()


def test_a_place_of_which_nothing_is_known_gets_none() -> None:
    assert told([access_point("A", (None, None), (None, None))]) == ()


def test_a_place_full_all_over_gets_as_many_access_points_as_it_needs() -> None:
    place = [access_point(name, (38, 70), (39, 60), channels=(1, 36)) for name in "ABC"]
    [advice] = told(place)
    assert (advice.kind, advice.target) == (AdviceKind.ANOTHER_ACCESS_POINT, "patinoire")
    assert advice.figures["access_points"] == 1
    assert advice.figures["load_pct"] == pytest.approx(100 * 38.5 / 40)
    assert advice.figures["load_after_pct"] == pytest.approx(100 * 38.5 / 40 * 3 / 4)
    assert advice.gain_pct == pytest.approx(100 * 38.5 / 40 / 4)
    crowded = [access_point(name, (70, 90), (70, 90)) for name in "ABC"]
    [more] = told(crowded)
    assert more.figures["access_points"] == 4  # 420 people; 240 are too few places, 560 at 85 % are enough


def test_no_access_point_is_bought_where_the_others_stand_empty() -> None:
    place = [access_point("A", (40, 90), (40, 90)), access_point("B", (2, 5), (3, 5), channels=(6, 40))]
    assert AdviceKind.ANOTHER_ACCESS_POINT not in kinds(told(place))


def test_what_is_down_is_brought_back_before_anything_is_bought() -> None:
    serving = [access_point(name, (38, 70), (38, 60)) for name in "AB"]
    down = [access_point(name, (None, None), (None, None), up=False) for name in "CD"]
    [advice] = told([*serving, *down])
    assert advice.kind is AdviceKind.REPAIR
    assert advice.figures["access_points_down"] == 2
    assert advice.figures["load_pct"] == pytest.approx(95.0)
    assert advice.figures["load_after_pct"] == pytest.approx(47.5)
    assert advice.gain_pct == pytest.approx(47.5)


def test_one_that_went_down_with_its_people_leaves_them_to_the_others() -> None:
    place = [access_point("A", (20, 20), (20, 20)), access_point("B", (20, 20), (20, 20), up=False)]
    [advice] = told(place)
    assert advice.figures["load_pct"] == pytest.approx(100.0)
    assert advice.figures["load_after_pct"] == pytest.approx(50.0)


def test_a_place_that_is_wholly_down_is_as_good_as_full() -> None:
    [advice] = told([access_point("A", (10, 20), (10, 20), up=False)])
    assert advice.kind is AdviceKind.REPAIR
    assert advice.gain_pct == pytest.approx(75.0)


def test_devices_are_steered_where_the_old_band_is_full_and_the_new_one_half_empty() -> None:
    place = [access_point("A", (30, 95), (6, 12))]
    [advice] = told(place)
    assert (advice.kind, advice.target) == (AdviceKind.STEER_TO_5_GHZ, "A")
    assert advice.figures["radio_load_pct"] == 95.0
    assert advice.figures["radio_load_after_pct"] < 60.0
    assert advice.gain_pct > 1.0
    busy = access_point("A", (30, 95), (22, 55))
    assert told([busy]) == ()


def test_steering_helps_those_on_the_full_radio_even_where_the_mean_stays() -> None:
    [advice] = told([access_point("A", (40, 30), (4, 5))])
    assert advice.kind is AdviceKind.STEER_TO_5_GHZ
    assert advice.gain_pct == pytest.approx(0.0)
    assert advice.relief_pct == pytest.approx(100.0 - 60.0)  # 16 of the 40 have moved: 24 here, 20 there


def test_radios_that_crowd_one_channel_are_parted() -> None:
    place = [
        access_point(name, (5, 80), (15, 20), channels=(1, channel))
        for name, channel in (("A", 36), ("B", 40))
    ]
    [advice] = told(place)
    assert (advice.kind, advice.target) == (AdviceKind.CHANGE_CHANNEL, "A/1")
    assert (advice.figures["channel"], advice.figures["to_channel"]) == (1.0, 6.0)
    assert advice.figures["radios_on_channel"] == 2
    assert advice.figures["airtime_after_pct"] == pytest.approx(40.0)
    assert advice.gain_pct == pytest.approx(20.0)


def test_a_radio_among_strangers_is_moved_to_where_the_others_have_rest() -> None:
    place = [
        access_point("A", (4, 75), (15, 20), channels=(1, 36)),
        access_point("B", (5, 20), (15, 20), channels=(6, 40)),
    ]
    [advice] = told(place)
    assert (advice.kind, advice.target) == (AdviceKind.CHANGE_CHANNEL, "A/1")
    assert advice.figures["to_channel"] == 11
    assert advice.figures["airtime_after_pct"] == 20


def test_no_channel_is_named_where_all_are_taken_alike_or_the_band_is_not_known() -> None:
    place = [
        access_point(name, (4, 75), (15, 20), channels=(channel, other))
        for name, channel, other in (("A", 1, 36), ("B", 6, 40), ("C", 11, 44))
    ]
    assert told(place) == ()
    assert told([access_point("A", (4, 75), (4, 75), channels=(4, 200))]) == ()


def test_what_helps_most_comes_first() -> None:
    place = [
        access_point("A", (30, 95), (6, 12), channels=(1, 36)),
        access_point("B", (20, 30), (20, 30), channels=(6, 40)),
        access_point("C", (None, None), (None, None), up=False),
    ]
    found = told(place)
    assert len(found) == 2
    assert [each.gain_pct for each in found] == sorted((each.gain_pct for each in found), reverse=True)


uses = st.tuples(st.one_of(st.none(), st.floats(0, 120)), st.one_of(st.none(), st.floats(0, 100)))
points = st.builds(
    access_point,
    st.sampled_from("ABCDEF"),
    uses,
    uses,
    up=st.booleans(),
    channels=st.tuples(st.sampled_from((1, 6, 11, 13)), st.sampled_from((36, 40, 149, 233))),
)


@given(st.lists(points, max_size=5, unique_by=lambda each: each.id))
def test_every_advice_has_a_gain_that_is_no_loss_and_no_more_than_the_load(
    place: list[AccessPointUse],
) -> None:
    before = load_pct("patinoire", place)
    for each in told(place):
        assert 0.0 <= each.gain_pct <= 100.0
        assert each.figures
        assert each.gain_pct >= 1.0 or each.relief_pct >= 10.0
        if each.kind is not AdviceKind.REPAIR and before is not None and all(one.up for one in place):
            assert each.gain_pct <= before + 1e-6


def test_an_access_point_without_radios_does_no_harm() -> None:
    bare = replace(access_point("A", (1, 1), (1, 1)), radios=())
    assert told([bare]) == ()
    assert kinds(told([bare, access_point("B", (40, 90), (40, 90))])) in (
        [],
        [AdviceKind.ANOTHER_ACCESS_POINT],
    )
