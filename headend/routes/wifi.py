"""City Wi-Fi: hotspots and access points."""

from fastapi import APIRouter

from city.messages import AccessPointView, HotspotView
from headend.routes.gate import Observer, TheCore

router = APIRouter()


@router.get("/hotspots")
async def hotspots(core: TheCore, _: Observer) -> tuple[HotspotView, ...]:
    """Every public place with its load."""
    return core.hotspots.hotspots()


@router.get("/access-points")
async def access_points(core: TheCore, _: Observer) -> tuple[AccessPointView, ...]:
    """Every access point with its radios."""
    return core.hotspots.access_points()
