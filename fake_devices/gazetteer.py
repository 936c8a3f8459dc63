"""The names and rough places of Mulhouse that the simulated city is built from.

Sectors, quarters and street names are the city's own; which street lies in which quarter, every position and
every number is fictional. Quarter centres are rough points, good enough to draw a map.
"""

from dataclasses import dataclass

from city.places import Position

NOTE = "Simulated city: names are Mulhouse's, positions, equipment and readings are fictional."
"""Stands in every file that the simulation writes."""

SITE = Position(47.75, 7.34)
"""Where controllers with their factory programme believe they are, WGS 84."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the city, with the streets that its cabinets feed."""

    number: int
    """First half of its light points' ids."""
    name: str
    sector: str
    gateway: str
    centre: Position
    weight: float
    """Its share of the city's cabinets, relative to the others."""
    streets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A public place with Wi-Fi."""

    id: str
    name: str
    sector: str
    position: Position
    prefix: str
    """Middle of its access points' ids: ``AP-PAT-01``."""
    weight: float
    """Its share of the city's access points, relative to the others."""
    clients_per_radio: int
    watched: bool = False
    """Whether the city looks at it first."""
    opens: str = ""
    """When it is open, as OpenStreetMap writes opening hours; empty: always, or nobody says."""
    controller: str = ""
    """The Wi-Fi controller that speaks for its access points; empty: they stand alone."""


QUARTERS: tuple[Quarter, ...] = (
    Quarter(
        1,
        "Bourtzwiller",
        "Bourtzwiller",
        "GW-1",
        Position(47.7705, 7.3290),
        1.4,
        ("rue de Soultz", "rue Seguin", "rue Kastler"),
    ),
    Quarter(
        2,
        "Wolf-Wagner",
        "D8",
        "GW-2",
        Position(47.7590, 7.3520),
        0.8,
        ("rue de Bâle", "rue du Moenchsberg"),
    ),
    Quarter(
        3,
        "Vauban-Neppert-Sellier-Waldner",
        "D8",
        "GW-2",
        Position(47.7560, 7.3440),
        1.0,
        ("rue Neppert", "rue Buhler"),
    ),
    Quarter(
        4,
        "Franklin-Fridolin",
        "D8",
        "GW-2",
        Position(47.7535, 7.3345),
        1.0,
        ("rue Franklin", "avenue de Colmar"),
    ),
    Quarter(
        5,
        "Drouot-Barbanègre",
        "Drouot-Barbanègre",
        "GW-3",
        Position(47.7545, 7.3640),
        1.0,
        ("rue de Bâle", "rue du Frioul"),
    ),
    Quarter(
        6,
        "Fonderie",
        "Mulhouse Grand Centre",
        "GW-4",
        Position(47.7400, 7.3308),
        0.9,
        ("rue du Manège", "quai d'Alger"),
    ),
    Quarter(
        7,
        "Europe-Bassin-Nordfeld",
        "Mulhouse Grand Centre",
        "GW-4",
        Position(47.7503, 7.3472),
        1.2,
        ("boulevard de l'Europe", "promenade William-Wyler", "rue de Metz"),
    ),
    Quarter(
        8,
        "Centre historique",
        "Mulhouse Grand Centre",
        "GW-4",
        Position(47.7467, 7.3386),
        1.6,
        (
            "rue du Sauvage",
            "rue Mercière",
            "rue de la Lanterne",
            "rue Henriette",
            "place Lambert",
            "rue de l'Arsenal",
            "rue des Franciscains",
            "rue des Trois-Rois",
            "rue Wilson",
            "rue du Raisin",
            "place Guillaume-Tell",
            "rue de la Sinne",
        ),
    ),
    Quarter(
        9,
        "Rebberg",
        "Mulhouse Grand Centre",
        "GW-4",
        Position(47.7385, 7.3440),
        0.9,
        ("rue du Jardin-Zoologique", "avenue d'Altkirch", "avenue du Général-Leclerc", "rue de la Bourse"),
    ),
    Quarter(
        10,
        "Cité-Briand",
        "Manufactures",
        "GW-5",
        Position(47.7520, 7.3260),
        1.0,
        ("rue Saint-Sauveur", "avenue de Colmar"),
    ),
    Quarter(
        11,
        "Daguerre",
        "Manufactures",
        "GW-5",
        Position(47.7465, 7.3230),
        0.7,
        ("rue Jules-Ehrmann", "avenue Foch"),
    ),
    Quarter(
        12,
        "Doller",
        "Manufactures",
        "GW-5",
        Position(47.7580, 7.3200),
        0.8,
        ("rue de Soultz", "avenue Joffre"),
    ),
    Quarter(
        13,
        "Brustlein",
        "Manufactures",
        "GW-5",
        Position(47.7430, 7.3190),
        0.7,
        ("rue du Manège", "place de la République"),
    ),
    Quarter(
        14,
        "Coteaux",
        "West",
        "GW-6",
        Position(47.7370, 7.3040),
        1.0,
        ("boulevard Stoessel", "rue du Portugal"),
    ),
    Quarter(
        15,
        "Dornach",
        "West",
        "GW-6",
        Position(47.7490, 7.3060),
        1.1,
        ("rue de l'Illberg", "boulevard Stoessel"),
    ),
    Quarter(
        16,
        "Haut-Poirier",
        "West",
        "GW-6",
        Position(47.7330, 7.3170),
        0.7,
        ("rue de l'Illberg", "rue Kastler"),
    ),
)

WIFI_CONTROLLER = "WLC-1"
HOTSPOTS: tuple[Hotspot, ...] = (
    Hotspot(
        "patinoire",
        "Patinoire",
        "West",
        Position(47.7352, 7.3168),
        "PAT",
        12.0,
        50,
        watched=True,
        opens="Mo-Su 09:00-23:30",
    ),
    Hotspot(
        "uha",
        "UHA, campus Illberg",
        "West",
        Position(47.7339, 7.3117),
        "UHA",
        16.0,
        50,
        watched=True,
        opens="Mo-Fr 07:30-20:00; Sa 08:00-12:00; PH off",
    ),
    Hotspot(
        "centre-ville",
        "Centre-ville",
        "Mulhouse Grand Centre",
        Position(47.7467, 7.3386),
        "CTR",
        20.0,
        40,
        watched=True,
        controller=WIFI_CONTROLLER,
    ),
    Hotspot("camping", "Camping de l'Ill", "West", Position(47.7340, 7.3230), "CAM", 4.0, 30),
    Hotspot(
        "plaine-des-sports",
        "Plaine des Sports",
        "West",
        Position(47.7380, 7.3200),
        "SPO",
        8.0,
        40,
        opens="Mo-Su 08:00-22:30",
    ),
    Hotspot(
        "gare",
        "Gare centrale",
        "Mulhouse Grand Centre",
        Position(47.7418, 7.3428),
        "GAR",
        6.0,
        50,
        opens="Mo-Su 04:30-01:00",
        controller=WIFI_CONTROLLER,
    ),
    Hotspot(
        "musees",
        "Musées",
        "Mulhouse Grand Centre",
        Position(47.7452, 7.3379),
        "MUS",
        4.0,
        30,
        opens="Mo 10:00-18:30; We-Su 10:00-18:30",
    ),
)
"""The places that have been named for city Wi-Fi; small cities have only the first of them."""
