"""Light plan files: what they say, and what is told of those that say it wrong."""

import importlib
import json
import tomllib
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput, FaultyFile
from city.public_holidays import Region
from lighting.calendars import LAST, Holidays, Span, YearlessDay
from lighting.light_plan import Assignment, plan_of
from lighting.moments import Bounded, Edge
from lighting.plan_tables import schema
from lighting.preview import preview_calendar
from lighting.programme_files import MOST_FAULTS, is_light_plan, read_light_plan
from lighting.programmes import FIVE_STEPS, Step
from tests.lighting.small_city import MULHOUSE

VALIDATOR = importlib.import_module("jsonschema").Draft202012Validator

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = (DOCS / "examples" / "mulhouse.toml").read_text(encoding="utf-8")
PAGE = (DOCS / "programme-file.md").read_text(encoding="utf-8")

PROGRAMME = """\
[[programme]]
name = "nuit"
on = "sunset"
off = "sunrise"
level = 100
"""
CALENDAR = """\
[[calendar]]
name = "ville"
default = "nuit"
"""
RULE = """\
[[calendar.rule]]
name = "fête"
programme = "nuit"
"""
GOOD = PROGRAMME + CALENDAR


def told(text: str) -> list[str]:
    """What is told of a wrong file, line by line, without the file's name."""
    with pytest.raises(FaultyFile) as error:
        read_light_plan(text, "plan.toml")
    assert all(line.startswith("plan.toml: ") for line in error.value.lines)
    return [line.removeprefix("plan.toml: ") for line in error.value.lines]


def test_the_example_of_the_documentation_is_read_whole() -> None:
    plan = read_light_plan(EXAMPLE, "mulhouse.toml")
    assert is_light_plan(EXAMPLE)
    assert set(plan.calendars) == {"ville", "parcs", "sobriete", "sans-eclairage", "patrimoine"}
    assert plan.default == "ville"
    assert plan.assignments[-1] == Assignment("category:b", "parcs")
    heritage = plan.programmes["mise-en-valeur-fete"]
    assert heritage.on == Bounded(time(17), not_before=Edge("sunset"))
    assert heritage.fade == timedelta(minutes=2)
    assert heritage.steps == (Step(Edge("dusk", timedelta(hours=3)), 70.0),)
    assert plan.programmes["extinction"].shortest == timedelta(minutes=20)
    market = plan.calendars["ville"].rules[2]
    assert market.spans == (Span(YearlessDay(11, 24), YearlessDay(12, 27)),)
    assert market.weekdays == {4, 5}
    assert plan.calendars["ville"].rules[3].holidays is Holidays.BEFORE
    assert plan.calendars["patrimoine"].rules[0].spans[1] == Span(date(2027, 11, 23), date(2027, 12, 27))


@pytest.mark.parametrize(
    ("night", "programme"),
    [
        (date(2026, 11, 24), "cinq-paliers"),
        (date(2026, 11, 27), "soirs-de-fete"),  # a Friday of the market
        (date(2026, 12, 24), "soirs-de-fete"),  # the eve of Christmas
        (date(2026, 12, 25), "soirs-de-fete"),  # the eve of Saint Stephen's, a holiday in Alsace
        (date(2026, 12, 31), "toute-la-nuit"),  # before the eve of a holiday: the first rule wins
        (date(2027, 3, 25), "soirs-de-fete"),  # the eve of Good Friday, a holiday in Alsace
        (date(2028, 2, 29), "cinq-paliers"),
    ],
)
def test_the_example_follows_the_market_the_eves_and_the_new_year(night: date, programme: str) -> None:
    plan = read_light_plan(EXAMPLE, "mulhouse.toml")
    assert plan.calendars["ville"].programme_for(night) == programme


def test_every_calendar_of_the_example_can_be_previewed_for_a_year_and_says_nothing_unmeant() -> None:
    plan = read_light_plan(EXAMPLE, "mulhouse.toml")
    found = {
        name: {
            finding.code
            for finding in preview_calendar(plan, name, date(2026, 11, 24), 365, MULHOUSE).findings
            if finding.severity == "warning"
        }
        for name in plan.calendars
    }
    assert found == {
        "ville": set(),
        "parcs": set(),
        "sobriete": set(),
        "sans-eclairage": {"no-light"},
        "patrimoine": set(),
    }


def test_the_parks_of_the_example_keep_the_hours_of_category_b() -> None:
    plan = read_light_plan(EXAMPLE, "mulhouse.toml")
    parks = preview_calendar(plan, "parcs", date(2026, 11, 24), 365, MULHOUSE, category="b")
    assert not parks.findings


@pytest.mark.parametrize("text", [EXAMPLE, GOOD, PROGRAMME.removeprefix("[[programme]]\n")])
def test_the_schema_takes_what_is_read(text: str) -> None:
    VALIDATOR.check_schema(schema())
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    read_light_plan(text, "plan.toml")
    assert not list(VALIDATOR(schema()).iter_errors(document))


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("level = 100", "level = 101"),
        GOOD.replace('"sunset"', '"noon"'),
        GOOD.replace("level", "levle"),
        GOOD + RULE + 'weekdays = ["Freitag"]',
        GOOD + RULE + 'dates = ["12-31"]',
        GOOD + RULE + 'holidays = "sometimes"',
        PROGRAMME,
    ],
)
def test_the_schema_refuses_what_is_refused(text: str) -> None:
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    assert told(text)
    assert list(VALIDATOR(schema()).iter_errors(document))


def test_a_file_with_one_programme_is_followed_every_night_by_all() -> None:
    text = PROGRAMME.removeprefix("[[programme]]\n")
    plan = read_light_plan(text, "nuit.toml")
    assert plan == plan_of(plan.programmes["nuit"])
    assert not is_light_plan(text)


def test_every_complete_example_on_the_page_is_read() -> None:
    blocks = [block.partition("```")[0] for block in PAGE.split("```toml\n")[1:]]
    assert read_light_plan(blocks[0], "page.toml") == plan_of(FIVE_STEPS)
    for block in blocks[1:]:
        rest = "" if "[[programme]]" in block else PROGRAMME
        rest += "" if "[[calendar]]" in block else CALENDAR
        assert read_light_plan(rest + block, "page.toml").calendars


def test_a_rule_takes_all_that_it_may_take() -> None:
    text = (
        GOOD
        + RULE.replace("rule]]\n", "rule]]\n")
        + (
            'from = "--11-30"\nto = "--01-07"\n'
            "spans = [{ from = 2027-02-01, to = 2027-02-03 }]\n"
            'dates = [2027-05-01, "--02-29", "2027-05-08"]\n'
            'weekdays = ["fri", "Samedi"]\nnth = [1, "last"]\nholidays = "except"\nregion = "france"\n'
        )
    )
    (rule,) = read_light_plan(text, "plan.toml").calendars["ville"].rules
    assert rule.spans == (
        Span(YearlessDay(11, 30), YearlessDay(1, 7)),
        Span(date(2027, 2, 1), date(2027, 2, 3)),
        Span(date(2027, 5, 1), date(2027, 5, 1)),
        Span(YearlessDay(2, 29), YearlessDay(2, 29)),
        Span(date(2027, 5, 8), date(2027, 5, 8)),
    )
    assert (set(rule.weekdays), set(rule.nth)) == ({4, 5}, {1, LAST})
    assert (rule.holidays, rule.region) == (Holidays.EXCEPT, Region.FRANCE)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            GOOD.replace("100", "170"),
            "line 5: programme.nuit.level: got 170, expected less than or equal to 100",
        ),
        (GOOD.replace("100", '"full"'), "line 5: programme.nuit.level: got 'full', expected a valid number"),
        (GOOD.replace("level", "levle"), "line 5: programme.nuit.levle: unknown key; did you mean level?"),
        (
            GOOD.replace('default = "nuit"', 'default = "nuits"'),
            "line 8: calendar.ville.default: got 'nuits', there is no programme of that name; did you mean nuit?",
        ),
        (
            GOOD + '[[assignment]]\nto = "all"\ncalendar = "parc"\n',
            "line 11: assignment.0.calendar: got 'parc', there is no calendar of that name",
        ),
        (GOOD + '[[assignment]]\nto = "all"\n', "line 9: assignment.0.calendar: missing"),
        (
            GOOD + PROGRAMME,
            "line 10: programme.nuit.name: got 'nuit' a second time, expected each name once",
        ),
        (
            GOOD + CALENDAR.replace("ville", "parcs"),
            "line 1: default: missing; expected the calendar of all light points that no assignment names",
        ),
        (
            GOOD + RULE + 'from = "--11-30"\nto = 2027-01-07\n',
            "line 9: calendar.ville.rule.fête: expected from and to both with a year, or both without",
        ),
        (
            GOOD + RULE + "from = 2027-01-07\nto = 2026-11-30\n",
            (
                "line 9: calendar.ville.rule.fête: expected a first day that is not after the last: "
                "from 2027-01-07 to 2026-11-30"
            ),
        ),
        (
            GOOD + RULE + 'from = "--11-30"\n',
            "line 9: calendar.ville.rule.fête: expected from and to together, or a list of spans",
        ),
        (
            GOOD + RULE + 'dates = ["--12-24", "--02-30"]\n',
            (
                "line 12: calendar.ville.rule.fête.dates.1: got '--02-30', "
                "expected a day that some year has: month 2 has 29 at most"
            ),
        ),
        (
            GOOD + RULE + "nth = [1]\n",
            "line 9: calendar.ville.rule.fête: expected nth with weekdays: the first what of the month?",
        ),
        (
            GOOD + RULE + 'weekdays = ["vendredy"]\n',
            (
                "line 12: calendar.ville.rule.fête.weekdays.0: got 'vendredy', expected a day of the week: "
                '"mon" to "sun", or "lun" to "dim"; did you mean vendredi?'
            ),
        ),
        (
            GOOD + RULE + RULE.replace("fête", "autre") + 'weekdays = ["fri"]\n',
            "line 12: calendar.ville.rule.autre: can never hold: fête before it holds on all of its nights",
        ),
        (
            GOOD + RULE + 'dates = [2026-11-24]\nweekdays = ["mon"]\n',
            "line 9: calendar.ville.rule.fête: can never hold: no evening fulfils all of its conditions",
        ),
        (
            GOOD.replace('"sunset"', '{ at = "18:00", not_befor = "sunset" }'),
            (
                "line 3: programme.nuit.on: expected { at = …, not_before = …, not_after = … } with one limit "
                "at least, such as not_after = \"sunrise\"; 'not_befor' is unknown"
            ),
        ),
        (
            "[programme]\n" + GOOD.partition("\n")[2],
            "line 1: programme: expected [[programme]] in double brackets: there may be several",
        ),
        (
            GOOD.replace('"ville"', '"\\u001b[2J"'),
            r"line 7: calendar.'\x1b[2J'.name: got '\x1b[2J', expected",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_its_key_what_was_got_and_what_was_expected(
    text: str, line: str
) -> None:
    (found,) = told(text)
    assert found.startswith(line)


def test_all_faults_of_a_file_are_told_in_the_order_of_its_lines() -> None:
    text = (
        GOOD.replace('"sunset"', '"dusk+999"').replace('default = "nuit"', 'default = "jour"')
        + RULE
        + 'weekdays = ["fri", "xx"]\n'
    )
    assert [line.partition(": ")[0] for line in told(text)] == ["line 3", "line 8", "line 12"]


def test_more_faults_than_anyone_reads_are_counted() -> None:
    text = GOOD + "".join(f'[[assignment]]\nto = "all"\ncalendar = "c{number}"\n' for number in range(30))
    lines = told(text)
    assert len(lines) == MOST_FAULTS + 1
    assert lines[-1] == "and 10 more"


def test_the_fault_of_a_single_programme_has_its_line_too() -> None:
    assert told('name = "x"\non = "sunset"\noff = "sunrise"\n\nlevel = 200\n') == [
        "line 5: level: got 200, expected less than or equal to 100"
    ]


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 100_000, "level = " + "1" * 10_000, "name = ", "[[programme]\n", "day = 2026-02-30"],
    ids=["nested too deep", "a number of ten thousand digits", "no value", "half a header", "no such day"],
)
def test_what_is_no_toml_is_told_in_one_line(text: str) -> None:
    with pytest.raises(BadInput, match=r"^plan\.toml: not TOML: ") as error:
        read_light_plan(text, "plan.toml")
    assert "\n" not in str(error.value)


SCRAPS = st.sampled_from(EXAMPLE.splitlines() + GOOD.splitlines() + ["[[", "=", '"""', "x = {", "]", "\x00"])


@given(lines=st.lists(SCRAPS, max_size=40))
def test_whatever_is_in_a_file_it_is_read_or_told_line_by_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        plan = read_light_plan(text, "plan.toml")
    except BadInput as error:
        for line in str(error).splitlines():
            assert line.startswith("plan.toml: ")
            assert line.isprintable()
    else:
        assert plan.default in plan.calendars
