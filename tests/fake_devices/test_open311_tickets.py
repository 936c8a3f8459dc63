from datetime import UTC, datetime, timedelta

import pytest

from fake_devices.open311_tickets import LONGEST_LIST, Query, Ticket, Update

EVENING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


def ticket(number: int = 1, points: str = "43") -> Ticket:
    attributes = {"external_ref": f"i-{number}", "points": points}
    opened_at = EVENING + timedelta(seconds=number)
    return Ticket(
        f"2026-{number}", "eclairage-public", "Départ coupé", None, "rue Buhler", attributes, opened_at
    )


def update(id_: str, status: str, hours: float) -> Update:
    return Update(id_, "2026-1", status, EVENING + timedelta(hours=hours), "")


def test_an_update_counts_once() -> None:
    known = ticket()
    known.take(update("u-1", "fixed", 1))
    known.take(update("u-1", "reopen", 2))
    assert (known.status, len(known.updates)) == ("closed", 1)


def test_an_older_update_is_noted_and_changes_nothing() -> None:
    known = ticket()
    known.take(update("u-2", "fixed", 3))
    known.take(update("u-1", "open", 1))
    assert (known.status, len(known.updates)) == ("closed", 2)
    assert known.closed_at == known.updated_at == EVENING + timedelta(hours=3)


@pytest.mark.parametrize(
    ("word", "after"), [("no_further_action", "closed"), ("unchanged", "open"), ("planned", "open")]
)
def test_fixmystreets_words_come_down_to_open_and_closed(word: str, after: str) -> None:
    known = ticket()
    known.take(update("u-1", word, 1))
    assert known.status == after


def test_a_repair_seen_before_the_ticket_was_made_closes_it_at_once() -> None:
    known = ticket()
    known.take(update("u-1", "fixed", -2))
    assert known.closed_at == known.opened_at


@pytest.mark.parametrize(("said", "points"), [("43", 43), ("", None), ("-1", None), ("many", None)])
def test_points_are_what_the_sender_said_if_it_is_a_number(said: str, points: int | None) -> None:
    assert ticket(points=said).points == points


def test_a_list_is_cut_at_its_newest_thousand() -> None:
    query = Query(frozenset(), frozenset(), frozenset(), EVENING, EVENING + timedelta(days=1))
    found = query.select([ticket(number) for number in range(LONGEST_LIST + 5)])
    assert len(found) == LONGEST_LIST
    assert found[0].id == f"2026-{LONGEST_LIST + 4}"
