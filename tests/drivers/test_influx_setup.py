"""Setting up an InfluxDB: 1.x for real, 2.x and 3 Core as they are documented; and what outlasts the values."""

import random
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, product
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from pydantic import SecretStr

from city.clock import ManualClock
from city.errors import BadInput, Refused, Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.settings import TelemetrySection
from city.telemetry import Aggregate, Sample, Tag, Tags, Window
from console.cli import main
from drivers.influx import InfluxStore
from drivers.influx.server import Server
from drivers.influx.setup import State, Step, set_up
from drivers.influx.setup_v1 import summing
from tests.drivers.influx_v2 import ADMIN_TOKEN, ORGANISATION, TOKEN, FakeInflux
from tests.drivers.influxd import free_port, running_influxd

NOW = datetime.now(UTC).replace(minute=17, second=5, microsecond=0)
"""The server drops and refuses by its own clock."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)
FOUR_DAYS = Window(MIDNIGHT - 4 * DAY, MIDNIGHT + DAY)

_names = count()


def tags_of(device: str) -> Tags:
    return {Tag.SECTOR: "Nord" if device < "L3" else "Sud", Tag.CABINET: ""}


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_influxd(tmp_path_factory.mktemp("influxd")) as url:
        yield url


def v1(url: str, **more: object) -> TelemetrySection:
    return TelemetrySection.model_validate(
        {"dialect": "v1", "url": url, "database": f"ville {next(_names)}", **more}
    )


def v2(url: str, token: str = ADMIN_TOKEN, **more: object) -> TelemetrySection:
    return TelemetrySection.model_validate({"url": url, "organisation": ORGANISATION, "token": token, **more})


async def done(settings: TelemetrySection, *, is_dry: bool = False) -> list[Step]:
    server = Server(settings)
    await server.open()
    try:
        return [step async for step in set_up(server, settings, is_dry=is_dry)]
    finally:
        await server.close()


def states(steps: list[Step]) -> list[str]:
    return [step.state.name for step in steps]


async def asked(url: str, statement: str) -> str:
    async with ClientSession() as session, session.post(f"{url}/query", params={"q": statement}) as answer:
        return await answer.text()


async def test_version_1_is_set_up_once_and_then_left_alone(influxd: str) -> None:
    settings = v1(influxd)
    assert states(await done(settings, is_dry=True)) == ["MADE"] * 4
    assert settings.database not in await asked(influxd, "SHOW DATABASES")
    assert states(await done(settings)) == ["MADE", "MADE", "CHANGED", "MADE"]
    before = await asked(
        influxd, f'SHOW RETENTION POLICIES ON "{settings.database}"; SHOW CONTINUOUS QUERIES'
    )
    assert {"2160h0m0s", "43920h0m0s"} <= set(before.split('"'))
    assert states(await done(settings)) == ["RIGHT"] * 4
    assert before == await asked(
        influxd, f'SHOW RETENTION POLICIES ON "{settings.database}"; SHOW CONTINUOUS QUERIES'
    )


async def test_another_retention_of_version_1_is_a_change_of_what_it_is_about(influxd: str) -> None:
    settings = v1(influxd)
    await done(settings)
    longer = settings.model_copy(update={"keep_days": 100, "keep_summaries_days": 0})
    assert states(await done(longer, is_dry=True)) == ["RIGHT", "CHANGED", "CHANGED", "RIGHT"]
    assert states(await done(longer)) == ["RIGHT", "CHANGED", "CHANGED", "RIGHT"]
    assert states(await done(longer)) == ["RIGHT"] * 4


@pytest.mark.parametrize("keep_days", [2, 27, 56, 57])
async def test_short_retentions_are_as_good_as_long_ones(influxd: str, keep_days: int) -> None:
    settings = v1(influxd, keep_days=keep_days, keep_summaries_days=keep_days)
    assert states(await done(settings)) == ["MADE", "MADE", "CHANGED", "MADE"]
    assert states(await done(settings)) == ["RIGHT"] * 4


async def test_what_is_too_old_to_be_kept_is_summed_up_before_it_goes(influxd: str) -> None:
    settings = v1(influxd, keep_days=2)
    long_ago = MIDNIGHT - 40 * DAY
    async with InfluxStore(settings, tags_of) as store:
        await store.write([lamp("L1", long_ago + n * HOUR / 4, float(n)) for n in range(8)])
        await done(settings)
        window = Window(long_ago, long_ago + DAY)
        assert await store.series("L1", Metric.POWER, window, HOUR) == [
            Sample(long_ago, 1.5),
            Sample(long_ago + HOUR, 5.5),
        ]


async def test_version_2_is_set_up_once_and_then_left_alone(influxd: str) -> None:
    fake = FakeInflux(influxd)
    async with fake.serving() as url:
        settings = v2(url, database=f"ville{next(_names)}")
        assert states(await done(settings, is_dry=True)) == ["MADE"] * 5
        assert fake.changes == 0
        assert states(await done(settings)) == ["MADE"] * 5
        assert [each["retentionRules"][0]["everySeconds"] for each in fake.buckets.values()] == [
            90 * 86_400,
            1830 * 86_400,
        ]
        assert [(each["retention_policy"], each["default"]) for each in fake.mappings] == [
            ("autogen", True),
            ("hours", False),
        ]
        assert 'import "date"' in fake.tasks[0]["flux"]
        changes = fake.changes
        assert states(await done(settings)) == ["RIGHT"] * 5
        assert fake.changes == changes
        longer = settings.model_copy(update={"keep_summaries_days": 0})
        assert states(await done(longer)) == ["RIGHT", "CHANGED", "RIGHT", "RIGHT", "RIGHT"]
        fake.tasks[0]["status"] = "inactive"
        fake.mappings[0]["default"] = False
        assert states(await done(longer)) == ["RIGHT", "RIGHT", "CHANGED", "RIGHT", "CHANGED"]


async def test_version_3_gets_its_database_with_its_retention_and_is_told_to_have_no_summaries(
    influxd: str,
) -> None:
    fake = FakeInflux(influxd, version="3.1.0")
    async with fake.serving() as url:
        settings = v2(url, database=f"ville{next(_names)}")
        assert states(await done(settings, is_dry=True)) == ["MADE", "LACKING"]
        assert states(await done(settings)) == ["MADE", "LACKING"]
        assert fake.buckets[settings.database]["retention_period"] == "90d"
        assert states(await done(settings)) == ["RIGHT", "LACKING"]
        assert fake.changes == 1


@pytest.mark.parametrize("hidden", ["headers", "ping"])
async def test_a_version_that_a_proxy_hides_is_asked_for_in_another_way(
    influxd: str, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def less(_fake: FakeInflux, _request: web.Request) -> web.Response:
        return web.Response(status=404 if hidden == "ping" else 204)

    monkeypatch.setattr(FakeInflux, "_ping", less)
    async with FakeInflux(influxd).serving() as url:
        assert len(await done(v2(url, database=f"ville{next(_names)}"))) == 5


async def test_who_may_not_set_up_is_told_so_in_one_line(influxd: str) -> None:
    fake = FakeInflux(influxd)
    async with fake.serving() as url:
        with pytest.raises(Unreachable, match=r"403.*may not do that"):
            await done(v2(url, token=TOKEN))
        with pytest.raises(Unreachable, match=r"401.*not accepted") as caught:
            await done(v2(url, token="wr0ng"))
        assert "wr0ng" not in str(caught.value)
        with pytest.raises(BadInput, match=r"telemetry\.organisation.*no organisation 'village'"):
            await done(v2(url, organisation="village"))
        with pytest.raises(BadInput, match=r'telemetry\.dialect: got "v1", expected "v2"'):
            await done(v1(url))
    with pytest.raises(BadInput, match=r'telemetry\.dialect: got "v2", expected "v1"'):
        await done(v2(influxd))
    with pytest.raises(Unreachable, match="cannot be reached"):
        await done(v2(f"http://127.0.0.1:{free_port()}"))


async def test_a_3_core_that_was_never_set_up_takes_and_gives_all_the_same(influxd: str) -> None:
    fake = FakeInflux(influxd, version="3.1.0")
    async with (
        fake.serving() as url,
        InfluxStore(v2(url, token=TOKEN, database=f"ville{next(_names)}"), tags_of) as store,
    ):
        assert await store.last_values(DeviceKind.LAMP) == {}
        assert await store.count() == 0
        await store.write(
            [lamp("L1", NOW, 5.0), lamp("L1", NOW - 3 * DAY, 4.0), lamp("L2", NOW - 3 * DAY, 3.0)]
        )
        newest = await store.last_values(DeviceKind.LAMP)
        assert newest.keys() == {"L1"}
        assert newest["L1"][Metric.POWER] == Sample(NOW, 5.0)
        old = InfluxStore(v2(url, token=TOKEN, database=f"ville{next(_names) - 1}", keep_days=2), tags_of)
        async with old:
            assert len(await old.series("L1", Metric.POWER, FOUR_DAYS, HOUR)) == 2


def lamp(device: str, at: datetime, power: float) -> Reading:
    return Reading(device, DeviceKind.LAMP, at, {Metric.POWER: power, Metric.ENERGY: at.timestamp() - 1.7e9})


@asynccontextmanager
async def both_ways(dialect: str, influxd: str) -> AsyncIterator[tuple[InfluxStore, InfluxStore]]:
    """A store with four days of values, and the same where all but the last two days are left to the summaries."""
    fake = FakeInflux(influxd)
    async with fake.serving() as url:
        settings = v1(influxd) if dialect == "v1" else v2(url, database=f"ville{next(_names)}")
        await done(settings)
        shorter = settings.model_copy(update={"keep_days": 2, "token": SecretStr(TOKEN)})
        clock = ManualClock(NOW)
        async with (
            InfluxStore(settings, tags_of, clock) as full,
            InfluxStore(shorter, tags_of, clock) as summed,
        ):
            chance = random.Random(7)  # noqa: S311 (no secret)
            span = (NOW - FOUR_DAYS.start).total_seconds()
            await full.write(
                [
                    lamp(
                        f"L{n % 5}",
                        FOUR_DAYS.start + timedelta(seconds=round(chance.random() * span)),
                        chance.random(),
                    )
                    for n in range(1500)
                ]
            )
            # What the server itself does twice a day.
            assert "error" not in await asked(influxd, summing(settings.database, "autogen", FOUR_DAYS))
            yield full, summed


def close(answer: object) -> object:
    """The same, to the last digits that the arithmetic allows."""
    if isinstance(answer, dict):
        return {key: close(value) for key, value in answer.items()}
    assert isinstance(answer, list)
    return [(sample.at, pytest.approx(sample.value, rel=1e-9)) for sample in answer]


def plain(answer: object) -> object:
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items()}
    assert isinstance(answer, list)
    return [(sample.at, sample.value) for sample in answer]


@pytest.mark.parametrize("dialect", ["v1", "v2"])
async def test_summaries_give_the_same_answers_for_whole_hours(dialect: str, influxd: str) -> None:
    windows = [FOUR_DAYS, Window(FOUR_DAYS.start + 5 * HOUR, FOUR_DAYS.start + 29 * HOUR)]
    async with both_ways(dialect, influxd) as (full, summed):
        for window, step, aggregate in product(windows, (HOUR, 6 * HOUR, DAY), Aggregate):
            ask = (Metric.POWER, window, step, aggregate)
            answer = await full.series("L1", *ask)
            assert answer
            assert plain(await summed.series("L1", *ask)) == close(answer)
            answers = await full.each(DeviceKind.LAMP, *ask)
            assert len(answers) == 5
            assert plain(await summed.each(DeviceKind.LAMP, *ask)) == close(answers)
        for window, step, across in product(windows, (HOUR, DAY), (Aggregate.SUM, Aggregate.MEAN)):
            asking = (DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, window, step, across)
            assert plain(await summed.grouped(*asking)) == close(await full.grouped(*asking))
        at = [MIDNIGHT - days * DAY for days in (0, 1, 2, 3)]
        stood = await full.stands(DeviceKind.LAMP, Metric.ENERGY, at, 6 * HOUR)
        assert await summed.stands(DeviceKind.LAMP, Metric.ENERGY, at, 6 * HOUR) == stood


@pytest.mark.parametrize("dialect", ["v1", "v2"])
async def test_of_what_is_old_a_shorter_step_has_one_sample_an_hour(dialect: str, influxd: str) -> None:
    async with both_ways(dialect, influxd) as (full, summed):
        ask = (Metric.POWER, FOUR_DAYS, timedelta(minutes=1), Aggregate.MEAN)
        exact, rough = await full.series("L1", *ask), await summed.series("L1", *ask)
        border = NOW.replace(minute=0, second=0) - 2 * DAY + HOUR
        old = [sample for sample in rough if sample.at < border]
        assert old
        assert all(sample.at.minute == 0 for sample in old)
        assert len({sample.at for sample in old}) == len(old)
        assert [s for s in rough if s.at >= border] == [s for s in exact if s.at >= border]


def said(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["falotier", "setup", "influx", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    return int(str(ended.value.code)), captured.out, captured.err


def test_the_command_says_what_it_did_and_ends_as_its_answer_is(
    influxd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "city.toml"
    text = f'[telemetry]\nengine = "influxdb"\ndialect = "v1"\nurl = "{influxd}"\ndatabase = "ville{next(_names)}"\n'
    file.write_text(text)
    code, out, err = said(["--config", str(file)], monkeypatch, capsys)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == ["made", "made", "changed", "made"]
    code, out, err = said(["--config", str(file), "--json", "--dry-run"], monkeypatch, capsys)
    assert code == 0
    assert out.count('"already right"') == 4
    token = tmp_path / "token"
    for content, expected in (("", "is empty"), ("no-colon", "expected USER:PASSWORD")):
        token.write_text(content)
        code, out, err = said(["--config", str(file), "--admin-token-file", str(token)], monkeypatch, capsys)
        assert (code, out) == (2, "")
        assert expected in err
        assert err.count("\n") == 1
    file.write_text("")
    code, out, err = said(["--config", str(file)], monkeypatch, capsys)
    assert (code, out) == (2, "")
    assert 'telemetry.engine: got "embedded"' in err


async def test_a_copy_is_left_to_the_servers_own_way(tmp_path: Path) -> None:
    for settings, way in ((v1("http://h"), "influxd backup"), (v2("http://h"), "influx backup")):
        store = InfluxStore(settings, tags_of)
        await store.keep(NOW)
        with pytest.raises(Refused, match=way):
            await store.copy_to(tmp_path)


def test_every_state_has_a_word() -> None:
    assert len({state.value for state in State}) == len(State)
