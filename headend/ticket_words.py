"""What Allô Proximité is told of an incident, in the city's French; no word of it comes from a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from city.incidents import Cause, Evidence, Incident, State
from city.measurements import Metric
from city.places import Position


@dataclass(frozen=True, slots=True)
class Place:
    """Where a crew has to go."""

    position: Position
    address: str
    """Street and town, from the most specific to the most general."""


_SYMPTOM: Mapping[Cause, str] = {
    Cause.LAMP_DEAD: "Lampe éteinte",
    Cause.DAY_BURNER: "Lampe allumée en plein jour",
}

EXPECTED_POWER = "expected_w"
"""The figure of evidence that says what power a detector expected, W."""


def describe(incident: Incident, place: Place) -> str:
    """The trouble while the incident stands; how it ended once it is over."""
    if incident.state is State.DISMISSED:
        return "Vérification faite : pas de panne. Signalement sans suite."
    if incident.state is State.CLOSED:
        return "Réparation constatée par la télégestion." + _before_and_after(incident)
    if incident.cause is Cause.BREAKER_TRIP:
        lights = "point lumineux" if incident.points == 1 else "points lumineux"
        symptom = f"Départ {incident.asset} coupé : {incident.points} {lights}"
    else:
        symptom = f"{_SYMPTOM.get(incident.cause, 'Panne')} · {incident.asset}"
    return f"{symptom} · {place.address}\nConstaté par la télégestion.{_measured(incident)}"


def _measured(incident: Incident) -> str:
    figures = incident.evidence[-1].figures if incident.evidence else {}
    if Metric.POWER not in figures:
        return ""
    measured = f" Puissance mesurée : {_watts(figures[Metric.POWER])}"
    return (
        f"{measured}, attendue : {_watts(figures[EXPECTED_POWER])}."
        if EXPECTED_POWER in figures
        else f"{measured}."
    )


def _before_and_after(incident: Incident) -> str:
    before, after = _power(incident.evidence[:1]), _power(incident.evidence[1:][-1:])
    if before is None or after is None:
        return ""
    return f" Puissance avant : {_watts(before)}, après : {_watts(after)}."


def _power(evidence: tuple[Evidence, ...]) -> float | None:
    return evidence[0].figures.get(Metric.POWER) if evidence else None


def _watts(value: float) -> str:
    return f"{value:.1f} W".replace(".", ",")
