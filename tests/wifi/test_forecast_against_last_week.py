"""The forecast beside "as many as at the same hour last week", on places of the simulated city."""

from collections.abc import Mapping
from functools import cache

import pytest

from benchmarks.wifi_forecast import DISTANCES, Score, judged

SEEDS = (1, 2)
EVERY = 7
"""Of the hours of two weeks, each seventh is an origin: every hour of the day comes up."""
DAYS = 14


@cache
def scores(place: str, *, announced: bool) -> Mapping[int, Score]:
    """By distance."""
    return judged(place, SEEDS, announced=announced, every=EVERY, days=DAYS)


@pytest.mark.parametrize(
    ("place", "announced"),
    [("patinoire", True), ("patinoire", False), ("uha", True), ("centre-ville", True)],
)
def test_the_forecast_is_nearer_than_last_week_at_every_distance_and_its_band_holds(
    place: str, *, announced: bool
) -> None:
    found, total = scores(place, announced=announced), Score()
    assert tuple(sorted(found)) == DISTANCES
    for score in found.values():
        assert score.ratio < 1.0
        total.add(score)
    assert len(total.ours) > len(SEEDS) * len(DISTANCES) * (DAYS - 1) * 24 // EVERY
    assert 0.75 <= total.coverage <= 0.97


def test_events_that_are_announced_make_the_evenings_of_the_ice_rink_known() -> None:
    known, unknown = (scores("patinoire", announced=announced)[24] for announced in (True, False))
    assert sum(known.ours) < 0.6 * sum(unknown.ours)
    assert sum(known.width) < sum(unknown.width)
