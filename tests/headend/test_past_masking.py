"""In the past that is shown again, small counts of clients are not told, nor what they follow from."""

from hypothesis import given
from hypothesis import strategies as st

from city.messages import Live
from city.small_counts import is_small
from city.wifi_views import AccessPointView, RadioView, SsidView
from headend.past_masking import without_small_counts
from tests.console.small_city import SmallCity

UNDER = 5
COUNTS = st.none() | st.integers(0, 12)


def access_point(
    name: str, place: str, clients: int | None, parts: tuple[int | None, ...]
) -> AccessPointView:
    def radio(number: int, count: int | None) -> RadioView:
        return RadioView(
            id=f"{name}/{number}", clients=count, load_pct=10.0, airtime_pct=20.0, channel=6,
            noise_dbm=-90.0, throughput_bps=1.0,
        )  # fmt: skip

    return AccessPointView(
        id=name, hotspot=place, latitude=47.7, longitude=7.3, up=True, clients=clients, load_pct=10.0, at=None,
        radios=tuple(radio(number, count) for number, count in enumerate(parts)),
        ssids=tuple(SsidView(name=f"n-{number}", clients=count) for number, count in enumerate(parts)),
    )  # fmt: skip


def live_of(*places: list[tuple[int | None, ...]]) -> Live:
    """Places, each a list of access points, each given by the counts of its radios."""
    summary, spot = SmallCity().summary(), SmallCity().summary().hotspots[0]
    points = [
        access_point(f"ap-{place}-{number}", f"h-{place}", sum(part or 0 for part in parts), parts)
        for place, members in enumerate(places)
        for number, parts in enumerate(members)
    ]
    hotspots = tuple(
        spot.model_copy(
            update={"id": f"h-{place}", "clients": sum(sum(c or 0 for c in each) for each in members)}
        )
        for place, members in enumerate(places)
    )
    return Live(
        summary=summary.model_copy(
            update={"hotspots": hotspots, "clients": sum(h.clients or 0 for h in hotspots)}
        ),
        access_points=tuple(points),
    )


@given(st.lists(st.lists(st.lists(COUNTS, max_size=3).map(tuple), max_size=4), max_size=4))
def test_no_small_count_is_told_and_none_follows_from_a_sum(
    places: list[list[tuple[int | None, ...]]],
) -> None:
    before = live_of(*places)
    after = without_small_counts(before, UNDER)
    assert after.summary is not None
    for point, was in zip(after.access_points, before.access_points, strict=True):
        parts = [*(radio.clients for radio in point.radios), *(each.clients for each in point.ssids)]
        assert not any(is_small(clients, UNDER) for clients in (point.clients, *parts))
        assert point == was or point.clients is not None or point.load_pct is None
        # All the parts of a sum are told, or none of those that somebody was at.
        assert point.radios == was.radios or all(radio.clients is None for radio in point.radios)
    for place in after.summary.hotspots:
        members = [each for each in after.access_points if each.hotspot == place.id]
        known = [each for each in before.access_points if each.hotspot == place.id]
        assert members == known or all(
            each.clients is None or not any(is_small(k.clients, UNDER) for k in known) for each in members
        )
    told = {place.id for place in after.summary.hotspots if place.clients is not None}
    assert before.summary is not None
    hidden = [place for place in before.summary.hotspots if place.id not in told and place.clients]
    somebody = [place for place in before.summary.hotspots if place.clients]
    assert len(hidden) != 1 or len(somebody) == 1


def test_what_is_large_stays_and_so_does_everything_where_no_count_is_small_by_choice() -> None:
    large = live_of([(20, 30), (12,)], [(40,)])
    assert without_small_counts(large, UNDER) == large
    small = live_of([(1, 30), (12,)], [(40,)])
    assert without_small_counts(small, 0) == small
    told = without_small_counts(small, UNDER)
    assert [point.clients for point in told.access_points] == [31, 12, 40]
    assert [radio.clients for radio in told.access_points[0].radios] == [None, None]
    assert told.access_points[0].radios[0].airtime_pct == 20.0


def test_of_the_places_never_is_one_alone_hidden() -> None:
    told = without_small_counts(live_of([(3,)], [(9,)], [(40,)]), UNDER)
    assert told.summary is not None
    assert [place.clients for place in told.summary.hotspots] == [None, None, 40]
    assert told.summary.clients == 52


def test_a_place_that_the_city_watches_is_the_last_to_be_hidden_for_another_one() -> None:
    live = live_of([(3,)], [(9,)], [(40,)])
    assert live.summary is not None
    small, watched, other = live.summary.hotspots
    spots = (
        small.model_copy(update={"watched": False}),
        watched.model_copy(update={"watched": True}),
        other.model_copy(update={"watched": False}),
    )
    told = without_small_counts(
        live.model_copy(update={"summary": live.summary.model_copy(update={"hotspots": spots})}), UNDER
    )
    assert told.summary is not None
    assert [place.clients for place in told.summary.hotspots] == [None, 9, None]
