import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lighting.line_numbers import Path, line_numbers, line_of

TEXT = '''\
# a comment with = and [ ] in it
default = "ville"  # and one behind
"quoted.key" = 'no = sign'

[[programme]]
name = """
two
lines ["""
steps = [
  { at = "20:00", level = 70 },
  { at = { at = "07:00", not_after = "sunrise" },
    level = 30 },  # no TOML 1.0, but no reason to get lost
]

[[programme]]
day = 2026-11-27 10:00:00
off.by . "far" = 1
[[calendar]]
[[calendar.rule]]
[[calendar.rule]]
name = "b"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("default",), 2),
        (("quoted.key",), 3),
        (("programme", 0), 5),
        (("programme", 0, "name"), 6),
        (("programme", 0, "steps", 0, "level"), 10),
        (("programme", 0, "steps", 1, "at", "not_after"), 11),
        (("programme", 0, "steps", 1, "level"), 12),
        (("programme", 1), 15),
        (("programme", 1, "day"), 16),
        (("programme", 1, "off", "by", "far"), 17),
        (("calendar", 0, "rule", 0), 19),
        (("calendar", 0, "rule", 1, "name"), 21),
    ],
)
def test_every_key_has_its_line(path: Path, line: int) -> None:
    assert line_numbers(TEXT)[path] == line


def test_what_is_missing_is_told_on_the_line_of_its_table_and_else_on_the_first() -> None:
    lines = line_numbers(TEXT)
    assert line_of(("calendar", 0, "rule", 1, "programme"), lines) == 20
    assert line_of(("programme", 1, "level"), lines) == 15
    assert line_of(("assignment",), lines) == 1


NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
STRINGS = st.sampled_from(['"x"', "'#'", '"""a\n] b"""', "'''\n[[c]]\n'''", '"q\\"="', '""', "''", '""""""'])
SCALARS = st.sampled_from(["1", "2.5", "true", "2026-02-28", "07:30:00", "inf", "1979-05-27 07:32:00"])
VALUES = st.recursive(
    STRINGS | SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: "[\n" + ",\n# , ] \n".join(each) + "]")
        | st.dictionaries(NAMES, inner, max_size=3).map(
            lambda each: "{ " + ", ".join(f"{key} = {value}" for key, value in each.items()) + " }"
        )
    ),
    max_leaves=6,
)
TABLES = st.lists(
    st.tuples(NAMES, st.booleans(), st.dictionaries(NAMES, VALUES, max_size=4)),
    max_size=4,
    unique_by=lambda table: table[0],
)


@given(tables=TABLES)
def test_in_any_document_every_path_has_the_line_on_which_its_key_was_written(
    tables: list[tuple[str, bool, dict[str, str]]],
) -> None:
    text, written = "", dict[Path, int]()
    for name, is_array, values in tables:
        for number in range(2 if is_array else 1):
            table: Path = (name, number) if is_array else (name,)
            written[table] = text.count("\n") + 1
            text += f"[[{name}]]\n" if is_array else f"[{name}]\n"
            for key, value in values.items():
                written[(*table, key)] = text.count("\n") + 1
                text += f'"{key}" = {value} # {key}\n\n'
    lines = line_numbers(text)
    assert {path: lines[path] for path in written} == written
    assert set(_paths(tomllib.loads(text))) == set(lines)


def _paths(value: Any, path: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in inner for found in [(*path, key), *_paths(each, (*path, key))]]
