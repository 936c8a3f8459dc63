"""The Wi-Fi screen: places with their day and what is ahead, access points and radios, and what is wrong there."""

from datetime import timedelta

import pytest

from city.measurements import DeviceKind
from city.messages import Live
from city.wifi_views import SsidView
from console.i18n import Code
from console.widgets.table import Table
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.small_city import NOW, SmallCity

SIZES = [(80, 24), (120, 36), (160, 45)]


async def _point_at(seen: Console, name: str) -> None:
    await seen.press("5")
    await seen.shows("Patinoire")
    seen.app.frame.seek(None, name)  # type: ignore[union-attr]
    await until(lambda: seen.app.screen.query_one(Table).cursor == name)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "legend"),
    [("fr", ("clients", "habituel", "prévu")), ("en", ("clients", "usual", "foreseen"))],
)
async def test_a_place_shows_its_day_against_the_usual_one_and_what_is_ahead(
    size: tuple[int, int], language: Code, legend: tuple[str, ...]
) -> None:
    async with console(size, language) as seen:
        await _point_at(seen, "patinoire")
        await seen.shows(*legend, "░", "╌", "━", "★ Scorpions – Anglet")
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_a_place_says_when_it_is_expected_to_be_full_and_how_it_grows() -> None:
    async with console((120, 36)) as seen:
        await _point_at(seen, "patinoire")
        await seen.shows(
            "△ plein vers 22:00", "212 clients sur 320", "d’habitude 148", "+1,8 % par mois (+0,9 % à +2,7 %)"
        )
        await seen.shows("Heure de pointe", "▸ jours d’événement", "20 h", "Mulhouse-WiFi")


async def test_a_full_place_says_since_when_and_what_would_help_with_the_figures_for_it() -> None:
    async with console((120, 36)) as seen:
        await _point_at(seen, "centre-ville")
        await seen.shows("▲ saturé depuis 20:52", "┄ saturé", "Ce qui aiderait", "Borne Wi-Fi coupée")
        await seen.shows("1 Remettre en service ce qui est en panne", "−18 │", "1, charge aux heures pleines")
        await seen.shows("2 Orienter les appareils vers le 5 GHz", "AP-CEN-02: charge de la radio 96 %")


async def test_what_is_full_switched_off_or_old_has_a_sign_and_a_word_of_its_own() -> None:
    async with console((120, 36)) as seen:
        await seen.press("5", "asterisk")
        await seen.shows("✖ 4 / 5 ▲", "▲ saturé")
        await _point_at(seen, "AP-UHA-03")
        await seen.shows("◷ 12 min")
        await _point_at(seen, "AP-UHA-04/2")
        await seen.shows("○ éteinte")


async def test_what_is_full_is_found_by_its_state() -> None:
    async with console((120, 36)) as seen:
        await seen.press("5")
        await seen.shows("AP-CEN-02")
        await seen.press("slash", *"état:saturé")
        await seen.shows("AP-CEN-02")
        await seen.hides("AP-PAT-01", "AP-CEN-01")


async def test_a_place_that_is_still_read_says_so_and_the_screen_goes_on() -> None:
    async with console((120, 36)) as seen:
        seen.head.history_known.clear()
        await _point_at(seen, "patinoire")
        await seen.shows("Lecture de l’historique…", "212 clients")
        await _point_at(seen, "AP-PAT-01")
        await seen.shows("clients, 24 h")
        seen.head.history_known.set()
        await _point_at(seen, "patinoire")
        await seen.shows("╌ habituel")


async def test_a_place_without_history_says_so_and_never_zero() -> None:
    async with console((120, 36)) as seen:
        await _point_at(seen, "camping")
        await seen.shows("Historique encore trop court : 3 jours")
        panel = "\n".join(line[68:] for line in seen.lines[1:-1])
        assert " 0 client" not in panel
        assert "╌ habituel" not in panel


async def test_an_access_point_shows_its_day_who_speaks_for_it_its_radios_and_its_networks() -> None:
    async with console((120, 36)) as seen:
        await _point_at(seen, "AP-CEN-02")
        await seen.shows("clients, 24 h", "occupation de la radio la plus chargée, 24 h")
        await seen.shows("falotier-wlc", "WLC-1", "radio 1  canal 6", "Mulhouse-WiFi 20 · eduroam 10")


async def test_a_radio_shows_its_day_its_channel_and_its_noise() -> None:
    async with console((120, 36)) as seen:
        await _point_at(seen, "AP-PAT-01/2")
        await seen.shows("occupation, 24 h", "canal", "44", "-92 dBm")


async def test_an_access_point_that_never_answered_has_no_day_and_says_so() -> None:
    async with console((120, 36)) as seen:
        await _point_at(seen, "AP-CEN-03")
        await seen.shows("Rien n’a été mesuré ces dernières 24 heures.", "✖ coupé", "Borne Wi-Fi coupée")


async def test_the_panel_takes_the_whole_screen_and_the_cursor_still_moves() -> None:
    async with console((80, 24)) as seen:
        await _point_at(seen, "patinoire")
        await seen.press("z")
        await seen.hides("lieu · borne · radio")
        await seen.shows("Heure de pointe", "Scorpions – Anglet")
        await seen.press("down")
        await seen.shows("AP-PAT-01")
        await seen.press("escape")
        await seen.shows("lieu · borne · radio")
        assert seen.app.current_mode == "wifi"


async def test_access_points_that_are_not_on_file_are_counted_in_the_frame() -> None:
    async with console((120, 36), city=SmallCity(proposals=2)) as seen:
        await seen.press("5")
        await seen.shows("12 bornes sur 13 en service · ? 2 inconnues")


async def test_a_head_end_that_goes_away_leaves_what_was_known_on_screen() -> None:
    async with console((120, 36)) as seen:
        await _point_at(seen, "patinoire")
        await seen.shows("△ plein vers 22:00", "╌ habituel")
        await seen.head.stop()
        await seen.shows("Tête de réseau")
        await seen.press("down")
        await seen.shows("Inconnu tant que la tête de réseau est absente.")
        await seen.press("up")
        await seen.shows("△ plein vers 22:00", "╌ habituel", "212 clients")


def _city_in_trouble() -> SmallCity:
    """A controller lost with two access points, a radio full of noise, a place cut off."""
    city = SmallCity()
    model = city.incidents["i-a1"]
    for key, kind, asset, place, suppressed in (
        ("i-w1", DeviceKind.WIFI_CONTROLLER, "WLC-1", "WLC-1", ("AP-CEN-01", "AP-CEN-02")),
        ("i-r1", DeviceKind.RADIO, "AP-PAT-02/1", "Patinoire", ()),
        ("i-h1", DeviceKind.HOTSPOT, "uha", "UHA", ()),
    ):
        update = {"id": key, "kind": kind, "asset": asset, "place": place, "suppressed": suppressed}
        city.incidents[key] = model.model_copy(update=update)
    return city


async def test_what_befalls_a_place_its_access_points_or_their_controller_stands_in_the_panel() -> None:
    async with console((120, 36), city=_city_in_trouble()) as seen:
        await _point_at(seen, "AP-CEN-01")
        await seen.shows("Borne Wi-Fi coupée WLC-1")
        await _point_at(seen, "patinoire")
        await seen.shows("Borne Wi-Fi coupée AP-PAT-02/1")
        await _point_at(seen, "AP-UHA-01")
        await seen.shows("Borne Wi-Fi coupée uha")


@pytest.mark.parametrize(
    ("search", "cursor"), [("ap-pat-02", "AP-PAT-02/1"), ("uha", "uha")], ids=["radio", "place"]
)
async def test_enter_on_an_incident_of_the_wifi_leads_to_what_it_befalls(search: str, cursor: str) -> None:
    async with console((120, 36), city=_city_in_trouble()) as seen:
        await seen.press("4", "slash", *search, "enter", "enter")
        await seen.shows("Wi-Fi de la ville")
        await until(lambda: seen.app.screen.query_one(Table).cursor == cursor)


async def test_enter_on_a_lost_controller_leads_to_its_access_points() -> None:
    async with console((120, 36), city=_city_in_trouble()) as seen:
        await seen.press("4", "slash", *"wlc-1", "enter")
        await seen.shows("Entraîne 2 bornes", "AP-CEN-01 AP-CEN-02")
        await seen.press("enter")
        await seen.shows("contrôleur:WLC-1", "AP-CEN-01")
        await seen.hides("AP-PAT-01")


async def test_hostile_names_of_networks_events_and_profiles_are_shown_as_text() -> None:
    city = SmallCity()
    city.access_points["AP-PAT-01"] = city.access_points["AP-PAT-01"].model_copy(
        update={
            "source": "\x1b[31m[/x]{0}profil",
            "controller": "WLC\x07[bold]",
            "ssids": (SsidView(name="\x1b]0;x\x07[red]net", clients=1),),
        }
    )
    async with console((120, 36), city=city) as seen:
        await _point_at(seen, "AP-PAT-01")
        await seen.shows("[31m[/x]{0}profil", "WLC[bold]", "]0;x[red]net 1")
        spots = tuple(
            spot.model_copy(update={"event": "\x1b[2J[/]match"}) for spot in city.summary().hotspots
        )
        await seen.push(Live(summary=city.summary().model_copy(update={"hotspots": spots})))
        await _point_at(seen, "patinoire")
        await seen.shows("★ [2J[/]match")
        assert "\x1b" not in seen.text


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_city_says_which_place_is_full_what_takes_place_and_when_another_will_be_full(
    size: tuple[int, int],
) -> None:
    async with console(size) as seen:
        await seen.shows("▲ saturé depuis 20:52", "△ plein vers 22:00", "★ Scorp")
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_a_load_that_is_old_carries_its_age_in_the_city() -> None:
    city = SmallCity()
    async with console((120, 36), city=city) as seen:
        spots = tuple(
            spot.model_copy(update={"at": NOW - timedelta(minutes=41)}) for spot in city.summary().hotspots
        )
        await seen.push(Live(summary=city.summary().model_copy(update={"hotspots": spots})))
        await seen.shows("◷ 41 min")


@pytest.mark.parametrize(
    ("size", "drawn"), [((80, 24), "━━━"), ((120, 36), "█████")], ids=["a line each", "the first set apart"]
)
async def test_a_city_with_many_places_names_them_all_and_what_is_special_comes_before_blank_lines(
    size: tuple[int, int], drawn: str
) -> None:
    city = SmallCity()
    async with console(size, city=city) as seen:
        spots = list(city.summary().hotspots)
        spots += [
            spots[1].model_copy(update={"id": f"p{number}", "name": f"Place {number}", "watched": False})
            for number in range(4)
        ]
        await seen.push(Live(summary=city.summary().model_copy(update={"hotspots": tuple(spots)})))
        await seen.shows("Centre-ville", "UHA", "Camping", *(f"Place {number}" for number in range(4)))
        await seen.shows("▲ saturé depuis 20:52", "△ plein vers 22:00", drawn)
        assert all(len(line) <= size[0] for line in seen.lines)
