"""City Wi-Fi: hotspots and access points, and what is to be expected of them."""

from fastapi import APIRouter

from city.access_points import ActRequest, ActView
from city.wifi_views import AccessPointView, HotspotView, OutlookView
from headend.routes.gate import Observer, Supervisor, TheCore

router = APIRouter()


@router.get("/hotspots")
async def hotspots(core: TheCore, _: Observer) -> tuple[HotspotView, ...]:
    """Every public place with its load."""
    return core.hotspots.hotspots()


@router.get("/hotspots/{name:path}/outlook")
async def outlook(core: TheCore, _: Observer, name: str) -> OutlookView:
    """What is to be expected of a place in the next hours, and what would help it."""
    return await core.outlooks.view(name)


@router.get("/outlooks")
async def outlooks(core: TheCore, _: Observer) -> tuple[OutlookView, ...]:
    """The same of every place."""
    return await core.outlooks.all()


@router.get("/access-points")
async def access_points(core: TheCore, _: Observer) -> tuple[AccessPointView, ...]:
    """Every access point with its radios."""
    return core.hotspots.access_points()


@router.post("/access-points/{name}/acts")
async def act(core: TheCore, token: Supervisor, name: str, request: ActRequest) -> ActView:
    """Restart an access point, or switch it or a radio of it on or off."""
    return await core.access_point_acts.do(name, request, token)
