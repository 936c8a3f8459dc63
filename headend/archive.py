"""Reading a backup, which anybody may have made: held against its manifest before anything of it is believed."""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from city.errors import BadInput
from headend.disk import CHUNK
from headend.manifest import MANIFEST, SEAL, Manifest

MANIFEST_MOST = 64 * 1024 * 1024
"""Bytes of a manifest at most: that of some 400,000 files."""
OWNER_ALONE = 0o600


def read_archive(file: Path, into: Path | None = None) -> Manifest:
    """Hold a backup against its manifest, and unpack it into an empty folder where one is given.

    It holds the manifest, the manifest's files in their order, and the seal: anything else, links and devices among
    that, is refused. Only names of the manifest are written to, and those cannot lead out of the folder.

    Raises:
        BadInput: it is no backup, torn or altered, or it cannot be read or unpacked; one line.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            says = b"".join(_content(tar, _next(tar, MANIFEST, None)))
            manifest = Manifest.model_validate_json(says)
            if manifest.bytes > file.stat().st_size:
                raise BadInput(f"{file}: torn: it is smaller than the {manifest.bytes} bytes that it names")
            for part in manifest.files:
                content = _content(tar, _next(tar, part.name, part.size))
                if _taken(content, None if into is None else into / part.name) != part.sha256:
                    raise BadInput(f"{file}: {part.name} is damaged: its SHA-256 is not the manifest's")
            seal = hashlib.sha256(says).hexdigest().encode()
            if b"".join(_content(tar, _next(tar, SEAL, len(seal)))) != seal:
                raise BadInput(f"{file}: the manifest is damaged: its SHA-256 is not that of the seal")
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in fault["loc"])
        raise BadInput(f"{file}: no backup that can be read: manifest: {key}: {fault['msg']}") from error
    except OSError as error:
        raise BadInput(f"{error.filename or file}: {error.strerror or error}") from error
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise BadInput(f"{file}: no backup, or a torn one: {ascii(str(error))[1:-1]}") from error
    return manifest


def _next(tar: tarfile.TarFile, name: str, size: int | None) -> tarfile.TarInfo:
    """The next member, which has to be a plain file of that name and size.

    Raises:
        BadInput: it is something else, or there is none.
    """
    member, file = tar.next(), str(tar.name)
    if member is None:
        raise BadInput(f"{file}: no backup, or a torn one: {name} is missing")
    if member.name != name or member.type != tarfile.REGTYPE or size not in {None, member.size}:
        raise BadInput(
            f"{file}: no backup, or an altered one: {member.name!a:.80} stands where {name} should"
        )
    if size is None and member.size > MANIFEST_MOST:
        raise BadInput(f"{file}: no backup: a manifest of {member.size} bytes")
    return member


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    content = tar.extractfile(member)
    while content and (chunk := content.read(CHUNK)):
        yield chunk


def _taken(content: Iterator[bytes], target: Path | None) -> str:
    """The SHA-256 of what comes, written to a new file where one is named, and safe there."""
    digest = hashlib.sha256()
    if target is None:
        for chunk in content:
            digest.update(chunk)
        return digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as file:
        for chunk in content:
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
