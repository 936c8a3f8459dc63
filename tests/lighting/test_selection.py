import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from lighting.inventory import Group, Inventory
from lighting.selection import MOST_LAMPS, select, shortened
from tests.lighting.small_city import inventory

CITY = inventory()


@pytest.mark.parametrize(
    ("selector", "points"),
    [
        ("001-101", 1),
        ("lamp:001-101", 1),
        ("A-001/2", 4),
        ("circuit:a-001/2", 4),
        ("A-001", 8),
        (" cabinet: A-001 ", 8),
        ("sector:Drouot-Barbanègre", 8),
        ("sector:drouot-barbanegre", 8),
        ("QUARTER:CENTRE HISTORIQUE", 8),
        ("street:rue Merciere", 8),
        ("all", 16),
    ],
)
def test_every_form_of_selector_means_its_points_whatever_the_case_and_accents(
    selector: str, points: int
) -> None:
    assert len(select(CITY, selector)) == points


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("street:rue Mercier", "did you mean rue Mercière?"),
        ("sector:drouot", "no sector"),
        ("001-10", "did you mean 001-10"),
        ("sektor:D8", "did you mean sector?"),
        ("circuit:A-001", "A-001/1"),
        ("", "sector:NAME"),
        ("nothing at all", "no lamp, circuit or cabinet"),
        ("lamp:", "no lamp"),
    ],
)
def test_a_selector_that_means_nothing_is_refused_in_one_line_with_the_nearest_names(
    selector: str, hint: str
) -> None:
    with pytest.raises(BadInput) as told:
        select(CITY, selector)
    assert hint in str(told.value)
    assert "\n" not in str(told.value)


RICH = Inventory(
    {
        point.id: replace(point, zone="Illzach", support="M-7", owner="Région", category="b")
        if point.circuit == "A-001/2"
        else point
        for point in CITY.light_points.values()
    },
    CITY.cabinets,
    CITY.lamp_types,
    {
        "berges": Group("berges", "Berges de l'Ill", frozenset({"001-101", "001-102"})),
        "eau": Group("eau", "Au bord de l'eau", frozenset({"berges", "001-201"})),
        "empty": Group("empty", "Rien", frozenset()),
    },
)


@pytest.mark.parametrize(
    ("selector", "points"),
    [
        ("group:berges", ["001-101", "001-102"]),
        ("group: BERGES DE L'ILL", ["001-101", "001-102"]),
        ("group:eau", ["001-101", "001-102", "001-201"]),
        ("zone:illzach", 4),
        ("support:m-7", 4),
        ("owner:region", 4),
        ("category:B", 4),
        ("type:led-60", 16),
    ],
)
def test_groups_zones_supports_owners_categories_and_types_are_selectors_too(
    selector: str, points: int | list[str]
) -> None:
    found = select(RICH, selector)
    assert (len(found) if isinstance(points, int) else [point.id for point in found]) == points


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("group:berge", "did you mean berges"),
        ("group:empty", "group empty holds no light point"),
        ("zone:Mulhouse", "no zone is called"),
        ("grupe:berges", "did you mean group?"),
        ("zone:", "no zone is called"),
    ],
)
def test_a_group_or_zone_that_is_none_is_refused_with_the_nearest_names(selector: str, hint: str) -> None:
    with pytest.raises(BadInput, match=hint.replace("?", r"\?")):
        select(RICH, selector)


def test_in_an_empty_inventory_not_even_all_means_anything() -> None:
    with pytest.raises(BadInput):
        select(Inventory(), "all")


@given(st.text(max_size=40))
def test_no_text_makes_it_raise_anything_but_bad_input_or_select_nothing(selector: str) -> None:
    with contextlib.suppress(BadInput):
        assert select(CITY, selector)


def test_several_lamps_are_named_one_by_one_and_none_of_them_counts_twice() -> None:
    names = [point.id for point in select(CITY, "all")][:3]
    found = select(CITY, f" lamps:{names[2]}, {names[0].upper()},{names[2]}".strip())
    assert [point.id for point in found] == [names[0], names[2]]


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("lamps:no-such", "no lamp is called 'no-such'"),
        ("lamps:", "no lamp is called ''"),
        (
            "lamps:" + "x," * MOST_LAMPS,
            f"got {MOST_LAMPS + 1} lamps one by one, expected {MOST_LAMPS} at most",
        ),
    ],
)
def test_lamps_that_are_none_or_too_many_are_refused(selector: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        select(CITY, selector)


def test_many_lamps_are_shortened_for_people_and_nothing_else_is() -> None:
    assert shortened("lamps:a,b,c,d,e") == "lamps:a,b,c,… (5)"
    for selector in ("lamps:a,b,c", "street:a,b,c,d,e", "all", "A-001/1"):
        assert shortened(selector) == selector
