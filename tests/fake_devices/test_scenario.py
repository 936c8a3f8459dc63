from datetime import UTC, datetime
from pathlib import Path

import pytest

import fake_devices
from city.errors import BadInput
from fake_devices.city_plan import plan_city
from fake_devices.kinds import TARGETS
from fake_devices.scenario import load_scenario, resolve

SHIPPED = sorted((Path(fake_devices.__file__).parent / "scenarios").glob("*.toml"))
HEAD = 'title = "A test"\nstart = 2026-11-28T15:00:00+01:00\nlamps = 120\naccess_points = 20\n'


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_each_shipped_scenario_fits_its_own_city(file: Path) -> None:
    scenario = load_scenario(file)
    resolved = resolve(scenario, plan_city(scenario.lamps, scenario.access_points, scenario.seed))
    for truth in (*resolved.faults, *resolved.noise):
        assert bool(truth.asset) == ("city" not in TARGETS[truth.kind]), "only what befalls all has no asset"
        assert truth.at >= scenario.start
    assert len(resolved.faults) == len(scenario.faults)


def test_local_times_are_those_of_mulhouse_and_offsets_are_obeyed(tmp_path: Path) -> None:
    scenario = load_scenario(
        written(
            tmp_path,
            HEAD
            + '[[fault]]\nkind = "lamp_dead"\nat = "2026-11-29T02:13:00"\nuntil = 2026-11-29T02:13:00+00:00\n'
            + '[[fault]]\nkind = "breaker_trip"\nat = 2026-07-01T02:00:00\ncircuit = "A-001/1"\n',
        )
    )
    first, second = scenario.faults
    assert scenario.start == datetime(2026, 11, 28, 14, 0, tzinfo=UTC)
    assert (first.at, first.until) == (
        datetime(2026, 11, 29, 1, 13, tzinfo=UTC),
        datetime(2026, 11, 29, 2, 13, tzinfo=UTC),
    )
    assert second.at == datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
    assert (scenario.seed, scenario.nights) == (1, 1)


def test_what_the_file_leaves_open_is_drawn_from_the_seed_and_kept_apart(tmp_path: Path) -> None:
    faults = '[[fault]]\nkind = "lamp_dead"\nat = "2026-11-29T02:13:00"\n' * 2
    noise = '[[noise]]\nkind = "maintenance_window"\n[[noise]]\nkind = "daytime_unpowered"\n'
    scenario = load_scenario(written(tmp_path, HEAD + faults + noise))
    plan = plan_city(120, 20, 1)
    resolved = resolve(scenario, plan)
    assert resolved == resolve(scenario, plan)
    cabinets = [plan.lamps[truth.asset].cabinet for truth in resolved.faults]
    cabinets += [truth.asset for truth in resolved.noise]
    assert len(set(cabinets)) == 4
    window = resolved.noise[0]
    assert window.until is not None
    assert window.at < window.until


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('start = "tomorrow"', r"start: got 'tomorrow', expected a time like 2026"),
        ('title = "x"', "start: missing"),
        (HEAD + "lamp = 5", "lamp: unknown key; did you mean lamps"),
        (HEAD + "nights = 0", "nights: got 0, expected a whole number from 1"),
        (HEAD + "seed = 1.5", "seed: got 1.5"),
        (HEAD + "fault = 3", r"fault: expected tables written as \[\[fault\]\]"),
        (HEAD + "[[fault]]\nat = 2026-11-29T02:13:00", "fault 1: kind: missing"),
        (HEAD + '[[fault]]\nkind = "lamp_ded"', "got 'lamp_ded', expected one of .* did you mean lamp_dead"),
        (HEAD + '[[fault]]\nkind = "lamp_dead"', "fault 1: at: missing"),
        (HEAD + '[[fault]]\nkind = "lamp_dead"\nat = 5', "fault 1: at: got 5"),
        (
            HEAD + '[[fault]]\nkind = "lamp_dead"\nat = 2026-11-29T02:13:00\ncircuit = "A-001/1"',
            "fault 1: circuit: unknown key",
        ),
        (
            HEAD + '[[fault]]\nkind = "lamp_dead"\nat = 2026-11-29T02:13:00\nuntil = 2026-11-29T02:00:00',
            "until: got .*, expected a time after at",
        ),
        (HEAD + '[[noise]]\nkind = "maintenance_window"\ncabinet = 4', "noise 1: cabinet: got 4"),
        (HEAD + '[[noise]]\nkind = "lamp_dead"', "noise 1: kind: got 'lamp_dead'"),
        ("title = ", "not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_of_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadInput, match=message) as error:
        load_scenario(file)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_scenario(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            'kind = "lamp_dead"\nlamp = "01-0999"',
            "lamp: got '01-0999', expected one that exists; did you mean 01-",
        ),
        ('kind = "breaker_trip"\ncircuit = "A-001/9"', "did you mean A-001/"),
        ('kind = "ap_down"\naccess_point = "nowhere"', "this city has 20 of them"),
    ],
)
def test_an_asset_that_does_not_stand_in_the_city_is_told_of(
    tmp_path: Path, fault: str, message: str
) -> None:
    scenario = load_scenario(written(tmp_path, f"{HEAD}[[fault]]\nat = 2026-11-29T02:13:00\n{fault}"))
    with pytest.raises(BadInput, match=message):
        resolve(scenario, plan_city(120, 20, 1))


def test_a_city_without_access_points_cannot_lose_one(tmp_path: Path) -> None:
    scenario = load_scenario(
        written(tmp_path, f'{HEAD}[[fault]]\nkind = "ap_down"\nat = 2026-11-29T02:13:00\n')
    )
    with pytest.raises(BadInput, match="none in this city"):
        resolve(scenario, plan_city(120, 0, 1))
