from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from city.incidents import Cause, Incident, State
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.places import Position
from wifi.diagnosis import WifiDiagnosis
from wifi.inventory import AccessPoint, Hotspot, Inventory

START = datetime(2026, 11, 22, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RINK = Position(47.7352, 7.3168)
NAME = "AP-PAT-01"

CITY = Inventory(
    {"patinoire": Hotspot("patinoire", "Patinoire", RINK, "West", watched=True)},
    {
        name: AccessPoint(name, "patinoire", RINK, "127.0.0.1", 161, "falotier-ap", 40)
        for name in (NAME, "AP-PAT-02")
    },
)


class Polls:
    """A minute's polls of one access point: A answered, M missed, D told to be down, R listed no more."""

    def __init__(self, at: datetime = START, known: Iterable[Incident] = ()) -> None:
        self.now = at
        self.diagnosis = WifiDiagnosis(CITY, known)
        self.told: list[Incident] = []

    def poll(self, outcomes: str) -> list[State]:
        for outcome in outcomes:
            self.now += MINUTE
            if outcome == "M":
                self.told += self.diagnosis.missed(NAME, self.now)
            else:
                up = {Metric.UP: 1.0 if outcome == "A" else 0.0}
                facts = {Fact.WHY: "missing_row" if outcome == "R" else "status"}
                reading = Reading(NAME, DeviceKind.ACCESS_POINT, self.now, up, facts)
                self.told += self.diagnosis.observe(reading)
        return [incident.state for incident in self.told]


def test_an_access_point_is_down_at_the_third_miss_in_a_row() -> None:
    polls = Polls()
    assert polls.poll("AMM") == []
    assert polls.diagnosis.suspected == 1
    assert polls.poll("M") == [State.OPEN]
    (incident,) = polls.told
    assert (incident.cause, incident.asset, incident.kind) == (
        Cause.AP_DOWN,
        NAME,
        DeviceKind.ACCESS_POINT,
    )
    assert incident.opened_at - incident.since == 2 * MINUTE
    assert incident.evidence[0].rule == "unanswered"
    assert incident.evidence[0].figures == {"silent_s": 180.0}
    assert polls.diagnosis.suspected == 0


def test_misses_that_are_not_in_a_row_raise_nothing() -> None:
    assert Polls().poll("AMMAMAMAMAMMA") == []


def test_three_misses_in_a_hurry_are_not_enough() -> None:
    diagnosis = WifiDiagnosis(CITY)
    found = [diagnosis.missed(NAME, START + timedelta(seconds=10 * number)) for number in range(11)]
    assert found == [[]] * 11
    assert diagnosis.missed(NAME, START + timedelta(seconds=120))


def test_polls_that_come_a_little_early_still_count() -> None:
    diagnosis = WifiDiagnosis(CITY)
    assert [diagnosis.missed(NAME, START + timedelta(seconds=59 * number)) for number in range(2)] == [[], []]
    assert diagnosis.missed(NAME, START + timedelta(seconds=118))


def test_the_period_of_the_polls_sets_how_long_they_must_be_missed() -> None:
    diagnosis = WifiDiagnosis(CITY, period=timedelta(minutes=5))
    assert [diagnosis.missed(NAME, START + number * MINUTE) for number in range(9)] == [[]] * 9
    assert diagnosis.missed(NAME, START + 10 * MINUTE)


def test_it_is_up_again_after_two_answers() -> None:
    polls = Polls()
    assert polls.poll("AMMMMMA") == [State.OPEN, State.CLEARING]
    assert polls.poll("A") == [State.OPEN, State.CLEARING, State.CLOSED]
    assert len({incident.id for incident in polls.told}) == 1
    assert polls.told[-1].evidence[-1].rule == "answered"


def test_one_that_answers_once_and_dies_again_is_the_same_incident() -> None:
    polls = Polls()
    assert polls.poll("MMMAMMM") == [State.OPEN, State.CLEARING, State.OPEN]


def test_an_answer_that_says_down_counts_as_a_miss() -> None:
    polls = Polls()
    assert polls.poll("DDD") == [State.OPEN]
    assert polls.told[0].evidence[0].rule == "reported_down"


def test_one_that_its_controller_lists_no_more_is_down_and_told_apart() -> None:
    polls = Polls()
    assert polls.poll("ARRR") == [State.OPEN]
    assert polls.told[0].evidence[0].rule == "missing_row"


def test_a_trap_proves_nothing_without_polls() -> None:
    polls = Polls()
    polls.poll("A")
    for _ in range(10):
        polls.now += MINUTE
        assert polls.diagnosis.told(NAME, polls.now, "ap_down") == []
        assert polls.diagnosis.tick(polls.now) == []
    assert polls.poll("AAA") == []
    assert polls.diagnosis.told("AP-NOBODY", polls.now, "ap_down") == []


def test_a_trap_that_polls_prove_counts_from_when_it_came() -> None:
    polls = Polls()
    polls.poll("A")
    told_at = polls.now + MINUTE / 6
    polls.diagnosis.told(NAME, told_at, "ap_down")
    assert polls.poll("M") == []
    assert polls.poll("M") == []
    assert polls.poll("M") == [State.OPEN]
    assert polls.told[0].since == told_at
    assert polls.told[0].evidence[0].rule == "trap"


def test_a_trap_of_long_ago_or_taken_back_says_nothing_of_a_miss_now() -> None:
    for taken_back in (False, True):
        polls = Polls()
        polls.poll("A")
        polls.diagnosis.told(NAME, polls.now + MINUTE / 6, "ap_down")
        if taken_back:
            polls.diagnosis.told(NAME, polls.now + MINUTE / 3, "ap_up")
        else:
            polls.now += 10 * MINUTE
        polls.poll("MMM")
        assert polls.told[0].evidence[0].rule == "unanswered"


def test_a_trap_about_one_that_is_just_coming_back_is_a_relapse_like_any_miss() -> None:
    polls = Polls()
    polls.poll("AMMMA")
    polls.diagnosis.told(NAME, polls.now + MINUTE / 6, "ap_down")
    assert polls.poll("MAA")[2:] == [State.OPEN, State.CLEARING, State.CLOSED]


def test_late_and_doubled_answers_and_strangers_change_nothing() -> None:
    polls = Polls()
    polls.poll("AMM")
    late = Reading(NAME, DeviceKind.ACCESS_POINT, START + MINUTE, {Metric.UP: 1.0})
    assert polls.diagnosis.observe(late) == []
    assert polls.diagnosis.missed(NAME, polls.now) == []
    assert polls.diagnosis.missed("AP-NOBODY", polls.now + MINUTE) == []
    radio = Reading(f"{NAME}/1", DeviceKind.RADIO, polls.now + MINUTE, {Metric.CLIENTS: 3.0})
    assert polls.diagnosis.observe(radio) == []
    network = Reading(f"{NAME}/Ville", DeviceKind.SSID, polls.now + MINUTE, {Metric.CLIENTS: 3.0})
    assert polls.diagnosis.observe(network) == []
    assert polls.poll("M") == [State.OPEN]


def test_a_restart_neither_doubles_nor_loses_one_that_is_down() -> None:
    before = Polls()
    before.poll("MMM")
    after = Polls(before.now, before.told[-1:])
    assert after.poll("MMM") == []
    assert after.poll("AA") == [State.CLEARING, State.CLOSED]
    assert after.told[-1].id == before.told[0].id


def test_a_restart_while_clearing_goes_on() -> None:
    before = Polls()
    before.poll("MMMA")
    assert Polls(before.now, before.told[-1:]).poll("A") == [State.CLOSED]
    assert Polls(before.now, before.told[-1:]).poll("M") == [State.OPEN]


def test_a_dismissed_one_is_not_raised_again_until_it_came_back_and_died_again() -> None:
    polls = Polls()
    polls.poll("MMM")
    polls.diagnosis.forget(polls.told[0].id)
    assert polls.poll("MMMMAAA") == [State.OPEN]
    assert polls.poll("MMMMMMMMM") == [State.OPEN]
    assert polls.poll("MM") == [State.OPEN, State.OPEN]
    dismissed = polls.told[0].dismissed(polls.now, "en travaux")
    assert Polls(polls.now, [dismissed]).poll("MMM") == []
