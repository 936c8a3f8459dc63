from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from city.incidents import LIVE, Cause, Evidence, Incident, State, incident_id
from city.measurements import DeviceKind

SINCE = datetime(2026, 11, 22, 20, tzinfo=UTC)
LATER = SINCE + timedelta(minutes=5)


def incident(suppressed: tuple[str, ...] = ()) -> Incident:
    return Incident(
        id=incident_id(Cause.BREAKER_TRIP, "A-017/2", SINCE),
        cause=Cause.BREAKER_TRIP,
        asset="A-017/2",
        kind=DeviceKind.CIRCUIT,
        state=State.OPEN,
        since=SINCE,
        opened_at=SINCE,
        evidence=(Evidence("breaker_flag", SINCE),),
        suppressed=suppressed,
    )


def test_the_same_trouble_has_the_same_name_in_every_process() -> None:
    assert incident_id(Cause.LAMP_DEAD, "08-1173", SINCE) == "i-673024a2af"
    assert incident_id(Cause.LAMP_DEAD, "08-1173", SINCE.astimezone()) == "i-673024a2af"
    others = {
        incident_id(Cause.DAY_BURNER, "08-1173", SINCE),
        incident_id(Cause.LAMP_DEAD, "08-1174", SINCE),
        incident_id(Cause.LAMP_DEAD, "08-1173", LATER),
    }
    assert len(others) == 3
    assert "i-673024a2af" not in others


def test_it_takes_as_many_points_as_it_suppresses_and_at_least_one() -> None:
    assert incident().points == 1
    assert incident(("08-1", "08-2", "08-3")).points == 3


def test_it_ends_with_the_time_and_the_evidence_of_its_end() -> None:
    evidence = Evidence("power_back", LATER, {"voltage_v": 230.0})
    closed = incident().moved(State.CLEARING, SINCE).moved(State.CLOSED, LATER, evidence)
    assert (closed.state, closed.closed_at) == (State.CLOSED, LATER)
    assert closed.evidence[-1] == evidence
    assert incident().moved(State.CLEARING, LATER).closed_at is None


@pytest.mark.parametrize("end", [State.CLOSED, State.DISMISSED])
@pytest.mark.parametrize("after", list(State))
def test_what_is_over_stays_over(end: State, after: State) -> None:
    ended = incident().moved(end, LATER)
    with pytest.raises(BadInput, match=ended.id):
        ended.moved(after, LATER)


def test_a_dismissal_needs_a_reason_and_a_live_incident() -> None:
    dismissed = incident().dismissed(LATER, "  essai  ")
    assert (dismissed.state, dismissed.dismissed_because, dismissed.closed_at) == (
        State.DISMISSED,
        "essai",
        LATER,
    )
    with pytest.raises(BadInput, match="reason"):
        incident().dismissed(LATER, " ")
    with pytest.raises(BadInput, match="dismissed"):
        dismissed.dismissed(LATER, "encore")


def test_an_acknowledgement_changes_nothing_but_who_knows() -> None:
    known = incident().acknowledged("Ada")
    assert (known.acknowledged_by, known.state) == ("Ada", State.OPEN)


@given(st.lists(st.sampled_from(list(State)), max_size=8))
def test_no_path_leads_out_of_an_end_or_leaves_a_live_incident_with_an_end(path: list[State]) -> None:
    present = incident()
    for state in path:
        try:
            present = present.moved(state, LATER)
        except BadInput:
            continue
        assert (present.closed_at is None) == (present.state in LIVE)
