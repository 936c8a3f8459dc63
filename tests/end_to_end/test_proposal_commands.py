"""``falotier access-point proposals``, ``adopt`` and ``ignore``, as people and scripts run them."""

import asyncio
import json
import subprocess
from pathlib import Path

from city.clock import ManualClock
from tests.drivers.controller_peer import CiscoController, listening, mac
from tests.end_to_end.commands import falotier
from tests.headend.recording import EVENING, until
from tests.headend.standing import standing
from tests.headend.test_proposals import as_it_is, with_controller


async def test_a_new_access_point_is_seen_ignored_and_taken_up(tmp_path: Path) -> None:
    controller, clock = CiscoController(), ManualClock(EVENING)
    controller.list(1, "gare-1")
    controller.list(2, "gare-2\x1b[31m")
    async with (
        listening(controller) as port,
        standing(with_controller(tmp_path, port, as_it_is), clock) as (headend, console),
    ):
        await clock.advance(60)
        await until(lambda: bool(headend.core.proposals._unlisted()))

        async def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            reach = ("--url", console.url, "--token-file", str(tmp_path / "supervisor.token"))
            return await asyncio.to_thread(falotier, "access-point", *arguments, *reach, home=tmp_path)

        listed = await run("proposals", "--lang", "fr")
        assert listed.returncode == 0, listed.stderr
        assert f"{mac(2)}  gare-2[31m  AIR-CAP3702I  FCW0002  contrôleur WLC-1  en service" in listed.stdout
        assert "\x1b" not in listed.stdout
        (proposal,) = json.loads((await run("proposals", "--json")).stdout)
        assert (proposal["id"], proposal["controller"]) == (mac(2), "WLC-1")

        ignored = await run("ignore", mac(2), "--lang", "fr")
        assert (ignored.returncode, ignored.stdout) == (0, f"{mac(2)} : n’est plus proposée\n")
        none = await run("proposals", "--lang", "fr")
        assert none.stdout == "Aucune borne n’est proposée.\n"
        assert mac(2) in (await run("proposals", "--ignored")).stdout
        assert (await run("ignore", mac(2), "--undo")).returncode == 0

        wrong = await run("adopt", mac(2), "--hotspot", "moon")
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert "hotspot: got 'moon', expected one of patinoire" in wrong.stderr
        assert "--at" in (await run("adopt", mac(2), "--hotspot", "patinoire", "--at", "here")).stderr
        before = headend.core
        done = await run(
            "adopt", mac(2), "--hotspot", "patinoire", "--as", "AP-GARE-2", "--at", "47.75,7.34", "--json"
        )
        assert done.returncode == 0, done.stderr
        adopted = json.loads(done.stdout)
        assert (adopted["id"], adopted["latitude"], adopted["listed_as"]) == ("AP-GARE-2", 47.75, mac(2))
        await until(lambda: headend.core is not before)
        assert "AP-GARE-2" in headend.inventory.wifi.access_points
        again = await run("adopt", mac(2), "--hotspot", "patinoire")
        assert (again.returncode, again.stdout) == (2, "")
        assert "names it already" in again.stderr
