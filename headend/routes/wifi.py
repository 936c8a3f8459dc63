"""City Wi-Fi: hotspots and access points."""

from fastapi import APIRouter

from city.access_points import ActKind, ActRequest, ActView, SwitchedOffView
from city.wifi_views import AccessPointView, HotspotView
from headend.routes.gate import Observer, Supervisor, TheCore

router = APIRouter()


@router.get("/hotspots")
async def hotspots(core: TheCore, _: Observer) -> tuple[HotspotView, ...]:
    """Every public place with its load."""
    return core.hotspots.hotspots()


@router.get("/access-points")
async def access_points(core: TheCore, _: Observer) -> tuple[AccessPointView, ...]:
    """Every access point with its radios."""
    return core.hotspots.access_points()


@router.get("/switched-off")
async def switched_off(core: TheCore, _: Observer) -> tuple[SwitchedOffView, ...]:
    """What of the access points was switched off from here, until when."""
    return await core.access_point_acts.back_on.views()


@router.post("/access-points/{name}/acts")
async def act(core: TheCore, token: Supervisor, name: str, request: ActRequest) -> ActView:
    """Restart an access point, or switch it or a radio of it on or off; or say what that would do."""
    if request.does is ActKind.DISABLE and not request.dry_run:
        core.clock_trust.check()  # what is off comes back on by the clock
    return await core.access_point_acts.do(name, request, token)
