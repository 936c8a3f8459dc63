"""Orders, locks and the second person with a real head-end, which is killed, over simulated controllers."""

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.clock import SimulatedClock
from city.locks import LockRequest
from city.messages import OrderRequest
from console.client import ApiClient
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from tests.end_to_end.commands import falotier
from tests.end_to_end.test_killed import head_end, until_true

EVENING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
"""18:00 in Mulhouse: the programme asks for one level until 20:00."""
SPEED = 60.0
LAMPS = 12


async def all_lit(client: ApiClient) -> bool:
    """Whether every controller holds its programme and every lamp was heard of."""
    (programme,) = await client.programmes()
    lamps = (await client.summary()).lamps
    return programme.holding == programme.controllers and lamps.lit == lamps.total


def two_persons(folder: Path) -> None:
    """Settings as a city with several persons has them."""
    settings = folder / "city.toml"
    text = settings.read_text()
    assert "second_person = false" in text
    settings.write_text(text.replace("second_person = false", "alone_points = 5"))


async def test_what_runs_out_while_the_head_end_is_dead_lapses_in_the_controller_and_is_not_replayed(
    tmp_path: Path,
) -> None:
    clock = SimulatedClock.starting(EVENING, SPEED)
    plan = FieldPlan(lamps=LAMPS, access_points=0, seed=1)
    async with FakeField(plan, clock) as field:
        field.write_settings(tmp_path / "city.toml", Rhythm(api_port=0))
        short, locked, *_ = field.world.plan.lamps

        def level(name: str) -> float:
            return field.world.lamps[name].lamp.level

        async with head_end(tmp_path, signal.SIGKILL) as client:
            await until_true(lambda: all_lit(client))
            usual = level(short)
            order = await client.order(
                OrderRequest(selector=short, level_pct=35, for_s=600, reason="tournage")
            )
            lock = await client.lock(LockRequest(selector=locked, for_s=7200, reason="mât"))
            assert (order.confirmed, lock.confirmed) == (1, 1)
            assert (level(short), level(locked)) == (35, 0)

        await clock.sleep((order.until + timedelta(minutes=1) - clock.now()).total_seconds())
        assert (level(short), level(locked)) == (usual, 0)

        async with head_end(tmp_path, signal.SIGTERM) as client:
            (kept,) = await client.orders()
            assert (kept.id, kept.state) == (order.id, "over")

            async def heard_again() -> bool:
                (held,) = await client.locks()
                point = (await client.light_point(short)).point
                return held.confirmed == 1 and point.at is not None and point.at > order.until

            await until_true(heard_again)
            assert (level(short), level(locked)) == (usual, 0)
            assert not any(each.asset == locked for each in await client.incidents("all"))
            lifted = await client.lift(lock.id, "")
            assert not lifted.active

            async def lit() -> bool:
                return level(locked) == usual

            await until_true(lit)


async def test_two_persons_order_what_one_may_not_and_the_lamp_says_why(tmp_path: Path) -> None:
    clock = SimulatedClock.starting(EVENING, SPEED)
    async with FakeField(FieldPlan(lamps=LAMPS, access_points=0, seed=1), clock) as field:
        field.write_settings(tmp_path / "city.toml", Rhythm(api_port=0))
        two_persons(tmp_path)
        locked, free, *_ = field.world.plan.lamps
        async with head_end(tmp_path, signal.SIGTERM) as client:
            await until_true(lambda: all_lit(client))
            settings = ("--config", str(tmp_path / "city.toml"))
            made = falotier("token", "create", "anne", "--role", "technician", *settings, home=tmp_path)
            assert made.returncode == 0, made.stderr
            (tmp_path / "anne.token").write_text(made.stdout.strip())

            async def run(*arguments: str, token: str = "supervisor.token") -> tuple[int, str, str]:  # noqa: S107
                reach = ("--url", client.url, "--token-file", str(tmp_path / token))
                done = await asyncio.to_thread(falotier, *arguments, *reach, home=tmp_path)
                return done.returncode, done.stdout, done.stderr

            held = ("lock", locked, "--for", "2h", "--reason", "mât")
            code, out, err = await run(*held, token="anne.token")
            assert (code, "anne" in out) == (0, True), err
            dim = ("order", "all", "--level", "30", "--for", "1h", "--reason", "essai")
            code, out, err = await run(*dim, "--json", token="anne.token")
            asked = json.loads(out)
            assert (code, asked["state"], list(asked["locked"])) == (1, "awaiting", [locked])
            assert f"falotier approve {asked['id']}" in err
            code, out, err = await run("approve", asked["id"], token="anne.token")
            assert (code, len(err.strip().splitlines())) == (2, 1), err
            code, out, err = await run("approvals", "--json")
            assert [each["asked_by"] for each in json.loads(out)] == ["anne"]
            code, out, err = await run("approve", asked["id"], "--json")
            order = json.loads(out)["order"]
            assert (order["points"], order["by"], order["approved_by"]) == (
                LAMPS - 1,
                "anne",
                "supervisor",
            ), err
            code, out, err = await run("why", free, "--json")
            chain = json.loads(out)["chain"]
            assert [each["layer"] for each in chain] == ["default", "calendar", "order"]
            code, out, err = await run("why", locked, "--lang", "en")
            assert "▶ lock for work" in out
            code, out, err = await run("unlock", json.loads((await run("locks", "--json"))[1])[0]["id"])
            assert (code, "say why" in err) == (2, True)
