"""Sessions of the console in a browser: bounded in time and number, and tries that are counted."""

from console.web.sessions import MOST_PER_TOKEN, MOST_TRIES, TRIES_WITHIN_S, Session, Sessions, Tries
from tests.console.web_browser import Hand


def sessions(hand: Hand, most: int = 64) -> tuple[Sessions, list[Session]]:
    dropped: list[Session] = []
    return Sessions(dropped.append, lifetime_s=100.0, most=most, now=hand), dropped


def test_a_session_is_found_by_its_secret_and_by_nothing_else() -> None:
    held, _ = sessions(Hand())
    secret = held.open("a-token", "fr")
    found = held.find(secret)
    assert found is not None
    assert found.token == "a-token"
    assert held.find("") is None
    assert held.find(secret[:-1]) is None
    assert held.find("\udc80") is None


def test_the_secret_is_long_and_never_the_same_and_a_session_does_not_show_its_token() -> None:
    held, _ = sessions(Hand())
    secrets = {held.open(f"token-{number}", "fr") for number in range(50)}
    assert len(secrets) == 50
    assert min(len(secret) for secret in secrets) >= 43
    session = held.find(next(iter(secrets)))
    assert "token-" not in repr(session)


def test_a_session_ends_after_its_lifetime_however_much_it_is_used() -> None:
    hand = Hand()
    held, dropped = sessions(hand)
    secret = held.open("a-token", "fr")
    hand.at += 99.0
    session = held.find(secret)
    assert session is not None
    assert held.left_s(session) == 1.0
    hand.at += 1.0
    assert held.find(secret) is None
    assert dropped == [session]
    assert held.left_s(session) == 0.0


def test_what_is_signed_out_is_over_at_once() -> None:
    held, dropped = sessions(Hand())
    secret = held.open("a-token", "fr")
    held.close(secret)
    held.close(secret)
    assert held.find(secret) is None
    assert len(dropped) == 1


def test_the_oldest_gives_way_where_there_are_too_many() -> None:
    held, dropped = sessions(Hand(), most=3)
    secrets = [held.open(f"token-{number}", "fr") for number in range(4)]
    assert len(held) == 3
    assert [session.token for session in dropped] == ["token-0"]
    assert [held.find(secret) is not None for secret in secrets] == [False, True, True, True]


def test_one_token_signed_in_again_and_again_pushes_out_nobody_else() -> None:
    held, dropped = sessions(Hand(), most=MOST_PER_TOKEN + 1)
    other = held.open("another", "fr")
    for _ in range(3 * MOST_PER_TOKEN):
        held.open("a-token", "fr")
    assert held.find(other) is not None
    assert {session.token for session in dropped} == {"a-token"}


def test_a_few_tries_a_minute_are_taken_and_then_it_is_said_how_long_to_wait() -> None:
    hand = Hand()
    tries = Tries(hand)
    assert [tries.take("192.0.2.7") for _ in range(MOST_TRIES)] == [0.0] * MOST_TRIES
    hand.at += 20.0
    assert tries.take("192.0.2.7") == TRIES_WITHIN_S - 20.0
    assert tries.take("192.0.2.8") == 0.0
    hand.at += TRIES_WITHIN_S - 20.0
    assert tries.take("192.0.2.7") == 0.0


def test_being_refused_does_not_make_the_wait_longer() -> None:
    hand = Hand()
    tries = Tries(hand)
    for _ in range(50):
        tries.take("192.0.2.7")
    hand.at += TRIES_WITHIN_S
    assert tries.take("192.0.2.7") == 0.0


def test_a_token_that_was_known_is_no_try() -> None:
    tries = Tries(Hand())
    for _ in range(3 * MOST_TRIES):
        assert tries.take("192.0.2.7") == 0.0
        tries.forgive("192.0.2.7")


def test_all_addresses_of_one_ipv6_network_are_one() -> None:
    tries = Tries(Hand())
    for number in range(MOST_TRIES):
        assert tries.take(f"2001:db8::{number:x}") == 0.0
    assert tries.take("2001:db8::ffff") > 0.0
    assert tries.take("2001:db8:0:1::1") == 0.0
