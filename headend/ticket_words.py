"""What Allô Proximité is told of an incident, in the city's French; no word of it comes from a person."""

from collections.abc import Mapping, Sequence
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
    cabinet: str = ""
    """What feeds it, where that is known."""
    sector: str = ""


_OF_A_LAMP: Mapping[Cause, str] = {
    Cause.LAMP_DEAD: "Lampe éteinte",
    Cause.DRIVER_FAULT: "Lampe en panne (alimentation électronique)",
    Cause.LED_STRING_OUT: "Lampe affaiblie (une partie des LED est éteinte)",
    Cause.DAY_BURNER: "Lampe allumée en plein jour",
    Cause.CYCLING: "Lampe qui s’allume et s’éteint sans cesse",
}
_OF_MANY: Mapping[Cause, str] = {
    Cause.CABINET_SUPPLY_LOSS: "Armoire {asset} sans courant",
    Cause.PHASE_LOST: "Armoire {asset} privée de sa phase {phase}",
    Cause.BREAKER_TRIP: "Départ {asset} coupé",
    Cause.RELAY_STUCK_ON: "Départ {asset} resté allumé",
    Cause.RELAY_STUCK_OFF: "Départ {asset} resté éteint",
}
"""Faults of what feeds lamps; a phase's asset is ``A-017/L2``."""

EXPECTED_POWER = "expected_w"
"""The figure of evidence that says what power a detector expected, W."""
STORM_LIMIT = 3800
"""Characters of a storm's text: a service takes 4,000, with our reference."""


def describe(incident: Incident, place: Place) -> str:
    """The trouble while the incident stands; how it ended once it is over."""
    if incident.state is State.DISMISSED:
        return "Vérification faite : pas de panne. Signalement sans suite."
    if incident.state is State.CLOSED:
        return "Réparation constatée par la télégestion." + _before_and_after(incident)
    again = "Panne revenue après réparation. " if incident.reopened else ""
    return f"{_symptom(incident)} · {place.address}\n{again}Constaté par la télégestion.{_measured(incident)}"


def _symptom(incident: Incident) -> str:
    probable = " (probable)" if incident.probable else ""
    words = _OF_MANY.get(incident.cause)
    if words is None:
        return f"{_OF_A_LAMP.get(incident.cause, 'Panne')}{probable} · {incident.asset}"
    asset, phase = incident.asset, ""
    if incident.cause is Cause.PHASE_LOST:
        asset, _, phase = asset.partition("/")
    return f"{words.format(asset=asset, phase=phase)}{probable} : {_points(incident.points)}"


def _points(number: int) -> str:
    return f"{number} point lumineux" if number == 1 else f"{number} points lumineux"


def describe_storm(causes: Sequence[tuple[str, str]], points: int) -> str:
    """One text for many causes at once, each given as its own description and its sector ("" if not known)."""
    sectors = sorted({sector for _, sector in causes if sector})
    where = f" · {'secteurs' if sectors[1:] else 'secteur'} {', '.join(sectors)}" if sectors else ""
    text = f"Orage ou panne étendue : {len(causes)} causes, {_points(points)}{where}\nConstaté par la télégestion."
    for number, (description, _) in enumerate(causes):
        line = "\n– " + description.partition("\n")[0]
        rest = f"\n… et {len(causes) - number} autres"
        if len(text) + len(line) + len(rest) > STORM_LIMIT:
            return text + rest
        text += line
    return text


def describe_storm_over(causes: int, repaired: int, dismissed: int) -> str:
    """How a storm ended."""
    told = [f"réparations constatées : {repaired}", f"sans suite : {dismissed}"]
    if apart := causes - repaired - dismissed:
        told.append(f"encore en panne, désormais signalées une à une : {apart}")
    return f"Épisode terminé, {causes} causes ; {' ; '.join(told)}."


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
