"""What access points are called: by MAC address however it is written, by name, or by serial number."""

import re

MAC_DIGITS = 12

_SIGNS = re.compile(r"[:.\-]")
_MAC = re.compile(rf"[0-9a-f]{{{MAC_DIGITS}}}")


def plain_name(name: str) -> str:
    """A name to compare by: a MAC address however it is written, anything else without regard to case."""
    digits = _SIGNS.sub("", name).lower()
    return digits if _MAC.fullmatch(digits) else name.strip().casefold()


def is_mac(name: str) -> bool:
    """Whether a name is a MAC address: unlike any other, it means one thing in the world."""
    return _MAC.fullmatch(plain_name(name)) is not None
