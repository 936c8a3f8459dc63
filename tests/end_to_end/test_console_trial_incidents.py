"""What is done to incidents from the console, down to what the head-end keeps and Allô Proximité has."""

from city.messages import IncidentView
from console.screens.near_reports import NearReportsDialog
from tests.console.consoles import Console
from tests.end_to_end.trial_city import (
    DEAD,
    TrialCity,
    arm,
    becomes,
    fill_in,
    go_to,
    incident_on,
    trial_console,
)

KNOWN, SENT, ASSIGNED, DISMISSED, REPORTED, NOTED = DEAD


async def _open(seen: Console, lamp: str) -> IncidentView:
    """Put the cursor of Pannes on the incident of a dead lamp."""
    incident = await incident_on(seen, lamp)
    await go_to(seen, "4", incident.id)
    await arm(seen)
    return incident


def _now(seen: Console, incident: IncidentView) -> IncidentView:
    return seen.app.session.city.incidents[incident.id]


async def test_an_incident_is_acknowledged_and_every_other_console_sees_by_whom(trial: TrialCity) -> None:
    async with trial_console(trial, "anne") as knows, trial_console(trial) as other:
        incident = await _open(knows, KNOWN)
        await knows.press("a")
        await knows.shows("Pris en compte.")
        await becomes(lambda: _now(other, incident).acknowledged_by == "anne")
        await _open(other, KNOWN)
        await other.shows("pris par", "anne")


async def test_a_ticket_that_the_service_refused_is_sent_with_one_key(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        incident = await _open(seen, SENT)
        await becomes(lambda: (ticket := _now(seen, incident).ticket) and ticket.status == "failed")
        assert trial.ticket_of(incident.id) is None
        trial.opens_desk()
        await seen.press("s")
        await becomes(lambda: trial.ticket_of(incident.id))
        ticket = trial.ticket_of(incident.id)
        assert ticket is not None
        assert (ticket.status, ticket.attributes["pole_number"], ticket.points) == ("open", SENT, 1)
        await seen.shows(f"n° {ticket.id}")


async def test_an_incident_is_assigned_to_somebody_and_everybody_sees_it(trial: TrialCity) -> None:
    async with trial_console(trial) as seen, trial_console(trial, "anne") as other:
        incident = await _open(seen, ASSIGNED)
        await seen.press("t")
        await seen.shows("À qui")
        await seen.press(*"Karim", "enter", "enter")
        await seen.shows("Confiée.")
        await becomes(lambda: _now(other, incident).assigned_to == "Karim")
        await _open(other, ASSIGNED)
        await other.shows("Karim")


async def test_a_note_stays_with_its_incident_and_says_who_wrote_it(trial: TrialCity) -> None:
    async with trial_console(trial, "anne") as seen:
        incident = await _open(seen, NOTED)
        await seen.press("n")
        await seen.shows("Une note")
        await seen.press(*"nacelle", "enter", "enter")
        await seen.shows("1 note", "nacelle")
        await becomes(lambda: _now(seen, incident).notes)
        assert [(each.by, each.text) for each in _now(seen, incident).notes] == [("anne", "nacelle")]
        await seen.press("6")
        await seen.shows("nacelle")


async def test_what_is_dismissed_with_a_reason_leaves_the_list_and_ends_its_ticket(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        trial.opens_desk()
        incident = await _open(seen, DISMISSED)
        await becomes(lambda: _now(seen, incident).ticket)
        await seen.press("s")
        await becomes(lambda: trial.ticket_of(incident.id))
        await seen.press("d")
        await seen.shows("Écarter cet incident ?")
        await fill_in(seen, "ôtée")
        await becomes(lambda: incident.id not in seen.app.frame.table.order)  # type: ignore[union-attr]
        await becomes(lambda: (ticket := trial.ticket_of(incident.id)) and ticket.status == "closed")
        await seen.press("c")
        await becomes(lambda: incident.id in seen.app.frame.table.order)  # type: ignore[union-attr]
        await seen.press("6")
        await seen.shows("ôtée")


async def test_a_citizens_report_is_joined_to_an_incident_and_parted_again(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        trial.opens_desk()
        incident = await _open(seen, REPORTED)
        at = trial.field.world.plan.lamps[REPORTED].position
        said = {"lat": str(at.latitude + 0.0007), "long": str(at.longitude), "description": "il fait sombre"}
        number = await trial.report(**said, **{"attribute[fault]": "autre"})
        client = seen.app.session.client

        async def near() -> dict[str, bool]:
            return {each.report.id: each.joined for each in await client.near_reports(incident.id)}

        while number not in await near():
            await trial.clock.sleep(10)
        await seen.press("i")
        await becomes(lambda: isinstance(seen.app.screen, NearReportsDialog))
        await seen.shows(number)
        await _point_at(seen, number)
        await seen.press("enter")
        await seen.shows("Rattaché.")
        assert (await near())[number]
        await seen.press("enter")
        await seen.shows("Détaché : à vérifier par quelqu’un.")
        assert not (await near())[number]
        await seen.press("escape")
        await seen.shows("Pannes en cours")


async def _point_at(seen: Console, report: str) -> None:
    """Go down the list of reports to one."""
    from console.screens.near_reports import NearRows

    rows = seen.app.screen.query_one(NearRows)
    for _ in range(10):
        if rows._cursor == report:
            return
        await seen.press("down")
    raise AssertionError(report)
