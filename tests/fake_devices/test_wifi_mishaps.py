"""What each kind of trouble with Wi-Fi does to the simulated access points, as their pollers hear it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from fake_devices.access_points import AccessPointState, Heard
from fake_devices.city_plan import plan_city
from fake_devices.gatherings import PARIS
from fake_devices.kinds import FAULTS, TARGETS
from fake_devices.scenario import Resolved, Truth, assets_of, cabinet_of, is_large_enough
from fake_devices.wifi_mishaps import WIFI_ACTS
from fake_devices.world import World

START = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
CITY = plan_city(30, 40, 1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BEGINS, ENDS = START + HOUR, START + 13 * HOUR
ALONE, BEHIND = "AP-PAT-01", "AP-CTR-01"


class Polls:
    """A world with one piece of trouble, polled every minute."""

    def __init__(self, kind: str, asset: str, *, until: datetime | None = ENDS, how: str = "") -> None:
        truth = Truth(kind, asset, BEGINS, until, how=how)
        faults, noise = ((truth,), ()) if kind in FAULTS else ((), (truth,))
        self.world = World(CITY, START, Resolved(faults, noise), gateways=())

    def heard(self, names: Sequence[str], to: datetime) -> list[list[Heard]]:
        """What came of each poll up to an instant, by name."""
        said: list[list[Heard]] = [[] for _ in names]
        while self.world.now < to:
            self.world.advance(self.world.now + MINUTE)
            for name, heard in zip(names, said, strict=True):
                heard.append(self.world.access_points.heard(name, self.world.now))
        return said

    def state(self, name: str, at: datetime) -> AccessPointState:
        """What it is like, for instants in order."""
        self.world.advance(at)
        return self.world.access_points.state(name, at)


def runs(heard: Sequence[Heard]) -> list[int]:
    """How many polls in a row went without an answer, each time."""
    found, run = [], 0
    for each in (*heard, "answers"):
        if each == "answers":
            found += [run] if run else []
            run = 0
        else:
            run += 1
    return found


def test_every_kind_of_wifi_trouble_has_its_physics() -> None:
    wifi = {"access_point", "radio", "hotspot", "wifi_controller"}
    kinds = {kind for kind, targets in TARGETS.items() if wifi & set(targets)}
    assert kinds | {"missed_polls"} == set(WIFI_ACTS)


@pytest.mark.parametrize(
    ("name", "how", "heard"),
    [(ALONE, "", "silent"), (BEHIND, "missing_row", "missing_row"), (BEHIND, "status", "status")],
)
def test_a_dead_access_point_is_told_in_its_way_and_boots_when_its_power_returns(
    name: str, how: str, heard: str
) -> None:
    polls = Polls("ap_down", name, how=how)
    (said,) = polls.heard([name], ENDS + HOUR)
    assert set(said[61:779]) == {heard}
    assert set(said[:58]) == set(said[782:]) == {"answers"}
    assert polls.state(name, ENDS + 2 * HOUR).uptime_s == 7200


def test_a_bad_plug_takes_it_away_for_two_polls_again_and_again_without_a_restart() -> None:
    polls = Polls("ap_flapping", ALONE)
    before = polls.state(ALONE, START + MINUTE).uptime_s
    (said,) = polls.heard([ALONE], ENDS + HOUR)
    assert max(runs(said)) == 2, "never long enough to be called down"
    assert sum(run == 2 for run in runs(said)) > 3 * 12
    assert polls.state(ALONE, ENDS + 2 * HOUR).uptime_s == pytest.approx(before + 14 * 3600 - 60 + 3600)


def test_a_bad_power_supply_makes_it_begin_anew_several_times_in_six_hours() -> None:
    polls = Polls("ap_rebooting", ALONE)
    states = [polls.state(ALONE, START + minute * MINUTE) for minute in range(60, 60 * 7)]
    uptimes = [state.uptime_s for state in states if state.up]
    assert sum(late < early for early, late in pairwise(uptimes)) >= 5
    (said,) = polls.heard([ALONE], ENDS + HOUR)
    assert max(runs(said)) <= 2


def test_counters_that_stand_still_do_so_while_people_come_and_go() -> None:
    polls = Polls("counters_stuck", ALONE)
    first, later = (polls.state(ALONE, BEGINS + hours * HOUR) for hours in (1, 6))
    assert [radio.out_octets for radio in first.radios] == [radio.out_octets for radio in later.radios]
    assert first.clients != later.clients > 0
    after = polls.state(ALONE, ENDS + HOUR)
    assert all(
        late.out_octets > early.out_octets for early, late in zip(later.radios, after.radios, strict=True)
    )


def test_a_radio_that_is_off_loses_its_people_to_the_other_one_and_takes_them_back() -> None:
    polls, sound = Polls("radio_off", f"{ALONE}/2"), Polls("radio_off", "AP-UHA-01/2")
    broken, whole = (each.state(ALONE, BEGINS + 2 * HOUR) for each in (polls, sound))
    assert [radio.up for radio in broken.radios] == [True, False]
    assert (broken.radios[1].clients, broken.radios[1].airtime_pct) == (0, 0)
    assert whole.radios[0].clients < broken.radios[0].clients < whole.clients
    after, sound_after = (each.state(ALONE, ENDS + HOUR) for each in (polls, sound))
    assert [radio.clients for radio in after.radios] == [radio.clients for radio in sound_after.radios]


def test_a_neighbour_on_the_channel_takes_the_air_and_leaves_noise() -> None:
    polls, sound = Polls("interference", f"{ALONE}/2"), Polls("interference", "AP-UHA-01/2")
    noisy, quiet = (each.state(ALONE, BEGINS + 4 * HOUR).radios[1] for each in (polls, sound))
    assert noisy.up
    assert noisy.airtime_pct >= 85 > quiet.airtime_pct
    assert noisy.noise_dbm >= quiet.noise_dbm + 12
    assert 0 < noisy.clients < quiet.clients
    later, sound_later = (each.state(ALONE, BEGINS + 5 * HOUR).radios[1] for each in (polls, sound))
    assert 0 < later.out_octets - noisy.out_octets < (sound_later.out_octets - quiet.out_octets) / 5


@pytest.mark.parametrize("hotspot", ["patinoire", "centre-ville"])
def test_a_place_without_its_line_is_gone_as_a_whole_and_runs_on(hotspot: str) -> None:
    polls = Polls("backhaul_down", hotspot)
    names = [each.id for each in CITY.access_points if each.hotspot == hotspot]
    others = [each.id for each in CITY.access_points if each.hotspot != hotspot]
    said = polls.heard([*names, *others], ENDS + HOUR)
    for heard in said[: len(names)]:
        assert "answers" not in heard[61:779]
        assert set(heard[782:]) == {"answers"}
    assert all(set(heard) == {"answers"} for heard in said[len(names) :])
    assert polls.state(names[0], ENDS + 2 * HOUR).uptime_s > 14 * 3600, "it never lost its power"


def test_a_lost_controller_silences_all_that_it_speaks_for_and_nobody_else() -> None:
    polls = Polls("wifi_controller_lost", "WLC-1")
    names = [each.id for each in CITY.access_points]
    for each, heard in zip(CITY.access_points, polls.heard(names, ENDS + HOUR), strict=True):
        assert set(heard[61:779]) == ({"silent"} if each.controller else {"answers"})
        assert set(heard[782:]) == {"answers"}


def test_a_place_that_is_full_day_after_day_is_so_on_each_of_its_radios() -> None:
    days = 5
    polls = Polls("radio_saturated", "gare", until=START + days * 24 * HOUR)
    for day in range(days):
        at = datetime(2026, 11, 30, 18, 0, tzinfo=PARIS) + timedelta(days=day)
        state = polls.state("AP-GAR-01", at.astimezone(UTC))
        assert all(radio.clients > 0.9 * 50 for radio in state.radios)
        night = polls.state("AP-GAR-01", (at + 9 * HOUR).astimezone(UTC))
        assert all(radio.clients < 0.3 * 50 for radio in night.radios)


def test_a_crowd_comes_once() -> None:
    polls = Polls("crowd", "patinoire", until=BEGINS + 4 * HOUR)
    assert all(radio.clients > 45 for radio in polls.state(ALONE, BEGINS + 2 * HOUR).radios)
    assert polls.state(ALONE, BEGINS + 26 * HOUR).clients < 60


def test_single_restarts_and_work_on_a_site_are_over_before_three_polls() -> None:
    for kind, asset, name in (("single_reboot", ALONE, ALONE), ("site_maintenance", "patinoire", ALONE)):
        polls = Polls(kind, asset, until=None)
        (said,) = polls.heard([name], START + 3 * HOUR)
        assert len(runs(said)) == 1
        assert max(runs(said)) <= 2
        assert polls.state(name, START + 4 * HOUR).uptime_s < 3 * 3600


def test_polls_get_lost_now_and_then() -> None:
    polls = Polls("missed_polls", "")
    said = polls.heard([each.id for each in CITY.access_points if not each.controller], ENDS)
    lost = sum(heard == "silent" for of_one in said for heard in of_one)
    assert 0.002 < lost / (12 * 60 * len(said)) < 0.01
    assert max(run for of_one in said for run in runs(of_one)) <= 2


def test_what_befalls_parts_of_one_controller_or_place_is_kept_apart() -> None:
    assert cabinet_of("AP-CTR-01/2", CITY) == cabinet_of("gare", CITY) == cabinet_of("WLC-1", CITY) == "WLC-1"
    assert cabinet_of("AP-PAT-01", CITY) == cabinet_of("patinoire", CITY) == "patinoire"
    assert cabinet_of("A-001/2", CITY) == "A-001"


def test_a_line_is_only_drawn_to_fail_where_several_access_points_show_it() -> None:
    small = plan_city(30, 5, 1)
    assert not any(
        is_large_enough("backhaul_down", "hotspot", each, small) for each in assets_of("hotspot", small)
    )
    assert is_large_enough("radio_saturated", "hotspot", "patinoire", small)
