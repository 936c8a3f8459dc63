"""What a clerk at Allô Proximité reads."""

from dataclasses import replace

import pytest

from city.incidents import Cause
from headend.desk import PUBLIC_CAUSES
from headend.ticket_words import STORM_LIMIT, describe, describe_storm, describe_storm_over
from tests.headend.desk_scene import PLACE, back, incident, repaired

FIRST_LINES = {
    Cause.LAMP_DEAD: ("08-1173", 0, "Lampe éteinte · 08-1173"),
    Cause.DRIVER_FAULT: ("08-1173", 0, "Lampe en panne (alimentation électronique) · 08-1173"),
    Cause.LED_STRING_OUT: ("08-1173", 0, "Lampe affaiblie (une partie des LED est éteinte) · 08-1173"),
    Cause.DAY_BURNER: ("08-1173", 0, "Lampe allumée en plein jour · 08-1173"),
    Cause.CYCLING: ("08-1173", 0, "Lampe qui s’allume et s’éteint sans cesse · 08-1173"),
    Cause.CABINET_SUPPLY_LOSS: ("A-017", 60, "Armoire A-017 sans courant : 60 points lumineux"),
    Cause.PHASE_LOST: ("A-017/L2", 20, "Armoire A-017 privée de sa phase L2 : 20 points lumineux"),
    Cause.BREAKER_TRIP: ("A-017/2", 1, "Départ A-017/2 coupé : 1 point lumineux"),
    Cause.RELAY_STUCK_ON: ("A-017/2", 43, "Départ A-017/2 resté allumé : 43 points lumineux"),
    Cause.RELAY_STUCK_OFF: ("A-017/2", 43, "Départ A-017/2 resté éteint : 43 points lumineux"),
}


def test_every_cause_that_goes_public_has_its_words() -> None:
    assert FIRST_LINES.keys() == PUBLIC_CAUSES


@pytest.mark.parametrize("cause", sorted(FIRST_LINES))
def test_each_cause_is_told_in_plain_french_with_how_many_lamps_it_takes(cause: Cause) -> None:
    asset, points, line = FIRST_LINES[cause]
    told = describe(incident(asset, cause, points), PLACE)
    assert told.startswith(f"{line} · rue Franklin, Mulhouse\nConstaté par la télégestion.")


def test_what_is_only_probable_is_said_to_be() -> None:
    trip = replace(incident("A-017/2", Cause.BREAKER_TRIP, 43), probable=True)
    assert describe(trip, PLACE).startswith("Départ A-017/2 coupé (probable) : 43 points lumineux · ")
    dead = replace(incident(), probable=True)
    assert describe(dead, PLACE).startswith("Lampe éteinte (probable) · 08-1173 · ")


def test_what_is_back_is_said_to_be() -> None:
    told = describe(back(repaired(incident())), PLACE)
    assert "\nPanne revenue après réparation. Constaté par la télégestion." in told


def test_a_storm_is_told_with_its_causes_points_and_sectors() -> None:
    causes = [
        ("Départ A-001/1 coupé : 12 points · rue A\nConstaté", "D9"),
        ("Lampe éteinte · 08-1 · rue B", "D8"),
    ]
    assert describe_storm(causes, 13) == (
        "Orage ou panne étendue : 2 causes, 13 points lumineux · secteurs D8, D9\n"
        "Constaté par la télégestion.\n"
        "– Départ A-001/1 coupé : 12 points · rue A\n"
        "– Lampe éteinte · 08-1 · rue B"
    )


def test_a_storm_too_long_to_be_told_in_full_says_how_much_is_left_out() -> None:
    told = describe_storm([(f"Lampe éteinte · 08-{n} · rue Franklin, Mulhouse", "") for n in range(500)], 500)
    assert len(told) <= STORM_LIMIT
    listed = told.count("– Lampe")
    assert told.endswith(f"… et {500 - listed} autres")


def test_the_end_of_a_storm_says_what_became_of_its_causes() -> None:
    assert describe_storm_over(27, 24, 1) == (
        "Épisode terminé, 27 causes ; réparations constatées : 24 ; sans suite : 1 ; "
        "encore en panne, désormais signalées une à une : 2."
    )
