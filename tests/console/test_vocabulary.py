"""The words for causes, kinds, rules and figures: there for every one, in both languages, and with units."""

import pytest

from city.incidents import Cause, State
from city.measurements import DeviceKind, Metric
from city.messages import EvidenceView, IncidentView
from console.cli.ask import _print_incident
from console.evidence import FIGURES, RULES, figures_of, rule_of
from console.i18n import Code, Words
from console.vocabulary import CAUSES, KINDS
from tests.console.small_city import NOW, incidents

BESIDE_THE_PANEL = 23
"""Cells that the longest name of a cause may take in a list."""
NAMED_AS_IN_ENGLISH = {"phase", "radio"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_cause_has_words_of_its_own_in_both_languages(language: Code) -> None:
    words = Words(language)
    said = [words.t(CAUSES[cause]) for cause in Cause]
    assert len(set(said)) == len(Cause)
    assert all(0 < len(each) <= BESIDE_THE_PANEL for each in said)
    assert all("_" not in each for each in said)


def test_french_causes_kinds_and_rules_are_not_left_in_english() -> None:
    words = Words("fr")
    texts = [*CAUSES.values(), *RULES.values(), *(KINDS[kind] for kind in DeviceKind)]
    assert {text for text in texts if words.t(text) == text} == NAMED_AS_IN_ENGLISH


def evidence(rule: str, **figures: float) -> EvidenceView:
    return EvidenceView(rule=rule, at=NOW, figures=figures)


def test_figures_carry_their_unit_and_as_many_digits_as_they_need() -> None:
    seen = evidence(
        "power_factor_below_curve",
        power_w=36.44,
        power_factor=0.714,
        expected_power_factor=0.9,
        ratio=0.62,
        share_pct=92.0,
        temperature_c=86.5,
        voltage_l2_v=0.0,
        starts=41.0,
        lamps_dark=14.0,
        clock_error_s=-754.0,
        silent_s=5400.0,
        relay_closed=0.0,
    )
    assert dict(figures_of(seen, Words("fr"))) == {
        "puissance": "36,4 W",
        "facteur de puissance": "0,71",
        "facteur de puissance attendu": "0,90",
        "mesuré / attendu": "0,62",
        "part": "92 %",
        "température": "86,5 °C",
        "tension L2": "0 V",
        "allumages": "41",
        "lampes éteintes": "14",
        "écart d’horloge": "−12 min",
        "muet depuis": "1 h 30",
        "contacteur fermé": "non",
    }


def test_a_rule_and_a_figure_without_words_of_ours_are_readable_and_harmless() -> None:
    seen = evidence("new_\x1b[31mrule", odd_thing_w=2.0)
    assert rule_of(seen, Words("fr")) == "new [31mrule"
    assert dict(figures_of(seen, Words("fr"))) == {"odd thing w": "2 W"}


def test_every_metric_that_a_lamp_or_cabinet_measures_has_words() -> None:
    wifi = {"up", "uptime_s", "in_octets", "out_octets", "channel"}
    assert {metric.value for metric in Metric} - FIGURES.keys() == {*wifi, "tx_power_dbm"}


def doubtful(**changes: object) -> IncidentView:
    return incidents()["i-b1"].model_copy(update={"probable": True, "reopened": 2, **changes})


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "fr",
            (
                "▲ ouvert     Départ disjoncté      départ A-003/1  rue de la Fonderie  7 points  signalement –"
                "  ≈ probable  ↻ rouvert 2 fois"
            ),
        ),
        (
            "en",
            (
                "▲ open       Breaker tripped       circuit A-003/1  rue de la Fonderie  7 points  ticket –"
                "  ≈ probable  ↻ reopened 2 times"
            ),
        ),
    ],
)
def test_the_command_line_says_what_is_probable_and_what_came_back(
    language: Code, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _print_incident(doubtful(), Words(language))
    line = capsys.readouterr().out
    assert told in line
    assert line.count("\n") == 1


def test_hostile_names_do_not_drive_the_terminal_of_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _print_incident(doubtful(place="\x1b]0;x\x07rue\n", asset="A\x9b31m", state=State.CLEARING), Words("fr"))
    assert "départ A31m  ]0;xrue  7 points" in capsys.readouterr().out
