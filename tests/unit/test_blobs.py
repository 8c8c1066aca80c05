"""Recordings are kept whole, once, under their hash."""

import hashlib
from pathlib import Path

import pytest

from companion.blobs import Blobs
from companion.errors import NotFoundError, SpaceError


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "some.mp3"
    path.write_bytes(b"sound" * 1000)
    return path


def test_what_is_put_in_comes_out_under_its_hash(tmp_path: Path, recording: Path) -> None:
    blobs = Blobs(tmp_path / "audio", 0)
    name = blobs.put(recording)
    assert name == hashlib.sha256(recording.read_bytes()).hexdigest()
    assert blobs.path(name).read_bytes() == recording.read_bytes()


def test_the_same_bytes_twice_are_one_file(tmp_path: Path, recording: Path) -> None:
    blobs = Blobs(tmp_path / "audio", 0)
    assert blobs.put(recording) == blobs.put(recording)
    assert len([p for p in (tmp_path / "audio").rglob("*") if p.is_file()]) == 1


def test_no_room_leaves_nothing_behind(tmp_path: Path, recording: Path) -> None:
    with pytest.raises(SpaceError, match="Not enough room"):
        Blobs(tmp_path / "audio", 10**18).put(recording)
    assert [p for p in (tmp_path / "audio").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "0" * 64 + "/..", "G" * 64])
def test_a_name_that_is_no_hash_is_never_looked_up(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        Blobs(tmp_path, 0).path(name)


def test_deleting_twice_is_no_error(tmp_path: Path, recording: Path) -> None:
    blobs = Blobs(tmp_path / "audio", 0)
    name = blobs.put(recording)
    blobs.delete(name)
    blobs.delete(name)
    assert not blobs.has(name)
