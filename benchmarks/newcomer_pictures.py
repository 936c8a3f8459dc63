"""The pictures of docs/first-ten-keys.md: ``python -m benchmarks.newcomer_pictures docs/pictures`` (a minute).

A simulated city with a head-end, the console before it, and one dead lamp; rsvg-convert makes the PNGs,
and ImageMagick's convert, where it is installed, makes them smaller.
"""

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from benchmarks.picture_files import keep
from console.preferences import Preferences
from tests.console.consoles import Console
from tests.end_to_end.trial_city import arm, becomes, go_to, incident_on, trial_city, trial_console

LAMP = "01-0005"
DIES_AFTER = timedelta(hours=3, minutes=10)
SPEED = 300.0
SIZE = (120, 36)
WIDTH_PX = 1100


def _keep(seen: Console, folder: Path, name: str) -> None:
    keep(seen, folder / f"newcomer-{name}.png", WIDTH_PX)


async def _take(folder: Path, home: Path) -> None:
    with trial_city(home, dead=(LAMP,), down=(), after=DIES_AFTER, speed=SPEED, telemetry_s=300) as city:
        end = (
            DIES_AFTER.total_seconds()
            - (city.clock.now() - city.field.world.access_points.start).total_seconds()
        )
        await city.clock.sleep(end)
        city.opens_desk()
        likes = Preferences(greeted=home / "greeted")
        async with trial_console(city, size=SIZE, preferences=likes) as seen:
            incident = await incident_on(seen, LAMP)
            await seen.shows("Bienvenue", "Lampe éteinte")
            _keep(seen, folder, "1-greeting")
            await seen.press("enter")
            await seen.hides("Bienvenue")
            await go_to(seen, "4", incident.id)
            await seen.shows("puissance, 24 h", "puissance attendue")
            await arm(seen)
            if incident.ticket is None or incident.ticket.status == "failed":
                await seen.press("s")
            await becomes(lambda: city.ticket_of(incident.id))
            await seen.shows("transmis · n°")
            _keep(seen, folder, "2-evidence")
            await seen.press("z")
            await seen.hides("Pannes en cours")
            await seen.pilot.pause(1.0)
            _keep(seen, folder, "3-curve")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(_take(Path(sys.argv[1]), Path(home)))
