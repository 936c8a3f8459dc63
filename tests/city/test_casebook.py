from dataclasses import replace
from datetime import UTC, datetime, timedelta

from city.casebook import Casebook
from city.incidents import Cause, Evidence, Finding, Incident, State
from city.measurements import DeviceKind

START = datetime(2026, 11, 22, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Says = Finding.Says


def finding(says: Says, minute: int = 0, asset: str = "A-017/2") -> Finding:
    at = START + minute * MINUTE
    evidence = Evidence("breaker_flag", at, {"power_w": 0.0})
    return Finding(says, Cause.BREAKER_TRIP, asset, DeviceKind.CIRCUIT, at, START, evidence)


def opened(book: Casebook) -> Incident:
    book.enter(finding(Says.SUSPECTED))
    (incident,) = book.enter(finding(Says.RAISED, 1), ("08-1", "08-2"))
    return incident


def test_a_suspicion_is_counted_until_it_is_raised_or_doubted() -> None:
    book = Casebook()
    assert book.enter(finding(Says.SUSPECTED)) == []
    assert book.enter(finding(Says.SUSPECTED, asset="A-018/1")) == []
    assert book.suspected == 2
    assert book.enter(finding(Says.DOUBTED, 1, "A-018/1")) == []
    book.enter(finding(Says.RAISED, 1))
    assert book.suspected == 0


def test_what_is_raised_becomes_one_incident_with_what_follows_from_it() -> None:
    incident = opened(Casebook())
    assert (incident.state, incident.since, incident.opened_at) == (State.OPEN, START, START + MINUTE)
    assert (incident.suppressed, incident.points) == (("08-1", "08-2"), 2)
    assert len(incident.evidence) == 1


def test_it_moves_to_clearing_back_and_to_its_end_and_keeps_its_first_and_last_evidence() -> None:
    book = Casebook()
    first = opened(book)
    moved = [
        book.enter(finding(says, minute))[0]
        for minute, says in enumerate((Says.CLEARING, Says.RELAPSED, Says.CLEARING, Says.CLEARED), 2)
    ]
    assert [each.state for each in moved] == [
        State.CLEARING,
        State.OPEN,
        State.CLEARING,
        State.CLOSED,
    ]
    assert {each.id for each in moved} == {first.id}
    assert [each.at for each in moved[-1].evidence] == [START + MINUTE, START + 5 * MINUTE]
    assert book.enter(finding(Says.CLEARED, 6)) == []


def test_incidents_from_before_a_restart_move_on_and_keep_what_people_said() -> None:
    incident = opened(Casebook()).acknowledged("Ada")
    (closed,) = Casebook([incident]).enter(finding(Says.CLEARED, 9))
    assert (closed.id, closed.state, closed.acknowledged_by) == (incident.id, State.CLOSED, "Ada")


def test_incidents_that_are_over_are_left_aside() -> None:
    closed = opened(Casebook()).moved(State.CLOSED, START)
    assert Casebook([closed]).enter(finding(Says.CLEARED, 9)) == []


def test_a_forgotten_incident_says_nothing_more() -> None:
    book = Casebook()
    incident = opened(book)
    book.forget(incident.id)
    book.forget("i-unknown")
    assert book.enter(finding(Says.CLEARED, 9)) == []


def test_suspicions_that_led_nowhere_are_let_go_after_a_time() -> None:
    book = Casebook()
    book.enter(finding(Says.SUSPECTED))
    book.enter(finding(Says.SUSPECTED, 50, "A-018/1"))
    book.drop_stale(START + 70 * MINUTE, timedelta(hours=1))
    assert book.suspected == 1


def test_what_comes_back_within_a_week_of_its_repair_is_the_same_incident_open_again() -> None:
    casebook = Casebook()
    (first,) = casebook.enter(finding(Finding.Says.RAISED, 0))
    (closed,) = casebook.enter(finding(Finding.Says.CLEARED, 60))
    (again,) = casebook.enter(finding(Finding.Says.RAISED, 60 + 6 * 24 * 60))
    assert (again.id, again.state, again.reopened, again.closed_at) == (first.id, State.OPEN, 1, None)
    (restarted,) = Casebook([closed]).enter(finding(Finding.Says.RAISED, 60 + 6 * 24 * 60))
    assert restarted == again


def test_what_comes_back_later_than_that_is_a_new_incident() -> None:
    casebook = Casebook()
    (first,) = casebook.enter(finding(Finding.Says.RAISED, 0))
    casebook.enter(finding(Finding.Says.CLEARED, 60))
    again = finding(Finding.Says.RAISED, 60 + 8 * 24 * 60)
    (later,) = casebook.enter(replace(again, since=again.at))
    assert (later.id != first.id, later.reopened) == (True, 0)
