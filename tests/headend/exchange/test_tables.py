"""Tables of others: separators, decimals, encodings and the names of columns."""

from pathlib import Path

import pytest

from city.errors import BadInput
from headend.exchange.merging import parts
from headend.exchange.tables import read_table, write_table
from tests.headend.exchange.small_city import CITY, Town, city

FRENCH = (
    "Id_PL;Armoire;Départ;Voie;Type lampe;Puissance;Hauteur;X;Y;Commune;Date pose;Observations\r\n"
    "PL-1;A-017;2;rue Mercière;SHP;100;8,5;1025000,25;6747000,5;Mulhouse;31/05/2012;à élaguer\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_french_spreadsheet_comes_in_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    town = Town(tmp_path, city())
    outcome = town.import_(FRENCH.encode(encoding))
    assert not outcome.bad
    assert town.properties("PL-1") == {
        "kind": "light-point", "id": "PL-1", "cabinet": "A-017", "circuit": "A-017/2", "street": "rue Mercière",
        "lamp_type": "SHP 100 W", "height_m": 8.5, "zone": "Mulhouse", "installed": "2012-05-31",
    }  # fmt: skip
    assert outcome.ignored == {"Observations": 1}
    longitude, latitude = town.coordinates("PL-1")
    assert 7.3 < longitude < 7.4
    assert 47.7 < latitude < 47.8
    assert not town.import_(FRENCH.encode(encoding)).written


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("id,lat,lon\nP,47.75,7.34\n", [7.34, 47.75]),
        ("id;lat;lon\nP;47,75;7,34\n", [7.34, 47.75]),
        ('id,lat,lon\nP,"47,75","7,34"\n', [7.34, 47.75]),
        ("id\tlat\tlon\nP\t47.75\t7.34\n", [7.34, 47.75]),
        ('id,geo_point_2d\nP,"47.75, 7.34"\n', [7.34, 47.75]),
        ("id,x,y,longitude,latitude\nP,700000,6600000,3,46.5\n", [3.0, 46.5]),
        ("id;x;y\nP;700 000;6 600 000\n", [3.0, 46.5]),
    ],
)
def test_positions_are_read_however_they_are_written(tmp_path: Path, text: str, place: list[float]) -> None:
    town = Town(tmp_path)
    assert not town.import_(text).bad
    assert town.coordinates("P") == pytest.approx(place, abs=1e-9)


def test_a_row_is_named_by_its_line_even_after_cells_of_several_lines(tmp_path: Path) -> None:
    rows = read_table('id,lat,lon,street\nP1,47,7,"two\nlines"\nP2,47,x,rue\n', "light-point", None, "file")
    assert [(bad.number, bad.id) for bad in rows.bad] == [(4, "P2")]
    assert [row.number for row in rows.rows] == [2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: got ''"),
        ("id,street\nP,rue\n", "expected columns with a position"),
        ("nothing at all", "expected columns with a position"),
        ("\x00\x01\x02", "expected columns with a position"),
    ],
)
def test_what_is_no_table_of_places_is_refused_in_one_line(text: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_table(text, "light-point", None, "file.csv")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", ["light-point", "cabinet", "access-point"])
def test_every_kind_has_a_table_that_comes_in_again(tmp_path: Path, kind: str) -> None:
    assert kind in {"light-point", "cabinet", "access-point"}
    town = Town(tmp_path, city())
    text = write_table(parts(CITY, kind), kind)  # type: ignore[arg-type]
    outcome = town.import_(text, kind=kind)
    assert (outcome.bad, outcome.changed, outcome.ignored) == ([], [], {})
    assert outcome.unchanged == len(list(parts(CITY, kind)))  # type: ignore[arg-type]


def test_cabinets_come_in_from_a_table(tmp_path: Path) -> None:
    town = Town(tmp_path)
    outcome = town.import_(
        "armoire;lat;lon;host;port;profil;departs;pdl;puissance_souscrite\n"
        "A-9;47,7;7,3;10.0.0.9;502;falotier-cabinet;1:permanent 2:night;500123;12,5 kW\n",
        kind="cabinet",
    )
    assert (outcome.bad, outcome.incomplete) == ([], ())
    assert town.properties("A-9") == {
        "kind": "cabinet", "id": "A-9", "modbus": {"host": "10.0.0.9", "port": 502}, "profile": "falotier-cabinet",
        "circuits": [{"number": 1, "feed": "permanent"}, {"number": 2, "feed": "night"}],
        "metering_point": "500123", "subscribed_kw": 12.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "key", "expected"),
    [
        ("P;47;7;;;soon;", "installed", "a date such as 2020-05-31"),
        ("P;47;7;huit;;;", "height_m", "a number"),
        ("P;47;7;;L7;;", "phase", "'L1', 'L2' or 'L3'"),
        ("P;47;7;;;;z", "category", "'a'"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_with_its_key(
    tmp_path: Path, cells: str, key: str, expected: str
) -> None:
    outcome = Town(tmp_path).import_(f"id;lat;lon;hauteur;phase;date pose;catégorie\n{cells}\n")
    assert [(bad.key, expected in bad.expected) for bad in outcome.bad] == [(key, True)], outcome.bad


def test_phases_have_three_names(tmp_path: Path) -> None:
    town = Town(tmp_path)
    assert not town.import_("id,lat,lon,phase\nP1,47,7,R\nP2,47,7,2\nP3,47,7,l3\n").bad
    assert [town.properties(name)["phase"] for name in ("P1", "P2", "P3")] == ["L1", "L2", "L3"]
