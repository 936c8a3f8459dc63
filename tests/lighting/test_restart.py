from dataclasses import replace

import pytest

from city.incidents import Cause, Incident, State
from tests.lighting.street import CIRCUIT, DEAD_W, LIT_W, Street, poll, speak, trip


def restarted(street: Street, *extra: Incident) -> Street:
    """The same street after the head-end was killed and has come back, with what its records kept."""
    return Street(street.now, [*street.live(), *extra])


@pytest.mark.parametrize("clearing", [False, True])
def test_a_restart_neither_doubles_nor_loses_a_dead_lamp(clearing: bool) -> None:
    before = Street()
    lamp = before.lamps_of(CIRCUIT)[0]
    before.lamp(lamp, 70, LIT_W)
    for _ in range(2):
        before.after(5).lamp(lamp, 70, DEAD_W)
    if clearing:
        before.after(5).lamp(lamp, 70, LIT_W)
    after = restarted(before)
    for _ in range(4):
        after.after(5).lamp(lamp, 70, DEAD_W)
    assert [each.state for each in after.told] == ([State.OPEN] if clearing else [])
    for _ in range(4):
        after.after(5).lamp(lamp, 70, LIT_W)
    assert [each.state for each in after.told][-2:] == [State.CLEARING, State.CLOSED]
    assert {each.id for each in after.told} == {before.told[0].id}


def test_a_restart_while_clearing_goes_on_to_close() -> None:
    before = Street()
    lamp = before.lamps_of(CIRCUIT)[0]
    before.lamp(lamp, 70, LIT_W)
    for watts in (DEAD_W, DEAD_W, LIT_W):
        before.after(5).lamp(lamp, 70, watts)
    after = restarted(before)
    for _ in range(5):
        after.after(5).lamp(lamp, 70, LIT_W)
    assert [each.state for each in after.told][-1:] == [State.CLOSED]


def test_a_restart_neither_doubles_nor_loses_a_tripped_breaker_nor_raises_its_lamps() -> None:
    before, incident = trip()
    after = restarted(before)
    for _ in range(5):
        poll(after, 5, tripped=True)
        speak(after, watts=DEAD_W)
    assert after.told == []
    poll(after, 2)
    assert [(each.id, each.state) for each in after.told] == [
        (incident.id, State.CLEARING),
        (incident.id, State.CLOSED),
    ]


def test_incidents_that_are_over_or_whose_asset_is_gone_do_not_disturb_a_restart() -> None:
    before, incident = trip()
    poll(before, 2)
    closed = before.told[-1]
    gone = replace(incident, id="i-gone", asset="A-999/1")
    strange = replace(incident, id="i-strange", cause=Cause.LAMP_DEAD, asset="lamp-999")
    after = restarted(before, closed, gone, strange)
    poll(after, 2, tripped=True)
    assert [each.asset for each in after.live()] == [CIRCUIT]


def test_a_dismissed_incident_is_not_raised_again_until_its_symptom_went_and_came_back() -> None:
    street, incident = trip()
    street.diagnosis.forget(incident.id)
    street.told.clear()
    poll(street, 30, tripped=True)
    poll(street, 2)
    assert street.told == []
    poll(street, 2, tripped=True)
    (again,) = street.live()
    assert again.id != incident.id


def test_a_dismissed_incident_stays_dismissed_across_a_restart_if_the_records_tell() -> None:
    street, incident = trip()
    dismissed = incident.dismissed(street.now, "essai")
    after = Street(street.now, [dismissed])
    poll(after, 30, tripped=True)
    assert after.told == []
