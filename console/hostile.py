"""What devices, files and people wrote, made fit for a terminal."""

_DANGEROUS = dict.fromkeys(
    (
        *range(0x20),
        *range(0x7F, 0xA0),
        # Marks that turn the direction of writing round could make a line read as another.
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    )
)


def clean(text: str) -> str:
    """What a device, a file or a person wrote, without anything that could drive a terminal."""
    return text.translate(_DANGEROUS)
