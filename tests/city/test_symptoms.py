from datetime import UTC, datetime, timedelta

from city.confirmation import Rule
from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind
from city.symptoms import Symptom

START = datetime(2026, 11, 22, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = Rule(samples=2, lasting=MINUTE, clear_samples=2)


def symptom() -> Symptom:
    return Symptom(Cause.LAMP_DEAD, "08-1173", DeviceKind.LAMP, RULE)


def seen(minute: int) -> Evidence:
    return Evidence("power", START + minute * MINUTE, {"power_w": 0.6})


def test_without_a_sign_of_it_nothing_is_said_nor_kept() -> None:
    lamp = symptom()
    assert lamp.observe(seen(0), shows=False) is None
    assert (lamp.present, lamp.suspected, lamp.confirmed) == (False, False, False)


def test_what_is_found_names_cause_asset_time_and_evidence() -> None:
    lamp = symptom()
    suspected = lamp.observe(seen(0), shows=True)
    assert suspected is not None
    assert (suspected.says, lamp.suspected) == (Finding.Says.SUSPECTED, True)
    raised = lamp.observe(seen(5), shows=True)
    assert raised == Finding(
        Finding.Says.RAISED,
        Cause.LAMP_DEAD,
        "08-1173",
        DeviceKind.LAMP,
        START + 5 * MINUTE,
        START,
        seen(5),
    )
    assert (lamp.confirmed, lamp.suspected) == (True, False)


def test_the_end_still_tells_since_when_it_was() -> None:
    lamp = symptom()
    for minute in (0, 5):
        lamp.observe(seen(minute), shows=True)
    found = [lamp.observe(seen(minute), shows=False) for minute in (10, 15)]
    assert [each and (each.says, each.since) for each in found] == [
        (Finding.Says.CLEARING, START),
        (Finding.Says.CLEARED, START),
    ]
    assert not lamp.present


def test_a_suspicion_can_be_dropped_but_what_is_confirmed_stays() -> None:
    lamp = symptom()
    assert lamp.drop(seen(0)) is None
    lamp.observe(seen(0), shows=True)
    dropped = lamp.drop(seen(5))
    assert dropped is not None
    assert (dropped.says, dropped.since, lamp.present) == (Finding.Says.DOUBTED, START, False)
    for minute in (10, 15):
        lamp.observe(seen(minute), shows=True)
    assert lamp.drop(seen(20)) is None
    assert lamp.confirmed


def test_it_goes_on_after_a_restart() -> None:
    lamp = symptom()
    lamp.restore(START, clearing=True)
    assert lamp.confirmed
    cleared = lamp.observe(seen(5), shows=False)
    assert cleared is not None
    assert (cleared.says, cleared.since) == (Finding.Says.CLEARED, START)
