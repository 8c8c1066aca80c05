"""What the names of recordings say, as recorders and people write them."""

import pytest

from companion.desk import names
from companion.desk.names import as_tracks, recognise, title_of
from companion.types import Role


def told(*files: str) -> list[str]:
    """Each file's speaker, or "mix"."""
    return ["mix" if g.mix else g.speaker for g in recognise(files).files]


@pytest.mark.parametrize(
    ("files", "speakers"),
    [
        (("mara.wav", "jonas.wav", "dr hale.wav"), ["Mara", "Jonas", "Dr Hale"]),
        (("episode-12 - Mara.wav", "episode-12 - Jonas.wav"), ["Mara", "Jonas"]),
        (("Track 2 Jonas.flac", "Track 1 Mara.flac"), ["Jonas", "Mara"]),
        (("late again - Mara.wav", "late again - Jonas.wav", "late again.mp3"), ["Mara", "Jonas", "mix"]),
        (("late_again_mix.wav", "late_again_mara.wav", "late_again_jonas.wav"), ["mix", "Mara", "Jonas"]),
        (("1-mara.flac", "2-jonas.flac"), ["Mara", "Jonas"]),
        (("audioMara21234567890.m4a", "audioJonas11234567891.m4a"), ["Mara", "Jonas"]),
        (("riverside_mara_raw-audio_late_0012.wav", "riverside_jonas_raw-audio_late_0012.wav"), ["Mara", "Jonas"]),
        (("Mara_Lindqvist.wav", "Jonas_Weber.wav"), ["Mara Lindqvist", "Jonas Weber"]),
        (("MARA.WAV", "Jonas.Wav"), ["MARA", "Jonas"]),
        (("zoë.wav", "björn.wav", "Łukasz.opus"), ["Zoë", "Björn", "Łukasz"]),
        (("2026-11-03 Mara mic.wav", "2026-11-03 Jonas mic.wav"), ["Mara", "Jonas"]),
        (("late again - Ana.wav", "late again - Jo von der Au am Fluss.wav"), ["Ana", "Jo von der Au am Fluss"]),
        (("host.wav", "guest Ana.wav"), ["Host", "Ana"]),
        (("mara track 01.wav", "full episode.wav"), ["Mara", "mix"]),
    ],
)  # fmt: skip
def test_speakers(files: tuple[str, ...], speakers: list[str]) -> None:
    assert recognise(files).together
    assert told(*files) == speakers


@pytest.mark.parametrize(
    "files",
    [
        ("episode-12.mp3", "episode-13.mp3"),
        ("what we never say at the table.mp3", "the night of the long drive.mp3"),
        ("001.wav", "002.wav"),
        ("mara.wav", "mara.flac"),
    ],
)
def test_what_does_not_look_like_tracks_is_an_episode_each(files: tuple[str, ...]) -> None:
    assert not recognise(files).together


def test_a_single_file_is_the_whole_recording() -> None:
    handed = recognise(["late-again_final.mp3"])
    assert (handed.together, handed.title, handed.files[0].mix) == (True, "Late again final", True)


def test_titles() -> None:
    assert recognise(["episode-12 - Mara.wav", "episode-12 - Jonas.wav"]).title == "Episode 12"
    assert recognise(["late again - Mara.wav", "late again - Jonas.wav"]).title == "Late again"
    assert recognise(["doing your voice - A.wav", "doing your voice - B.wav"]).title == "Doing your voice"
    assert recognise(["mara.wav", "jonas.wav"]).title == ""
    assert recognise(["mara.wav", "jonas.wav", "the long drive mix.wav"]).title == "The long drive"
    assert title_of("what-we-never-say.mp3") == "What we never say"


def test_roles() -> None:
    files = recognise(["Dr Hale.wav", "host Ruth.wav", "mara.wav"]).files
    assert [f.role for f in files] == [Role.THERAPIST, Role.HOST, Role.UNKNOWN]


def test_a_person_can_say_that_they_are_tracks() -> None:
    handed = as_tracks(["001.wav", "002.wav", "mara.wav"])
    assert handed.together
    assert [f.speaker for f in handed.files] == ["Voice 1", "Voice 2", "Mara"]
    assert as_tracks(["mara.wav", "mara.flac"]).files[1].speaker == "Voice 2"


def test_names_of_files_are_shown_without_folders_and_tricks() -> None:
    assert names.shown("../../etc/mara.wav") == "mara.wav"
    assert names.shown("C:\\sound\\mara.wav") == "mara.wav"
    assert names.shown("a\x1b[2J\u202eb.mp3") == "a?[2J?b.mp3"
    assert names.shown("") == "?"
    assert names.kind_of("a.b.MP3") == "mp3"
    assert names.kind_of("mp3") == ""
