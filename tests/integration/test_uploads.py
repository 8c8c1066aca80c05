"""Recordings that come in piece by piece, with real files on a real disk."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from companion.config import Settings
from companion.core import Companion
from companion.desk import Desk, Offered, OffsetError, Said, Upload, Wanted
from companion.errors import AudioError, BadInputError, ConflictError, LimitError, NotFoundError, SpaceError
from companion.handing import HEAD_BYTES
from companion.types import EpisodeState, Role
from tests.faults.test_hostile_audio import record

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHUNK = 20_000


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with Companion.open(settings.with_(upload_chunk_bytes=CHUNK, min_free_bytes=0)) as door:
        yield door.desk


def offered(path: Path, modified_ms: int = 1) -> Offered:
    data = path.read_bytes()
    return Offered(path.name, len(data), modified_ms, zlib.crc32(data[:HEAD_BYTES]))


def send(desk: Desk, upload: Upload, path: Path, most: int = 1000, now: datetime = NOW) -> Upload:
    """Sends the rest of a file, at most some pieces of it."""
    data = path.read_bytes()
    for _ in range(most):
        file = next(f for f in desk.uploads.get(upload.id).files if f.name == path.name)
        piece = data[file.received_bytes : file.received_bytes + CHUNK]
        if not piece:
            break
        desk.uploads.put_chunk(upload.id, file.id, file.received_bytes, piece, zlib.crc32(piece), now)
    return desk.uploads.get(upload.id)


def wanted(upload: Upload, title: str = "Late again", model: str = "bundled") -> Wanted:
    files = tuple(Said(f.id, f.speaker, f.role, f.mix) for f in upload.files)
    return Wanted(title, model, None, ("Mara",), files)


def tracks(folder: Path, *names: str) -> list[Path]:
    made = []
    for number, name in enumerate(names):
        path = record(folder / name, "pcm_s16le", 1 + number)
        made.append(path)
    return made


def test_tracks_become_one_episode_with_the_voices_that_their_names_say(desk: Desk, tmp_path: Path) -> None:
    files = tracks(tmp_path, "late again - Mara.wav", "late again - Jonas.wav", "late again mix.wav")
    (upload,) = desk.uploads.begin([offered(f) for f in files], NOW).uploads
    assert [(f.speaker, f.mix) for f in upload.files] == [("Mara", False), ("Jonas", False), ("", True)]
    assert upload.title == "Late again"
    for path in files:
        upload = send(desk, upload, path)
    assert all(f.checked for f in upload.files)
    upload = desk.uploads.say(upload.id, wanted(upload), NOW, start=True)
    assert upload.episode_slug == "late-again"
    episode = desk.library.episodes.get("late-again")
    assert episode.state is EpisodeState.WAITING
    take = desk.library.episodes.take_in(episode.id)
    assert [speaker for speaker, _ in take.tracks] == [None, "Mara", "Jonas"]
    assert [v.name for v in take.voices] == ["Mara", "Jonas"]
    assert (take.model, take.hotwords) == ("bundled", ("Mara",))
    for (_, sha256), path in zip(take.tracks, [files[2], files[0], files[1]], strict=True):
        assert desk.library.blobs.path(sha256).read_bytes() == path.read_bytes()
    assert list(desk.library.uploads_folder.iterdir()) == []


def test_starting_again_gives_the_same_episode(desk: Desk, tmp_path: Path) -> None:
    (path,) = tracks(tmp_path, "a.wav")
    (upload,) = desk.uploads.begin([offered(path)], NOW).uploads
    send(desk, upload, path)
    first = desk.uploads.say(upload.id, wanted(upload), NOW, start=True)
    again = desk.uploads.say(upload.id, wanted(upload, "Another title"), NOW, start=True)
    assert first.episode_slug == again.episode_slug == desk.uploads.settle(upload.id).episode_slug
    assert len(desk.library.episodes.all()) == 1


def test_it_starts_by_itself_when_the_last_piece_is_there(desk: Desk, tmp_path: Path) -> None:
    (path,) = tracks(tmp_path, "a.wav")
    (upload,) = desk.uploads.begin([offered(path)], NOW).uploads
    assert desk.uploads.say(upload.id, wanted(upload), NOW, start=True).episode_slug is None
    send(desk, upload, path)
    assert desk.uploads.settle(upload.id).episode_slug == "late-again"


def test_the_same_files_chosen_again_go_on_where_they_were(desk: Desk, tmp_path: Path) -> None:
    files = tracks(tmp_path, "mara.wav", "jonas.wav")
    (upload,) = desk.uploads.begin([offered(f) for f in files], NOW).uploads
    send(desk, upload, files[0], most=1)
    again = desk.uploads.begin([offered(f) for f in reversed(files)], NOW)
    assert [u.id for u in again.uploads] == [upload.id]
    assert {f.name: f.received_bytes for f in again.uploads[0].files} == {"mara.wav": CHUNK, "jonas.wav": 0}
    assert len(again.places) == 2
    (other,) = desk.uploads.begin([offered(files[0], modified_ms=2)], NOW).uploads  # changed in the meantime
    assert other.id != upload.id


def test_a_file_can_be_added_to_what_is_there(desk: Desk, tmp_path: Path) -> None:
    files = tracks(tmp_path, "mara.wav", "jonas.wav")
    (upload,) = desk.uploads.begin([offered(files[0])], NOW).uploads
    assert upload.files[0].mix
    (after,) = desk.uploads.begin([offered(files[1])], NOW, into=upload.id).uploads
    assert [(f.speaker, f.mix) for f in after.files] == [("Mara", False), ("Jonas", False)]


def test_files_that_look_like_episodes_become_one_each(desk: Desk, tmp_path: Path) -> None:
    files = tracks(tmp_path, "episode-12.wav", "episode-13.wav")
    opened = desk.uploads.begin([offered(f) for f in files], NOW)
    assert [u.title for u in opened.uploads] == ["Episode 12", "Episode 13"]
    (one,) = desk.uploads.begin([offered(f, 7) for f in files], NOW, together=True).uploads
    assert [f.speaker for f in one.files] == ["Voice 1", "Voice 2"]


def test_pieces_that_do_not_fit_are_refused_and_say_where_to_go_on(desk: Desk, tmp_path: Path) -> None:
    (path,) = tracks(tmp_path, "a.wav")
    (upload,) = desk.uploads.begin([offered(path)], NOW).uploads
    file, data = upload.files[0], path.read_bytes()
    send(desk, upload, path, most=1)
    piece = data[CHUNK : 2 * CHUNK]
    for offset, body, crc in (
        (0, data[:CHUNK], zlib.crc32(data[:CHUNK])),  # it came already
        (CHUNK + 1, piece, zlib.crc32(piece)),  # a gap
        (CHUNK, piece, zlib.crc32(piece) ^ 1),  # damaged
        (CHUNK, b"", 0),
        (CHUNK, piece + b"\0", zlib.crc32(piece + b"\0")),  # more than a piece
        (CHUNK, data[CHUNK:] + b"\0", zlib.crc32(data[CHUNK:] + b"\0")),  # beyond the end
    ):
        with pytest.raises(OffsetError) as refused:
            desk.uploads.put_chunk(upload.id, file.id, offset, body, crc, NOW)
        assert refused.value.received_bytes == CHUNK
    send(desk, upload, path)
    assert (desk.library.uploads_folder / file.id).read_bytes() == data


def test_bytes_that_were_written_but_not_acknowledged_do_no_harm(desk: Desk, tmp_path: Path) -> None:
    (path,) = tracks(tmp_path, "a.wav")
    (upload,) = desk.uploads.begin([offered(path)], NOW).uploads
    send(desk, upload, path, most=1)
    here = desk.library.uploads_folder / upload.files[0].id
    with here.open("ab") as file:  # as by a server that was killed between the disk and the database
        file.write(b"half of a piece")
    after = send(desk, upload, path)
    assert here.read_bytes() == path.read_bytes()
    assert after.files[0].checked


def test_a_file_that_the_disk_lost_is_asked_for_again(desk: Desk, tmp_path: Path) -> None:
    (path,) = tracks(tmp_path, "a.wav")
    (upload,) = desk.uploads.begin([offered(path)], NOW).uploads
    send(desk, upload, path, most=1)
    (desk.library.uploads_folder / upload.files[0].id).unlink()
    with pytest.raises(OffsetError) as refused:
        send(desk, upload, path, most=1)
    assert refused.value.received_bytes == 0
    assert send(desk, upload, path).files[0].checked


# ---- what is refused


def test_what_is_no_recording_is_refused_before_it_is_sent(desk: Desk) -> None:
    for one, sentence in (
        (Offered("notes.txt", 10, 1, 1), r"notes\.txt is not a kind of recording"),
        (Offered("void.mp3", 0, 1, 0), r"void\.mp3 is empty"),
        (Offered("huge.wav", 10**11, 1, 1), r"huge\.wav has 100000 MB, and at most 2000 MB"),
    ):
        with pytest.raises((AudioError, LimitError), match=sentence):
            desk.uploads.begin([one], NOW)
    good = Offered("a.wav", 1000, 1, 1)
    opened = desk.uploads.begin([good, Offered("notes.txt", 10, 1, 1)], NOW)
    assert [f.name for f in opened.uploads[0].files] == ["a.wav"]
    assert [r.name for r in opened.refused] == ["notes.txt"]


def test_the_same_bad_files_give_the_same_sentences_as_on_the_command_line(desk: Desk, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp3"
    text.write_text("Dear diary, today\n" * 5000)
    noise = tmp_path / "noise.wav"
    noise.write_bytes(np.random.default_rng(3).bytes(100_000))
    cut = record(tmp_path / "cut.m4a", "aac", 5)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    head = record(tmp_path / "head.wav", "pcm_s16le", 1)
    data = head.read_bytes()
    head.write_bytes(data[: data.index(b"data") + 8])
    for path, sentence in (
        (text, r"notes\.mp3 is text, not a recording"),
        (noise, r"noise\.wav is not a recording.*MP3, M4A, AAC"),
        (cut, r"cut\.m4a is not a recording"),
        (head, r"(?:Nothing could be decoded from head\.wav|head\.wav is not a recording)"),
    ):
        (upload,) = desk.uploads.begin([offered(path)], NOW).uploads
        with pytest.raises(AudioError, match=sentence):
            send(desk, upload, path)
        file = desk.uploads.get(upload.id).files[0]
        assert file.problem is not None
        assert file.id not in file.problem
        with pytest.raises(BadInputError, match="Take it out of the list"):
            desk.uploads.say(upload.id, wanted(upload), NOW, start=True)
    assert list(desk.library.uploads_folder.iterdir()) == []
    assert desk.library.episodes.all() == ()


def test_limits(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    many = [Offered(f"voice {chr(97 + n)}x.wav", 1000, 1, n) for n in range(10)]
    with pytest.raises(LimitError, match="10 files for one episode; 9 at most"):
        desk.uploads.begin(many, NOW, together=True)
    for one in [Offered(f"e{n}.wav", 1000, 1, n) for n in range(5)]:
        desk.uploads.begin([one], NOW)
    with (
        Companion.open(settings.with_(max_upload_bytes=5500)) as door,
        pytest.raises(LimitError, match="All that is on"),
    ):
        door.desk.uploads.begin([Offered("e6.wav", 1000, 1, 6)], NOW)
    with Companion.open(settings.with_(max_uploads=1, home=tmp_path / "other")) as door:
        door.desk.uploads.begin([many[0]], NOW)
        with pytest.raises(LimitError, match="1 episodes are on their way"):
            door.desk.uploads.begin([many[1]], NOW)
    with (
        Companion.open(settings.with_(min_free_bytes=10**15, home=tmp_path / "full")) as door,
        pytest.raises(SpaceError),
    ):
        door.desk.uploads.begin([many[0]], NOW)


def test_what_a_host_says_must_make_sense(desk: Desk, tmp_path: Path) -> None:
    files = tracks(tmp_path, "mara.wav", "jonas.wav")
    (upload,) = desk.uploads.begin([offered(f) for f in files], NOW).uploads
    for path in files:
        upload = send(desk, upload, path)
    first, second = upload.files
    for said, title, sentence in (
        (
            (Said(first.id, "Mara", Role.PARTNER, False), Said(second.id, "mara", Role.PARTNER, False)),
            "A",
            "Two tracks",
        ),
        ((Said(first.id, " ", Role.PARTNER, False), Said(second.id, "J", Role.PARTNER, False)), "A", "Whose track is"),
        ((Said(first.id, "", Role.PARTNER, True), Said(second.id, "", Role.PARTNER, True)), "A", "Only one file"),
        ((), "  ", "no title"),
    ):
        with pytest.raises(BadInputError, match=sentence):
            desk.uploads.say(upload.id, Wanted(title, "bundled", None, (), said), NOW, start=True)
    assert desk.library.episodes.all() == ()
    done = desk.uploads.say(upload.id, Wanted("A", "bundled", None, (), ()), NOW, start=True)
    assert done.episode_slug == "a"


def test_the_same_recording_twice_is_said_and_can_be_put_right(desk: Desk, tmp_path: Path) -> None:
    (one,) = tracks(tmp_path, "mara.wav")
    two = tmp_path / "jonas.wav"
    two.write_bytes(one.read_bytes())
    (upload,) = desk.uploads.begin([offered(one), offered(two)], NOW).uploads
    for path in (one, two):
        upload = send(desk, upload, path)
    with pytest.raises(BadInputError, match="the same recording"):
        desk.uploads.say(upload.id, wanted(upload), NOW, start=True)
    upload = desk.uploads.remove_file(upload.id, upload.files[1].id)
    assert desk.uploads.say(upload.id, wanted(upload), NOW, start=True).episode_slug == "late-again"


# ---- going


def test_what_is_thrown_away_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    (path,) = tracks(tmp_path, "a.wav")
    (upload,) = desk.uploads.begin([offered(path)], NOW).uploads
    send(desk, upload, path)
    desk.uploads.discard(upload.id)
    assert list(desk.library.uploads_folder.iterdir()) == []
    with pytest.raises(NotFoundError):
        desk.uploads.get(upload.id)


def test_what_nobody_goes_on_with_is_swept(desk: Desk, tmp_path: Path) -> None:
    old, new = tracks(tmp_path, "old.wav", "new.wav")
    (first,) = desk.uploads.begin([offered(old)], NOW).uploads
    send(desk, first, old, most=1)
    (second,) = desk.uploads.begin([offered(new)], NOW).uploads
    send(desk, second, new, most=1, now=NOW + timedelta(days=5))
    folder = desk.library.uploads_folder
    for name, age in (("nobody.form", timedelta(hours=2)), ("just-now.form", timedelta())):
        (folder / name).touch()
        at = (NOW + timedelta(days=8) - age).timestamp()
        os.utime(folder / name, (at, at))
    assert desk.uploads.sweep(NOW + timedelta(days=6)) == 0
    assert desk.uploads.sweep(NOW + timedelta(days=8)) == 1
    assert [u.id for u in desk.uploads.open()] == [second.id]
    assert {p.name for p in folder.iterdir()} == {second.files[0].id, "just-now.form"}


def test_an_upload_that_is_an_episode_takes_no_more(desk: Desk, tmp_path: Path) -> None:
    one, two = tracks(tmp_path, "mara.wav", "jonas.wav")
    (upload,) = desk.uploads.begin([offered(one)], NOW).uploads
    send(desk, upload, one)
    desk.uploads.say(upload.id, wanted(upload), NOW, start=True)
    with pytest.raises(ConflictError, match="an episode already"):
        desk.uploads.begin([offered(two)], NOW, into=upload.id)
    desk.uploads.discard(upload.id)
    sha256 = desk.library.episodes.take_in(1).tracks[0][1]
    assert desk.library.blobs.has(sha256)  # the episode keeps what it is made of


def test_a_recording_that_is_known_leads_to_its_episode(desk: Desk, tmp_path: Path) -> None:
    (path,) = tracks(tmp_path, "a.wav")
    for modified_ms in (1, 2):
        (upload,) = desk.uploads.begin([offered(path, modified_ms)], NOW).uploads
        send(desk, upload, path)
        done = desk.uploads.say(upload.id, wanted(upload), NOW, start=True)
        assert done.episode_slug == "late-again"
    assert len(desk.library.episodes.all()) == 1
    desk.remove("late-again")
    assert desk.uploads.open() == ()
