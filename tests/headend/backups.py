"""A backup to try things with, without a head-end."""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from headend.backup import Copy
from headend.manifest import LeftOut, Manifest, Part

MADE_AT = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)


def copy_of(folder: Path, contents: Mapping[str, bytes]) -> Copy:
    """A copy that is laid out, of made-up files."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    parts = tuple(
        Part(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    )
    left_out = (LeftOut(what="spool", why="it waits"),)
    return Copy(
        folder, Manifest(version="0.1.0", made_at=MADE_AT, city="Mulhouse", files=parts, left_out=left_out)
    )


def write_backup(file: Path, contents: Mapping[str, bytes]) -> Path:
    """A sound backup of made-up files."""
    copy = copy_of(file.with_name(f"{file.name}-laid-out"), contents)
    file.write_bytes(b"".join(copy.chunks()))
    return file


def members(file: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    """What a tar holds, as the standard library reads it."""
    with tarfile.open(file) as tar:
        return [(each, content.read() if (content := tar.extractfile(each)) else b"") for each in tar]


def write_tar(file: Path, parts: Iterable[tuple[tarfile.TarInfo, bytes]], mode: str = "w:") -> Path:
    """Any tar, as a stranger could make it."""
    with tarfile.open(file, mode) as tar:  # type: ignore[call-overload]
        for info, content in parts:
            tar.addfile(info, io.BytesIO(content))
    return file
