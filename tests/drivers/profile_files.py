"""Profiles of one's own, as files."""

from pathlib import Path

METER = """
name = "mine"
title = "A meter of ours"
source = "its manual"
function = 3
[[register]]
metric = "power_w"
address = 1
type = "u16"
unit = "W"
"""


def written(folder: Path, text: str, kind: str = "modbus", name: str = "mine.toml") -> Path:
    """A profile's file in the folder of its protocol."""
    file = folder / kind / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file
