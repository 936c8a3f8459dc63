"""Taking up an access point that a controller lists and the inventory does not name."""

from pydantic import Field

from city.message import Message


class AdoptRequest(Message):
    """A proposal that becomes an access point of the inventory."""

    hotspot: str = Field(min_length=1, max_length=80)
    """The hotspot that it serves, by id."""
    id: str = Field("", max_length=80)
    """What it is to be called; "": as its controller names it."""
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    """Where it hangs; without both it stands where its hotspot does."""
    clients_per_radio: int | None = Field(None, ge=1)
    """What one of its radios is meant to carry; None: as those of its hotspot, or else of the city, are."""


class AdoptedView(Message):
    """What stands in the inventory since."""

    id: str
    hotspot: str
    controller: str
    """By id, or its address where the inventory has no name for it."""
    listed_as: str
    """What its controller lists it as."""
    latitude: float
    longitude: float
    clients_per_radio: int
