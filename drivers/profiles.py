"""Finding, loading and checking device profiles: a vendor is a file, not Python."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, overload

from pydantic import ValidationError

from city.errors import BadInput
from city.sections import explain
from drivers.modbus.profile import ModbusProfile
from drivers.mqtt.profile import MqttProfile
from drivers.profile import Profile
from drivers.snmp.profile import SnmpProfile

ProfileKind = Literal["modbus", "mqtt", "snmp"]

KINDS: Mapping[ProfileKind, type[Profile]] = {
    "modbus": ModbusProfile,
    "mqtt": MqttProfile,
    "snmp": SnmpProfile,
}
"""The protocols that have profiles, and what a file of each must hold."""


@overload
def load_profiles(
    kind: Literal["modbus"], extra_folders: Iterable[Path] = ...
) -> dict[str, ModbusProfile]: ...
@overload
def load_profiles(kind: Literal["mqtt"], extra_folders: Iterable[Path] = ...) -> dict[str, MqttProfile]: ...
@overload
def load_profiles(kind: Literal["snmp"], extra_folders: Iterable[Path] = ...) -> dict[str, SnmpProfile]: ...
@overload
def load_profiles(kind: ProfileKind, extra_folders: Iterable[Path] = ...) -> Mapping[str, Profile]: ...


def load_profiles(kind: ProfileKind, extra_folders: Iterable[Path] = ()) -> Mapping[str, Profile]:
    """Every profile of a protocol by its name: those shipped, then those of ``<extra folder>/<kind>/*.toml``.

    A profile of one's own takes the place of a shipped one of the same name.

    Raises:
        BadInput: a folder does not exist, or a file is not a profile; names file, key, what it got and expected.
    """
    profiles = dict(_shipped(kind))
    for folder in extra_folders:
        if not folder.is_dir():
            raise BadInput(f"{folder}: no such folder of profiles")
        profiles |= _load_folder(folder / kind, kind)
    return profiles


def describe(kind: ProfileKind, profile: Profile) -> dict[str, Any]:
    """A profile as ``falotier profiles show`` prints it: all that the file says but its test vectors."""
    return {
        "kind": kind,
        **profile.model_dump(mode="json", by_alias=True, exclude={"vector"}, exclude_defaults=True),
    }


@cache
def _shipped(kind: ProfileKind) -> Mapping[str, Profile]:
    """Read once: they do not change while the program runs, and none of them can be changed."""
    return _load_folder(Path(__file__).parent / kind / "profiles", kind)


def _load_folder(folder: Path, kind: ProfileKind) -> dict[str, Profile]:
    profiles: dict[str, Profile] = {}
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.toml")):
        profile = load_profile(kind, file)
        if profile.name in profiles:
            raise BadInput(f"{file}: name: got {profile.name!r}, which {files[profile.name]} has already")
        profiles[profile.name], files[profile.name] = profile, file
    return profiles


def load_profile(kind: ProfileKind, file: Path) -> Profile:
    """One profile file.

    Raises:
        BadInput: it cannot be read, or is not a profile of this kind; names file, key, what it got and expected.
    """
    model = KINDS[kind]
    try:
        return model.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: not TOML: {error}") from error
    except ValidationError as error:
        raise BadInput(f"{file}: {explain(error, model)}") from error
