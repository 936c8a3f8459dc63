"""What all messages between head-end and console have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Percent = Annotated[float, Field(ge=0, le=100)]


class Message(BaseModel):
    """Base of everything that travels between head-end and console."""

    model_config = ConfigDict(extra="forbid", frozen=True)
