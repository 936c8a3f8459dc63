"""The six screens, driven by keys and mouse over a live head-end, in both languages and three sizes."""

import pytest

from city.incidents import Cause
from city.measurements import DeviceKind
from city.messages import LampState, Live
from console.i18n import Code, Words
from console.vocabulary import CAUSES
from console.widgets.table import Table
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.small_city import SmallCity

SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "city", "lighting", "incidents"),
    [
        ("fr", "Éclairage", "Points lumineux", "Pannes en cours"),
        ("en", "Lighting", "Light points", "Incidents that stand"),
    ],
)
async def test_every_screen_opens_with_its_number(
    size: tuple[int, int], language: Code, city: str, lighting: str, incidents: str
) -> None:
    async with console(size, language) as seen:
        await seen.shows(city, "179", "/ 196", "21:42:10")
        await seen.press("2")
        await seen.shows(lighting, "0205", "rue Mercière", "0603")
        await seen.press("3")
        await seen.shows("Cinq paliers", "20:00", "189")
        await seen.press("4")
        await seen.shows(incidents, "A-003/1")
        await seen.press("5")
        await seen.shows("AP-CEN-03", "Patinoire")
        await seen.press("6")
        await seen.shows("Marie", "100 % jusqu'à 23:42 : concert place Franklin")
        await seen.press("down")
        await seen.shows("Allô Proximité n° 638344")
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_a_terminal_of_40_by_10_says_so_with_the_essentials_and_recovers() -> None:
    async with console((40, 10)) as seen:
        await seen.shows("Terminal trop petit", "Agrandissez à 60×16", "179 sur 196 allumés", "4 pannes")
        await seen.pilot.resize_terminal(120, 36)
        await seen.shows("Carte", "Cette nuit")


async def test_the_city_shows_hotspots_incidents_map_and_curve_together() -> None:
    async with console() as seen:
        await seen.shows(
            "Centre-ville",
            "91 %",
            "Départ disjoncté",
            "✖ en panne",
            "coucher 16:41",
            "lever 08:03",
            "6,87 kW",
        )


async def test_a_push_repaints_only_what_it_changes() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        changed = seen.head.city.light_points["0205"].model_copy(
            update={"power_w": 31.7, "state": LampState.LIT}
        )
        await seen.push(Live(light_points=(changed,)))
        await seen.shows("31,7 W")


async def test_enter_on_a_figure_goes_to_the_list_behind_it_and_escape_comes_back() -> None:
    async with console() as seen:
        await seen.press("down", "down", "enter")
        await seen.shows("état:en-panne", "2 / 196", "0205", "0603")
        assert "0101" not in seen.text
        await seen.press("escape")
        await seen.hides("état:en-panne")
        await seen.press("escape")
        await seen.shows("Cette nuit")


async def test_enter_on_an_incident_of_the_city_opens_it_and_enter_again_the_lamp() -> None:
    async with console() as seen:
        await seen.press("tab", "tab", "tab", "down", "enter")
        await seen.shows("Pourquoi on le croit", "consomme trop peu", "638344")
        await seen.press("enter")
        await seen.shows("Points lumineux", "0205", "attendu 36,4 W")
        assert seen.app.screen.query_one(Table).cursor == "0205"


def _doubtful_city() -> SmallCity:
    """A gateway that is probably lost, and a phase that was lost for the third time."""
    city = SmallCity()
    model = city.incidents["i-b1"]
    changes: tuple[dict[str, object], ...] = (
        {
            "id": "i-g1",
            "cause": Cause.GATEWAY_LOST,
            "kind": DeviceKind.GATEWAY,
            "asset": "GW-4",
            "place": "GW-4",
            "probable": True,
        },
        {
            "id": "i-p1",
            "cause": Cause.PHASE_LOST,
            "kind": DeviceKind.PHASE,
            "asset": "A-005/L2",
            "place": "rue Franklin",
            "reopened": 2,
        },
    )
    for change in changes:
        city.incidents[str(change["id"])] = model.model_copy(update=change)
    for name, point in city.light_points.items():
        place = {"gateway": f"GW-{name[:2]}", "phase": f"L{int(name) % 3 + 1}"}
        city.light_points[name] = point.model_copy(update=place)
    return city


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "fr",
            (
                "▲ ≈ Passerelle",
                "▲ ↻2 Perte de phase",
                "≈ probable :",
                "↻ rouvert 2 fois",
                "phase A-005/L2 · rue Franklin",
            ),
        ),
        (
            "en",
            (
                "▲ ≈ Gateway lost",
                "▲ ↻2 Phase lost",
                "≈ probable:",
                "↻ reopened 2 times",
                "phase A-005/L2 · rue Franklin",
            ),
        ),
    ],
)
async def test_pannes_shows_what_is_probable_and_what_came_back_with_a_sign_and_in_words(
    size: tuple[int, int], language: Code, texts: tuple[str, ...]
) -> None:
    gateway, phase, probable, reopened, where = texts
    async with console(size, language, _doubtful_city()) as seen:
        await seen.press("4")
        await seen.shows(gateway, phase)
        await seen.press("slash", *"gw-4", "enter")
        await seen.shows(gateway, probable)
        await seen.press("escape", "slash", *"a-005", "enter")
        await seen.shows(phase, reopened, where)
        await seen.hides(probable)
        assert all(len(line) <= size[0] for line in seen.lines)


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_pannes_names_every_cause_in_full(language: Code) -> None:
    model = SmallCity().incidents["i-l2"]
    every = {cause.value: model.model_copy(update={"id": cause.value, "cause": cause}) for cause in Cause}
    words = Words(language)
    async with console((120, 48), language, SmallCity(incidents=every)) as seen:
        await seen.press("4")
        await seen.shows(*(words.t(CAUSES[cause]) for cause in Cause))


async def test_enter_on_a_gateway_or_a_phase_goes_to_its_lamps() -> None:
    async with console(city=_doubtful_city()) as seen:
        await seen.press("4", "slash", *"a-005", "enter", "enter")
        await seen.shows("armoire:A-005", "phase:L2", "5 / 196", "0502")
        await seen.press("escape", "escape", "escape", "slash", *"gw-4", "enter", "enter")
        await seen.shows("passerelle:GW-4", "0 / 196")


async def test_the_help_says_what_the_signs_mean() -> None:
    async with console() as seen:
        await seen.press("4", "question_mark", "end")
        await seen.shows("≈ probable", "↻ rouvert")


async def test_the_search_filters_while_one_types_and_says_how_many_are_left() -> None:
    async with console() as seen:
        await seen.press("2", "slash", *"franklin")
        await seen.shows("14 / 196", "0501")
        await seen.press(*" !0501")
        await seen.shows("13 / 196")
        await seen.press(*" zzz")
        await seen.shows("Rien ne correspond")
        await seen.press("escape")
        await seen.shows("196")


async def test_the_lamp_under_the_cursor_is_told_with_its_reason_and_its_day() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows(
            "demandé",
            "en effet",
            "mesuré",
            "0,4 W",
            "programme · cinq-paliers",
            "niveau, 24 h",
            "Lampe éteinte",
        )


async def test_a_controller_that_holds_another_programme_is_told_apart() -> None:
    async with console() as seen:
        await seen.press("2", "slash", *"0301", "enter")
        await seen.shows("00c1d2e3 ✖ voulu 8f3a21c0")


async def test_wifi_unfolds_down_to_the_radios_and_folds_back() -> None:
    async with console() as seen:
        await seen.press("5")
        await seen.shows("AP-CEN-01", "12 bornes sur 13 en service")
        await seen.press("down", "right", "down")
        await seen.shows("radio 1", "radio 2", "dBm")
        await seen.press("left", "left", "left")
        await seen.hides("AP-CEN-01")


async def test_the_palette_finds_a_street_without_its_accents() -> None:
    async with console() as seen:
        await seen.press("ctrl+p", *"merciere")
        await seen.shows("rue Mercière")
        await seen.press("enter")
        await seen.shows("Points lumineux", "14 / 196")


async def test_the_palette_finds_an_access_point_and_unfolds_its_hotspot() -> None:
    async with console() as seen:
        await seen.press("ctrl+p", *"ap-uha-03")
        await seen.shows("borne Wi-Fi")
        await seen.press("enter")
        await seen.shows("AP-UHA-03")
        await until(lambda: seen.app.screen.query_one(Table).cursor == "AP-UHA-03")


async def test_the_palette_says_when_nothing_has_the_name() -> None:
    async with console() as seen:
        await seen.press("ctrl+p", *"zzzz")
        await seen.shows("Rien ne porte ce nom.")
        await seen.press("escape")
        await seen.shows("Cette nuit")


async def test_the_help_lists_the_keys_of_the_screen_in_the_readers_language() -> None:
    async with console() as seen:
        await seen.press("4", "question_mark")
        await seen.shows("Touches", "prendre en compte", "écarter")
        assert "Scroll" not in seen.text
        await seen.press("escape")
        await seen.hides("Touches")


async def test_the_mouse_goes_everywhere() -> None:
    async with console() as seen:
        bottom = seen.lines[-1]
        await seen.pilot.click(offset=(bottom.index("Wi-Fi"), 35))
        await seen.shows("Wi-Fi de la ville")
        await seen.pilot.click(offset=(bottom.index("Ville"), 35))
        await seen.shows("Cette nuit")
        y = next(y for y, line in enumerate(seen.lines) if "muet" in line)
        await seen.pilot.click(offset=(8, y))
        await seen.shows("état:muet", "7 / 196")


async def test_hostile_names_are_shown_as_text_and_never_run() -> None:
    city = SmallCity()
    evil = city.light_points["0205"].model_copy(
        update={"street": "\x1b[31m[/x][bold]rue {0} %s\x07\u202e", "state": LampState.FAILED}
    )
    city.light_points["0205"] = evil
    key, incident = next(iter(city.incidents.items()))
    city.incidents[key] = incident.model_copy(update={"place": "[/red]\x1b]0;x\x07{y}"})
    async with console(city=city) as seen:
        await seen.shows("[/red]]0;x{y}")
        for number in "23456":
            await seen.press(number)
        await seen.press("2")
        await seen.shows("[31m[/x]")
        assert "\x1b" not in seen.text
        await seen.press("ctrl+p", *"bold")
        await seen.shows("[31m[/x][bold]")


async def test_twenty_thousand_light_points_are_listed_and_filtered() -> None:
    city = SmallCity()
    model = city.light_points["0101"]
    for number in range(20_000):
        name = f"9{number:05}"
        city.light_points[name] = model.model_copy(update={"id": name})
    async with console(city=city) as seen:
        await seen.press("2")
        await seen.shows("20 196")
        await seen.press("slash", *"919999")
        await seen.shows("1 / 20 196", "919999")


async def test_programmes_and_city_show_an_empty_city_without_complaint() -> None:
    async with console(city=SmallCity(light_points={}, access_points={}, incidents={})) as seen:
        await seen.shows("Aucune panne en cours.")
        for number in "23456":
            await seen.press(number)
        await seen.press("4")
        await seen.shows("Aucune panne en cours.")
        await seen.press("a", "s", "d", "enter", "2", "o", "enter", "space", "1")
        await _still_runs(seen)


async def _still_runs(seen: Console) -> None:
    await seen.shows("Mulhouse")
    assert seen.app.is_running
