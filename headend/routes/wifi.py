"""City Wi-Fi: hotspots and access points."""

from fastapi import APIRouter

from city.access_points import ActRequest, ActView
from city.proposals import AdoptedView, AdoptRequest
from city.wifi_views import AccessPointView, HotspotView, ProposalView
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


@router.post("/access-points/{name}/acts")
async def act(core: TheCore, token: Supervisor, name: str, request: ActRequest) -> ActView:
    """Restart an access point, or switch it or a radio of it on or off."""
    return await core.access_point_acts.do(name, request, token)


@router.get("/access-points/proposals")
async def proposals(core: TheCore, _: Observer, ignored: bool = False) -> tuple[ProposalView, ...]:  # noqa: FBT001, FBT002
    """What controllers list and the inventory does not name; what is not to be proposed only if asked for."""
    return await core.proposals.views(ignored=ignored)


@router.post("/access-points/proposals/{name:path}/adopt")
async def adopt(core: TheCore, token: Supervisor, name: str, request: AdoptRequest) -> AdoptedView:
    """Write an access point that a controller lists into the inventory file."""
    return await core.proposals.adopt(name, request, token)


@router.post("/access-points/proposals/{name:path}/ignore")
async def ignore(core: TheCore, token: Supervisor, name: str) -> ProposalView:
    """Propose an access point no more."""
    return await core.proposals.ignore(name, token)


@router.delete("/access-points/proposals/{name:path}/ignore", status_code=204)
async def propose_again(core: TheCore, token: Supervisor, name: str) -> None:
    """Take back that an access point is ignored."""
    await core.proposals.propose_again(name, token)
