"""Pannes: whose an incident is, notes, citizens' reports, and the day behind the evidence, driven by keys."""

import asyncio

import pytest

from city.casework import LONGEST_NOTE, NoteView
from city.incidents import Cause
from city.measurements import DeviceKind, Metric
from city.messages import IncidentView, Live
from console.client import ApiClient
from console.i18n import Words
from console.incident_day import IncidentDay, day_of_incident, metric_of
from console.widgets.incident_columns import TICKET_SIGNS
from console.widgets.incident_plot import evidence_plot
from tests.console.consoles import Console, console
from tests.console.fake_headend import fake_headend, until
from tests.console.small_city import BREAKER, NOW, SmallCity
from tests.console.small_city_incidents import BROKE_AT

DEAD_LAMP = ("4", "down")
"""The keys to the dead lamp of rue Mercière."""


def written(seen: Console) -> IncidentView:
    """The dead lamp's incident as the head-end has it."""
    return seen.head.city.incidents["i-l1"]


async def at_the_lamp(seen: Console) -> None:
    await seen.press(*DEAD_LAMP)
    await seen.shows("lampe 0205", "638344")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_an_incident_is_given_to_somebody_by_name_and_taken_back(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await at_the_lamp(seen)
        await seen.press("t")
        await seen.shows("À qui confier cette panne ?", "Lampe éteinte · 0205")
        await seen.press(*"Équipe Nord", "enter", "enter")
        await seen.shows("confiée à   Équipe Nord")
        assert written(seen).assigned_to == "Équipe Nord"
        await seen.press("t")
        await seen.shows("À qui confier cette panne ?")
        await seen.press(*["backspace"] * len("Équipe Nord"), "enter", "enter")
        await seen.hides("confiée à")
        assert written(seen).assigned_to is None
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_the_names_of_the_tokens_are_offered_while_one_types() -> None:
    async with console() as seen:
        await at_the_lamp(seen)
        await seen.press("t")
        await seen.shows("À qui confier cette panne ?")
        await seen.press(*"pa")
        await seen.shows("paul")
        await seen.press("right", "enter", "enter")
        await until(lambda: seen.head.city.incidents["i-l1"].assigned_to == "Paul")


async def test_escape_gives_the_incident_to_nobody_and_writes_nothing() -> None:
    async with console() as seen:
        await at_the_lamp(seen)
        await seen.press("t", *"Paul")
        await seen.press("escape", "n", *"rien", "escape")
        await seen.hides("Une note sur cette panne")
        incident = seen.head.city.incidents["i-l1"]
        assert (incident.assigned_to, incident.notes) == (None, ())


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_note_is_kept_with_who_and_when_and_found_by_its_words(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await at_the_lamp(seen)
        await seen.press("n")
        await seen.shows("Une note sur cette panne")
        await seen.press(*"nacelle jeudi", "enter", "enter")
        await seen.shows("1 note", "Marie", "nacelle jeudi")
        await seen.press("slash", *"nacelle", "enter")
        await seen.shows("1 / 4", "lampe 0205")


async def test_what_the_head_end_pushes_of_an_incident_is_shown_and_hostile_notes_are_only_text() -> None:
    async with console() as seen:
        await at_the_lamp(seen)
        note = NoteView(at=NOW, by="[red]Paul\x1b[0m", text="\x1b]0;pwned\x07 [bold]vu[/bold] {x} %s")
        changed = seen.head.city.incidents["i-l1"].model_copy(
            update={"notes": (note,), "assigned_to": "\x1bAnne"}
        )
        await seen.push(Live(incidents=(changed,)))
        await seen.shows("[red]Paul", "[bold]vu[/bold] {x} %s", "confiée à   Anne")
        assert "\x1b" not in seen.text


async def test_enlarged_the_panel_has_room_for_the_longest_notes_and_escape_makes_it_small_again() -> None:
    city = SmallCity()
    long = ("mât penché " * 60)[: LONGEST_NOTE - 4] + "FIN."
    notes = tuple(NoteView(at=NOW, by="Marie", text=text) for text in ("la plus ancienne", long))
    city.incidents["i-l1"] = city.incidents["i-l1"].model_copy(update={"notes": notes})
    async with console((120, 36), city=city) as seen:
        await at_the_lamp(seen)
        await seen.hides("FIN.")
        await seen.press("z")
        await seen.shows("FIN.", "la plus ancienne", "2 notes")
        await seen.hides("Pannes en cours")
        await seen.press("up")
        await seen.shows("départ A-003/1")
        await seen.press("escape")
        await seen.shows("Pannes en cours")


async def test_a_citizens_report_is_joined_and_parted_with_one_key() -> None:
    async with console() as seen:
        await at_the_lamp(seen)
        await seen.shows("2 signalements d’habitants", "○ 638350 pas de lumière · 0 m")
        await seen.press("i")
        await seen.shows(
            "⏎ rattacher ou détacher", "○ 638361 pas de lumière · 34 m", "à vérifier par quelqu’un · 0206"
        )
        await seen.press("down", "enter")
        await seen.shows("✓ 638361", "Rattaché.")
        assert [each.joined for each in seen.head.reports] == [False, True]
        await seen.press("enter")
        await seen.shows("○ 638361", "Détaché")
        await seen.press("enter")
        await seen.shows("✓ 638361")
        await seen.press("escape")
        await seen.hides("rattacher ou détacher")
        await seen.shows("✓ 638361", "○ 638350")


async def test_of_wifi_nobody_is_asked_for_citizens_reports() -> None:
    async with console() as seen:
        await seen.press("4", "down", "down")
        await seen.shows("borne Wi-Fi AP-CEN-03", "Aucune mesure pendant ces 24 heures.")
        await seen.press("i")
        await seen.hides("Signalements d’habitants")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_day_of_the_lamp_stands_behind_its_evidence(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await at_the_lamp(seen)
        await seen.shows("puissance, 24 h", "░ attendu", "38 W┤", "12 h")
        await seen.press("up")
        await seen.shows("départ A-003/1", "puissance, 24 h", "░ la veille", "268 W┤")


async def test_a_day_that_is_still_read_says_so_and_the_list_goes_on() -> None:
    async with console() as seen:
        seen.head.history_known.clear()
        await at_the_lamp(seen)
        await seen.shows("Lecture de l’historique", "Pas pris en compte : a.")
        await seen.press("down")
        await seen.shows("AP-CEN-03")
        await seen.press("up")
        seen.head.history_known.set()
        await seen.shows("38 W┤")


async def test_a_day_and_reports_that_cannot_be_read_say_why_in_the_panel() -> None:
    async with console() as seen:
        seen.head.history_away = True
        await at_the_lamp(seen)
        await seen.shows("store: away", "Signalements : records: away")
        await seen.press("i")
        await seen.shows("⏎ rattacher ou détacher", "records: away")
        await seen.press("escape")
        seen.head.history_away = False
        await seen.press("up", "down")
        await seen.shows("38 W┤", "○ 638350")
        await seen.hides("away")


async def test_away_the_panel_keeps_its_day_and_says_that_another_is_not_known() -> None:
    async with console() as seen:
        await at_the_lamp(seen)
        await seen.shows("38 W┤")
        await seen.head.stop()
        await until(lambda: not seen.app.session.city.up)
        await seen.shows("38 W┤")
        await seen.press("up")
        await seen.shows("départ A-003/1", "Inconnu tant que")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("status", ["queued", "open", "closing", "closed", "failed"])
async def test_what_allo_proximite_has_stands_in_the_row(size: tuple[int, int], status: str) -> None:
    city = SmallCity()
    incident = city.incidents["i-l1"]
    assert incident.ticket
    ticket = incident.ticket.model_copy(update={"status": status})
    city.incidents = {"i-l1": incident.model_copy(update={"ticket": ticket})}
    async with console(size, city=city) as seen:
        await seen.press("4")
        await seen.shows("lampe 0205")
        row = next(line for line in seen.lines if "Lampe éteinte    " in line)
        assert TICKET_SIGNS[status][0][0] in row.partition("0205")[2].partition("│")[0]


async def test_whose_it_is_stands_in_the_row_of_a_wide_screen_and_can_be_searched() -> None:
    city = SmallCity()
    city.incidents["i-l2"] = city.incidents["i-l2"].model_copy(update={"assigned_to": "Marie"})
    async with console((160, 44), city=city) as seen:
        await seen.press("4")
        await seen.shows("confiée", "Marie")
        await seen.press("slash", *"confiée:marie", "enter")
        await seen.shows("1 / 4", "lampe 0603")


def _of(cause: Cause, kind: DeviceKind, asset: str = "x") -> IncidentView:
    return SmallCity().incidents["i-l1"].model_copy(update={"cause": cause, "kind": kind, "asset": asset})


@pytest.mark.parametrize(
    ("incident", "metric"),
    [
        (_of(Cause.LAMP_DEAD, DeviceKind.LAMP), Metric.POWER),
        (_of(Cause.VOLTAGE_SAG, DeviceKind.LAMP), Metric.VOLTAGE),
        (_of(Cause.OVER_TEMPERATURE, DeviceKind.LAMP), Metric.TEMPERATURE),
        (_of(Cause.PHASE_LOST, DeviceKind.PHASE, "A-017/L2"), Metric.VOLTAGE_L2),
        (_of(Cause.BREAKER_TRIP, DeviceKind.CIRCUIT), Metric.POWER),
        (_of(Cause.AP_REBOOTING, DeviceKind.ACCESS_POINT), Metric.UPTIME),
        (_of(Cause.AP_DOWN, DeviceKind.ACCESS_POINT), Metric.CLIENTS),
        (_of(Cause.RADIO_SATURATED, DeviceKind.HOTSPOT), Metric.CLIENTS),
        (_of(Cause.GATEWAY_LOST, DeviceKind.GATEWAY), None),
        (_of(Cause.WIFI_CONTROLLER_LOST, DeviceKind.WIFI_CONTROLLER), None),
    ],
)
def test_each_kind_of_incident_shows_the_figure_that_tells_it(
    incident: IncidentView, metric: Metric | None
) -> None:
    assert metric_of(incident) is metric


async def test_a_lamps_day_is_held_against_what_its_level_should_draw() -> None:
    async with fake_headend() as (head, client):
        day = await day_of_incident(client, head.city.incidents["i-l1"])
        assert day is not None
        broken = [value for at, value in day.measured if at >= BROKE_AT]
        expected = [value for at, value in day.expected if at >= BROKE_AT]
        assert (set(broken), {round(value, 1) for value in expected}) == ({0.4}, {36.4})
        assert day.by_day_before is False


async def test_a_circuits_day_is_held_against_the_day_before_at_the_same_hours() -> None:
    async with fake_headend() as (head, client):
        day = await day_of_incident(client, head.city.incidents["i-b1"])
        assert day is not None
        assert day.by_day_before
        assert [at for at, _ in day.expected] == [at for at, _ in day.measured]
        assert (day.measured[-1][1], day.expected[-1][1]) == (254.8, 254.8)


async def test_what_nobody_ever_heard_of_has_no_day() -> None:
    async with fake_headend() as (head, client):
        unknown = head.city.incidents["i-b1"].model_copy(update={"asset": f"{BREAKER}9"})
        assert await day_of_incident(client, unknown) is None


async def test_several_who_write_through_one_client_are_all_heard() -> None:
    async with fake_headend() as (head, client):
        await asyncio.gather(*(_write(client, number) for number in range(5)))
        assert len(head.city.incidents["i-l1"].notes) == 5


async def _write(client: ApiClient, number: int) -> None:
    await client.note("i-l1", str(number))


@pytest.mark.parametrize("width", [20, 32, 60, 110])
@pytest.mark.parametrize("height", [0, 1, 4, 5, 12, 30])
def test_the_plot_never_leaves_its_room(width: int, height: int) -> None:
    incident = SmallCity().incidents["i-l1"]
    samples = [(at, 36.4) for at in (incident.since, NOW)]
    day = IncidentDay(Metric.POWER, "W", incident.since, NOW, samples, samples)
    lines = evidence_plot(day, incident, Words("fr"), width, height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
