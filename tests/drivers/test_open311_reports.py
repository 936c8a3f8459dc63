"""What is kept of a citizen's request, and what never passes the gate."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.clock import ManualClock
from city.desks import Report
from city.places import Position
from drivers.open311 import Open311
from drivers.open311_reports import citizen_report
from fake_devices.open311_desk import Open311Desk
from fake_devices.open311_tickets import Ticket
from lighting.citizen_reports import CitizenReport, Poles, Trouble

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
POLES = Poles(["08-1173", "08-1174"])
ENTRY: dict[str, Any] = {
    "service_request_id": 4711,
    "status": "Open",
    "service_code": "eclairage-public",
    "service_name": "Éclairage public",
    "description": "Lampe éteinte devant chez moi",
    "requested_datetime": "2026-11-30T18:00:00+01:00",
    "updated_datetime": None,
    "lat": "47.75",
    "long": 7.34,
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12) | st.sampled_from([*ENTRY]), inner)
    ),
    max_leaves=12,
)
odd_entries = st.dictionaries(
    st.sampled_from([*ENTRY, "attributes", "attribute", "extended_attributes", "lng"]), json_values
)


def read(**change: Any) -> CitizenReport | None:
    return citizen_report({**ENTRY, **change}, POLES)


def test_number_kind_place_and_times_are_kept() -> None:
    assert read() == CitizenReport("4711", Trouble.DARK, None, Position(47.75, 7.34), True, NOW, NOW)


@pytest.mark.parametrize(
    "attributes",
    [
        {"attributes": {"pole_number": "08 1174"}},
        {"extended_attributes": {"UNITNO": "081174"}},
        {"attribute": [{"code": "feature_id", "value": "8-1174"}]},
        {"attributes": [{"name": "unit_number", "value": "n° 08-1174"}]},
        {"description": "le 08-1174 est éteint"},
    ],
)
def test_a_pole_number_is_found_wherever_desks_put_it(attributes: dict[str, Any]) -> None:
    found = read(**attributes)
    assert found is not None
    assert found.light_point == "08-1174"


@pytest.mark.parametrize(
    "ours",
    [
        {"extended_attributes": {"external_ref": "i-1a2b3c4d5e"}},
        {"extended_attributes": {"source": "telegestion"}},
        {"attributes": [{"code": "external_ref", "value": "i-1a2b3c4d5e"}]},
        {"description": "Lampe éteinte · 08-1173\n[i-1a2b3c4d5e]"},
    ],
)
def test_what_we_sent_ourselves_is_no_citizens_report(ours: dict[str, Any]) -> None:
    assert read(**ours) is None


@pytest.mark.parametrize(
    "useless",
    [
        {"service_request_id": None},
        {"service_request_id": "marie.dupont@example.org"},
        {"service_request_id": "x" * 65},
        {"status": "pending"},
        {"requested_datetime": "yesterday"},
        {"requested_datetime": "2026-11-30T18:00:00"},
    ],
)
def test_what_cannot_be_followed_is_left_aside(useless: dict[str, Any]) -> None:
    assert read(**useless) is None


@pytest.mark.parametrize(
    "place", [{"lat": "x"}, {"lat": 91}, {"long": "NaN"}, {"lat": None}, {"long": "inf"}]
)
def test_a_place_that_is_none_is_not_known(place: dict[str, Any]) -> None:
    found = read(**place)
    assert found is not None
    assert found.position is None


@given(odd_entries, st.booleans())
def test_no_entry_is_too_odd_and_only_what_is_needed_passes(entry: dict[str, Any], usable: bool) -> None:
    found = citizen_report({**ENTRY, **entry} if usable else entry, POLES)
    if found is not None:
        assert found.light_point in {None, "08-1173", "08-1174"}
        assert set(asdict(found)) == {
            "id", "trouble", "light_point", "position", "is_open", "requested_at", "updated_at",
        }  # fmt: skip
        assert found.updated_at >= found.requested_at


def planted(number: int, **change: Any) -> Ticket:
    at = change.pop("opened_at", NOW)
    return Ticket(f"N-{number}", "eclairage-public", "éteinte", Position(47.75, 7.34), "", {}, at, **change)


async def test_more_reports_than_a_list_holds_are_all_read() -> None:
    async with Open311Desk(ManualClock(NOW)) as desk, Open311(desk.url, "", "mulhouse.fr") as client:
        desk.tickets += [planted(n, opened_at=NOW - timedelta(minutes=n)) for n in range(2500)]
        found = await client.citizen_reports("eclairage-public", NOW - timedelta(days=3), POLES)
        assert len({report.id for report in found}) == len(found) == 2500
        known = await client.known_reports([report.id for report in found[:120]], POLES)
        assert len(known) == 120


async def test_only_the_lighting_service_is_read_and_nothing_from_before() -> None:
    async with (
        Open311Desk(ManualClock(NOW)) as desk,
        Open311(desk.url, desk.api_key, "mulhouse.fr") as client,
    ):
        desk.tickets += [planted(1), planted(2, opened_at=NOW - timedelta(days=2))]
        desk.tickets.append(Ticket("R-1", "voirie", "nid-de-poule", None, "rue Franklin", {}, NOW))
        await client.post(Report("i-1a2b3c4d5e", "eclairage-public", Position(1, 2), "", "…", {"fault": "x"}))
        found = await client.citizen_reports("eclairage-public", NOW, POLES)
        assert [report.id for report in found] == ["N-1"]
        assert await client.known_reports(["N-2", "gone"], POLES) != []
        assert await client.known_reports([], POLES) == []


async def test_a_service_that_speaks_xml_alone_is_read_too() -> None:
    async with (
        Open311Desk(ManualClock(NOW)) as desk,
        Open311(desk.url, desk.api_key, "mulhouse.fr") as client,
    ):
        desk.formats = frozenset({"xml"})
        desk.tickets.append(planted(1))
        desk.tickets[0].attributes = {"pole_number": "8-1174"}
        await client.post(Report("i-1a2b3c4d5e", "eclairage-public", Position(1, 2), "", "…", {"fault": "x"}))
        [found] = await client.citizen_reports("eclairage-public", NOW, POLES)
        assert (found.id, found.light_point, found.is_open) == ("N-1", "08-1174", True)
        assert await client.known_reports(["N-1"], POLES) == [found]
