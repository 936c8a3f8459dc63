"""What every device profile says of itself, whatever its protocol."""

from pydantic import Field

from city.sections import Section


class Profile(Section):
    """The head of a profile file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Unique within its protocol; a variant or a firmware that differs is a profile of its own."""
    title: str = Field(min_length=1)
    """As people call the device."""
    source: str = Field(min_length=1)
    """Where its figures come from: a data sheet, a MIB, a page of documentation, a public driver."""
    unverified: bool = False
    """Never tried against the real device by this project."""
