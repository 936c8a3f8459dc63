"""Tokens and roles."""

import stat
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput
from city.messages import Role
from headend.access import Access, may
from headend.records import Records, Token
from tests.headend.recording import EVENING


def access(records: Records, folder: Path) -> Access:
    return Access(records.tokens, ManualClock(EVENING), folder)


async def test_the_first_start_leaves_a_supervisors_token_that_only_its_owner_reads(tmp_path: Path) -> None:
    async with Records("sqlite+aiosqlite:///r.sqlite", tmp_path) as records:
        await access(records, tmp_path).prepare()
        file = tmp_path / "supervisor.token"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        secret = file.read_text().strip()
        token = await access(records, tmp_path).recognise(f"Bearer {secret}")
        assert token is not None
        assert token.role is Role.SUPERVISOR
        assert secret not in (tmp_path / "r.sqlite").read_bytes().decode("latin-1")
        await access(records, tmp_path).prepare()
        assert file.read_text().strip() == secret


async def test_a_folder_that_cannot_be_written_is_told_and_makes_no_token(tmp_path: Path) -> None:
    async with Records("sqlite+aiosqlite://", tmp_path) as records:
        with pytest.raises(BadInput, match="first token"):
            await access(records, tmp_path / "nowhere").prepare()
        assert await records.tokens.all() == []


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "x" * 10_000])
async def test_nothing_but_a_known_bearer_is_let_in(tmp_path: Path, header: str | None) -> None:
    async with Records("sqlite+aiosqlite://", tmp_path) as records:
        await access(records, tmp_path).prepare()
        assert await access(records, tmp_path).recognise(header) is None


async def test_a_revoked_token_is_worth_nothing(tmp_path: Path) -> None:
    async with Records("sqlite+aiosqlite://", tmp_path) as records:
        secret = await access(records, tmp_path).create(Role.OBSERVER, "écran mural")
        assert await access(records, tmp_path).recognise(f"bearer {secret}") is not None
        await records.tokens.revoke("écran mural", EVENING)
        assert await access(records, tmp_path).recognise(f"Bearer {secret}") is None


def test_each_role_may_do_all_that_the_former_may() -> None:
    ladder = [Role.OBSERVER, Role.TECHNICIAN, Role.SUPERVISOR]
    for rank, role in enumerate(ladder):
        token = Token("0" * 64, role, "x", EVENING)
        assert [may(token, asked) for asked in ladder] == [other <= rank for other in range(3)]
