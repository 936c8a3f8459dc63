"""The log on the disk: whatever is done to its files, it starts, sets aside what is damaged, counts, and goes on."""

import errno
import json
import random
from datetime import timedelta
from pathlib import Path

import pytest

from city.errors import BadInput
from city.measurements import Reading
from headend.spool.log import SpoolLog
from headend.spool.segments import SUFFIX
from tests.headend.recording import EVENING, lamp_reading

AT_US = 1_796_054_400_000_000
MIB = 1024 * 1024


def opened(folder: Path, most: int = 10 * MIB) -> SpoolLog:
    log = SpoolLog(folder, most, 0)
    log.open()
    return log


def some(count: int, first: int = 0) -> list[Reading]:
    """Two values a reading; what they say in words is not kept."""
    return [lamp_reading(f"L{n}", EVENING + timedelta(seconds=n)) for n in range(first, first + count)]


def rest(log: SpoolLog) -> list[Reading]:
    """All that waits, read and accounted for."""
    log.go_live()
    found: list[Reading] = []
    while (piece := log.read(1000)) is not None:
        found += piece.readings
        log.settle(piece.until, piece.values, piece.damaged)
    return found


def written(folder: Path, *counts: int) -> Path:
    """A segment with one frame for each count, left behind as by a program that was killed."""
    log = opened(folder)
    first = 0
    for count in counts:
        log.append(some(count, first), AT_US)
        first += count
    assert log._lock is not None
    log._let_go()
    [path] = folder.glob(f"*{SUFFIX}")
    return path


def test_a_file_cut_at_every_byte_of_its_last_record_loses_that_record_only(tmp_path: Path) -> None:
    path = written(tmp_path / "made", 10, 10)
    data = path.read_bytes()
    one = written(tmp_path / "one", 10).stat().st_size
    for cut in range(one, len(data)):
        folder = tmp_path / f"cut {cut}"
        folder.mkdir()
        (folder / path.name).write_bytes(data[:cut])
        log = opened(folder)
        assert rest(log) == some(10)
        assert log.damaged == (1 if cut > one else 0)
        assert log.lost["damaged"] == 0  # nobody was told that it was safe
        log.append(some(5, 50), AT_US)  # it goes on
        log.go_live()
        piece = log.read(100)
        assert piece is not None
        assert piece.readings == some(5, 50)
        log.close()


def test_flipped_bits_cost_the_records_they_are_in_which_are_kept_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "made", *[50] * 20)
    data = path.read_bytes()
    chance = random.Random(6)  # noqa: S311 (a test's)
    whole = some(1000)
    for trial in range(100):
        folder = tmp_path / f"trial {trial}"
        folder.mkdir()
        spoilt = bytearray(data)
        for _ in range(chance.randint(1, 5)):
            spoilt[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (folder / path.name).write_bytes(spoilt)
        log = opened(folder)
        taken = log.waiting
        found = rest(log)
        assert log.damaged >= 1
        assert 2 * len(found) + log.lost["damaged"] == taken
        assert 1000 - len(found) in {50 * n for n in range(1, 6)}
        assert all(reading == whole[int(reading.device[1:])] for reading in found)
        assert list((folder / "damaged").iterdir())
        assert not list(folder.glob(f"*{SUFFIX}"))
        log.close()


def test_values_of_a_damaged_segment_are_counted_by_its_name(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append(some(10), AT_US)
    log.close()
    [path] = tmp_path.glob(f"*{SUFFIX}")
    assert path.name == "0000000001-20.spool"
    path.write_bytes(b"\0" * path.stat().st_size)
    log = opened(tmp_path)
    assert log.waiting == 20
    assert rest(log) == []
    assert (log.waiting, log.lost["damaged"], log.damaged) == (0, 20, 1)


def test_what_the_store_has_is_not_read_again_after_a_clean_stop_or_a_kill(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for n in range(10):
        log.append(some(10, 10 * n), AT_US)
    log.go_live()
    piece = log.read(60)
    assert piece is not None
    assert piece.readings == some(30)
    log.settle(piece.until, piece.values)
    log.note()
    log._let_go()
    log = opened(tmp_path)
    assert log.waiting == 140
    assert rest(log) == some(70, 30)
    log.close()
    assert opened(tmp_path).waiting == 0


def test_how_far_the_store_had_a_file_that_is_gone_is_not_believed_of_another_one(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.go_live()
    log.settle(log.append(some(10), AT_US), 20)
    log.note()
    log.go_live()  # the file goes, and the program is killed before the note is written anew
    log._let_go()
    log = opened(tmp_path)
    log.append(some(20, 10), AT_US)
    log.append(some(20, 30), AT_US)
    log._let_go()
    assert rest(opened(tmp_path)) == some(40, 10)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"1": 5}', '{"1": ["a", 2]}', '{"1": [99999999, 5]}', "\xff"]
)
def test_a_damaged_note_of_what_the_store_has_only_sends_it_again(tmp_path: Path, content: str) -> None:
    log = opened(tmp_path)
    log.append(some(10), AT_US)
    log.close()
    (tmp_path / "drained.json").write_text(content, encoding="latin-1")
    log = opened(tmp_path)
    assert rest(log) == some(10)


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.txt", "x.spool", "1-2-3.spool", "12-.spool"):
        (tmp_path / name).write_text("mine")
    log = opened(tmp_path)
    log.append(some(1), AT_US)
    assert rest(log) == some(1)
    log.close()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "x.spool").exists()


def test_a_name_that_says_a_wrong_number_is_put_right_by_what_is_there(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append(some(10), AT_US)
    log.close()
    (tmp_path / "0000000001-20.spool").rename(tmp_path / "0000000001-50.spool")
    log = opened(tmp_path)
    assert rest(log) == some(10)
    assert (log.lost["damaged"], log.waiting) == (30, 0)


def test_segments_follow_each_other_within_the_bound_and_the_oldest_go_first(tmp_path: Path) -> None:
    log = opened(tmp_path, most=40_000)
    for n in range(100):
        log.append(some(50, 50 * n), AT_US)
        assert log.size <= 40_000
        assert sum(path.stat().st_size for path in tmp_path.glob(f"*{SUFFIX}")) == log.size
    waiting = log.waiting
    assert waiting + log.lost["spool full"] == 10_000
    assert rest(log) == some(waiting // 2, 5000 - waiting // 2)


def test_a_full_disk_drops_the_oldest_of_the_backlog_and_never_what_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = opened(tmp_path, most=40_000)
    for n in range(10):
        log.append(some(200, 200 * n), AT_US)
    log.go_live()
    before = log.waiting
    room = [0]

    def write(fd: int, data: bytes) -> int:
        if sum(path.stat().st_size for path in tmp_path.glob(f"*{SUFFIX}")) + len(data) > room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data)

    import os

    real = os.write
    monkeypatch.setattr("headend.spool.segments.os.write", write)
    room[0] = log.size
    log.append(some(200, 5000), AT_US)
    assert log.lost["disk full"] > 0
    assert log.waiting + log.lost["disk full"] == before + 400
    room[0] = 0
    with pytest.raises(OSError, match="No space"):
        log.append(some(1, 9000), AT_US)
    assert log.waiting == 400  # what is live stays
    room[0] = MIB
    log.append(some(1, 9000), AT_US)
    assert rest(log)[-1:] == some(1, 9000)


def test_a_write_that_stops_half_way_leaves_no_half_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    real, log = os.write, opened(tmp_path)
    log.append(some(10), AT_US)

    def half(fd: int, data: bytes) -> int:
        if len(data) < 100:
            raise OSError(errno.EIO, "Input/output error")
        return real(fd, data[: len(data) // 2])

    with monkeypatch.context() as broken:
        broken.setattr("headend.spool.segments.os.write", half)
        with pytest.raises(OSError, match="Input/output"):
            log.append(some(10, 10), AT_US)
    log.append(some(10, 20), AT_US)
    assert rest(log) == some(10) + some(10, 20)
    assert log.damaged == 0


def test_a_file_whose_name_could_not_be_synced_is_left_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = opened(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("headend.spool.segments.os.fsync", refused)
        with pytest.raises(OSError, match="Input/output"):
            log.append(some(10), AT_US)
    log.append(some(10, 10), AT_US)
    assert rest(log) == some(10, 10)
    log.close()


def test_a_file_that_cannot_be_renamed_is_read_under_its_old_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = opened(tmp_path)
    log.append(some(10), AT_US)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", refused)
        log.go_live()
        assert log.waiting == 20
    log.append(some(10, 10), AT_US)
    log._let_go()
    again = opened(tmp_path)
    assert rest(again) == some(20)
    again.close()


def refused(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"telemetry\.spool: .*file/spool cannot be used: Not a directory"):
        SpoolLog(tmp_path / "file" / "spool", MIB, 0).open()


def test_a_start_with_much_waiting_reads_heads_and_not_all(tmp_path: Path) -> None:
    log = opened(tmp_path, most=100 * MIB)
    log._segment_bytes = 1000
    for n in range(100):
        log.append(some(20, 20 * n), AT_US + n)
    log.close()
    read = 0
    log = opened(tmp_path)
    for segment in log._sealed.values():
        read += segment.done
    assert (log.waiting, read) == (4000, 0)
    assert log.oldest_us == AT_US
    assert json.loads((tmp_path / "drained.json").read_text()) == {}
