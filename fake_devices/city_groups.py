"""Groups of the simulated city: places that Mulhouse cuts, dims or stages apart; which lamps stand there is made up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fake_devices.city_plan import CityPlan, LampPlan


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Some lamps of some streets."""

    id: str
    name: str
    streets: frozenset[str]
    quarter: str = ""
    """Only the lamps of this quarter; empty: of any."""
    every: int = 1
    """One lamp in so many."""
    first: int = 0
    """Which of them, from 0."""

    def members(self, city: CityPlan) -> tuple[LampPlan, ...]:
        """Its lamps; none where the city is too small to have its streets."""
        lamps = [
            lamp
            for lamp in city.lamps.values()
            if lamp.street in self.streets and self.quarter in {"", lamp.quarter}
        ]
        return tuple(lamps[self.first :: self.every])


WYLER = frozenset({"promenade William-Wyler"})
AROUND_THE_RINK = "abords-patinoire"
"""The street nearest to the ice rink: it has more light while people come and go."""

GROUPS = (
    GroupPlan(
        "place-de-la-reunion",
        "Place de la Réunion, mise en valeur",
        frozenset({"rue Mercière", "rue Henriette", "place Lambert"}),
    ),
    GroupPlan(
        "parc-des-collines",
        "Parc des Collines",
        frozenset({"boulevard Stoessel"}),
        quarter="Coteaux",
        every=3,
    ),
    GroupPlan(
        "mer-rouge", "Parc de la Mer Rouge", frozenset({"rue du Portugal", "rue du Frioul", "rue Kastler"})
    ),
    GroupPlan("promenade-wyler-eau", "Promenade William-Wyler, côté eau", WYLER, every=2),
    GroupPlan("promenade-wyler-arbres", "Promenade William-Wyler, cimes", WYLER, every=2, first=1),
    GroupPlan(
        AROUND_THE_RINK, "Abords de la patinoire", frozenset({"rue de l'Illberg"}), quarter="Haut-Poirier"
    ),
    GroupPlan("voie-sud", "Voie Sud", frozenset({"quai d'Alger"})),
    GroupPlan(
        "arcades-un-sur-deux",
        "Arcades, un luminaire sur deux",
        frozenset({"avenue Foch", "avenue Joffre", "rue de la Bourse"}),
        every=2,
    ),
)
"""The places of the city's sobriety plan of November 2022, and a square that is staged."""


def groups(city: CityPlan) -> Iterator[dict[str, Any]]:
    """The groups that have lamps, as docs/inventory-file.md has them."""
    for group in GROUPS:
        if members := group.members(city):
            yield {"id": group.id, "name": group.name, "members": [lamp.id for lamp in members]}


def category(lamp: LampPlan) -> str:
    """The letter of the arrêté of 27 December 2018: b for promenades, as for parks, a for roads."""
    return "b" if lamp.street in WYLER else "a"
