"""What a backup says that it holds: the first thing in it, and what everything else in it is held against."""

from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from city.message import Message

MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
"""The last thing in a backup: the SHA-256 of the manifest. Without it, the backup is torn."""
RECORDS = "records"
TELEMETRY = "telemetry"
SETTINGS = "settings"
ROOMS = frozenset({RECORDS, TELEMETRY, SETTINGS})
"""The folders of a backup."""
RECORDS_FILE = f"{RECORDS}/records.sqlite"
SETTINGS_FILE = f"{SETTINGS}/city.toml"
OUTSIDE = "outside"
"""Where files of the settings stand that lie outside the settings' folder, under their whole path."""


class Part(Message):
    """One file of a backup."""

    name: str
    """Its path in the backup: one of the rooms first."""
    size: int = Field(ge=0)
    """Bytes."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("name")
    @classmethod
    def _stays_in_its_room(cls, name: str) -> str:
        path = PurePosixPath(name)
        is_plain = name == str(path) and name.isprintable() and "\\" not in name and ".." not in path.parts
        if not is_plain or path.is_absolute() or len(path.parts) < 2 or path.parts[0] not in ROOMS:
            raise ValueError(f"a path below one of {', '.join(sorted(ROOMS))}")
        return name


class LeftOut(Message):
    """What a backup does not hold."""

    what: str
    why: str
    """And what to do about it."""


class Manifest(Message):
    """What a backup holds, and what it does not."""

    format: Literal[1] = 1
    version: str
    """Of the program that made it."""
    made_at: datetime
    city: str
    files: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = {part.name for part in self.files}
        inner = {str(folder) for name in names for folder in PurePosixPath(name).parents}
        if len(names) < len(self.files) or names & inner:
            raise ValueError("each file once")
        return self

    @property
    def bytes(self) -> int:
        """What its files take up together."""
        return sum(part.size for part in self.files)
