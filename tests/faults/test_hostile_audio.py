"""Files that want to do harm, or came to harm: each gives its own sentence, and nothing half-made stays."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from companion.audio import Pcm, check_source, decode, playback_copy
from companion.config import Settings
from companion.errors import AudioError, CompanionError, LimitError, SpaceError
from companion.types import AudioInfo

SETTINGS = Settings(min_free_bytes=0)
NOBODY = 65_534
POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="the system has no resource limits")


def record(
    path: Path, codec: str, duration_s: float, rate_hz: int = 16_000, level: float = 0.1, **options: str
) -> Path:
    """Writes noise (level 0: silence) to a file, a minute at a time."""
    rng = np.random.default_rng(7)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout="mono", options=options)
        for left in range(round(duration_s * rate_hz), 0, -60 * rate_hz):
            count = min(left, 60 * rate_hz)
            noise = level * 32767 * rng.uniform(-1, 1, count) if level else np.zeros(count)
            frame = AudioFrame.from_ndarray(noise.astype(np.int16)[None, :], format="s16", layout="mono")
            frame.sample_rate = rate_hz
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


Refused = Callable[..., CompanionError]


@pytest.fixture
def refused(out: Path) -> Refused:
    """Decodes, expects the error, and looks that nothing stays behind."""

    def run(source: Path, kind: type[CompanionError], sentence: str, settings: Settings = SETTINGS) -> CompanionError:
        with pytest.raises(kind, match=sentence) as caught:
            decode(source, out / "sound.pcm", settings)
        assert type(caught.value) is kind
        assert str(source.parent) not in caught.value.sentence
        assert list(out.iterdir()) == []
        return caught.value

    return run


# ---- what is no recording


def test_a_missing_file(here: Path, refused: Refused) -> None:
    refused(here / "gone.mp3", AudioError, r"There is no file gone\.mp3")


def test_a_folder(here: Path, refused: Refused) -> None:
    refused(here, AudioError, "in is a folder")


def test_an_empty_file(here: Path, refused: Refused) -> None:
    (here / "void.mp3").touch()
    refused(here / "void.mp3", AudioError, r"void\.mp3 is empty")


@POSIX_ONLY
def test_a_pipe_is_refused_rather_than_waited_for(here: Path, refused: Refused) -> None:
    os.mkfifo(here / "pipe.mp3")
    refused(here / "pipe.mp3", AudioError, "a pipe, not a file")


@POSIX_ONLY
def test_a_file_that_may_not_be_read(here: Path) -> None:
    source = record(here / "secret.wav", "pcm_s16le", 1)
    source.chmod(0)
    was_root = os.geteuid() == 0
    if was_root:  # who may read everything
        os.seteuid(NOBODY)
    try:
        with pytest.raises(AudioError, match=r"You may not read secret\.wav"):
            check_source(source, Settings.load(environ={}))
    finally:
        if was_root:
            os.seteuid(0)


@pytest.mark.parametrize("text", ["Dear diary, today…\n", "für dich\r\n"], ids=["utf-8", "latin-1"])
def test_text_under_a_recordings_name(text: str, here: Path, refused: Refused) -> None:
    (here / "notes.mp3").write_bytes(text.encode("utf-8" if "…" in text else "latin-1"))
    refused(here / "notes.mp3", AudioError, r"notes\.mp3 is text, not a recording")


def test_random_bytes(here: Path, refused: Refused) -> None:
    (here / "noise.wav").write_bytes(np.random.default_rng(3).bytes(100_000))
    refused(here / "noise.wav", AudioError, r"noise\.wav is not a recording.*MP3, M4A, AAC")


def test_a_picture_only(here: Path, refused: Refused) -> None:
    with av.open(str(here / "film.mp4"), "w") as container:
        video = container.add_stream("mpeg4", rate=5, width=64, height=64, pix_fmt="yuv420p")
        container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        container.mux(video.encode(None))
    refused(here / "film.mp4", AudioError, r"film\.mp4 has no sound in it")


def test_a_codec_that_is_not_taken(here: Path, refused: Refused) -> None:
    source = record(here / "old.wav", "adpcm_ima_wav", 1)
    refused(source, AudioError, r"old\.wav is coded as adpcm_ima_wav")


def test_a_name_cannot_steer_the_terminal(here: Path, refused: Refused) -> None:
    error = refused(here / "a\x1b[2Jb.mp3", AudioError, "There is no file")
    assert error.sentence.isprintable()


# ---- scripts and playlists that point elsewhere

_NEIGHBOUR = "neighbour.mp3"
SCRIPTS = {
    "ffconcat": f"ffconcat version 1.0\nfile {_NEIGHBOUR}\n",
    "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{_NEIGHBOUR}\n#EXT-X-ENDLIST\n",
    "dash": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{_NEIGHBOUR}</BaseURL></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "subtitles": "1\n00:00:00,000 --> 00:00:02,000\nHello\n",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_under_a_recordings_name_reads_nobody_elses_file(name: str, here: Path, refused: Refused) -> None:
    record(here / _NEIGHBOUR, "libmp3lame", 2)
    (here / "evil.mp3").write_text(SCRIPTS[name])
    refused(here / "evil.mp3", AudioError, "is text, not a recording")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_with_bytes_that_hide_it_is_refused_by_the_decoder_too(
    name: str, here: Path, refused: Refused
) -> None:
    record(here / _NEIGHBOUR, "libmp3lame", 2)
    hidden = SCRIPTS[name].encode() + b"\n# \x01\x02\n"
    (here / "evil.mp3").write_bytes(hidden)
    refused(here / "evil.mp3", AudioError, r"evil\.mp3 is not a recording")


def test_without_the_allow_list_the_neighbour_would_be_read(here: Path) -> None:
    # Otherwise the two tests above would prove nothing.
    record(here / _NEIGHBOUR, "libmp3lame", 2)
    (here / "evil.mp3").write_bytes(SCRIPTS["ffconcat"].encode() + b"\n# \x01\x02\n")
    with av.open(str(here / "evil.mp3")) as container:
        assert container.format.name == "concat"
        assert sum(f.samples for f in container.decode(audio=0)) > 16_000


# ---- what came to harm


def flawed(source: Path, out: Path) -> AudioInfo:
    info = decode(source, out / "sound.pcm", SETTINGS)
    with Pcm(out / "sound.pcm") as sound:
        assert sound.duration_s == info.duration_s
    return info


def test_a_truncated_mp3_gives_what_there_is_and_says_what_it_promised(here: Path, out: Path) -> None:
    source = record(here / "cut.mp3", "libmp3lame", 10)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    info = flawed(source, out)
    assert info.duration_s == pytest.approx(5.0, abs=0.3)
    assert info.announced_s == pytest.approx(10.0, abs=0.2)


@pytest.mark.parametrize(
    ("name", "codec"), [("hole.mp3", "libmp3lame"), ("hole.flac", "flac"), ("hole.opus", "libopus")]
)
def test_a_corrupt_middle_is_left_out_and_can_be_seen(name: str, codec: str, here: Path, out: Path) -> None:
    source = record(here / name, codec, 10)
    data = bytearray(source.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = np.random.default_rng(1).bytes(third)
    source.write_bytes(data)
    info = flawed(source, out)
    assert 5.0 < info.duration_s < 10.1
    assert info.announced_s is not None
    # Some demuxers skip over damage without a word: then the length tells.
    assert info.bad_packets > 0 or info.duration_s < info.announced_s - 1.0


def test_a_truncated_m4a_without_its_index_is_refused(here: Path, refused: Refused) -> None:
    source = record(here / "cut.m4a", "aac", 5)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    refused(source, AudioError, "is not a recording")


def test_a_wav_header_that_claims_4_gb_is_not_believed(here: Path, out: Path) -> None:
    source = record(here / "liar.wav", "pcm_s16le", 3)
    data = bytearray(source.read_bytes())
    data[4:8] = struct.pack("<I", 0xFFFFFFF0)
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", 0xFFFFFF00)
    source.write_bytes(data)
    info = flawed(source, out)
    assert info.duration_s == pytest.approx(3.0, abs=0.01)
    assert info.loudness_lufs is not None


def test_a_header_without_sound_behind_it(here: Path, refused: Refused) -> None:
    source = record(here / "head.wav", "pcm_s16le", 1)
    data = source.read_bytes()
    source.write_bytes(data[: data.index(b"data") + 8])
    refused(source, AudioError, r"(?:Nothing could be decoded from|is not a recording)")


def test_a_sample_rate_of_1_hz_is_refused_before_it_becomes_hours(here: Path, refused: Refused) -> None:
    source = record(here / "slow.wav", "pcm_s16le", 3)
    data = bytearray(source.read_bytes())
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = struct.pack("<I", 1)
    source.write_bytes(data)
    refused(source, AudioError, r"slow\.wav claims 1 samples a second")


def test_flipped_bits_never_break_more_than_their_own_file(here: Path, out: Path) -> None:
    good = record(here / "good.mp3", "libmp3lame", 2).read_bytes()
    rng = np.random.default_rng(11)
    for _ in range(4):
        data = bytearray(good)
        for at in rng.integers(0, len(data), 60):
            data[at] ^= 1 << int(rng.integers(8))
        (here / "flipped.mp3").write_bytes(data)
        # Anything but an AudioError fails the test.
        with contextlib.suppress(AudioError):
            assert flawed(here / "flipped.mp3", out).duration_s < 2.5


# ---- limits


def test_too_many_bytes(here: Path, refused: Refused) -> None:
    source = record(here / "big.wav", "pcm_s16le", 2)
    error = refused(source, LimitError, r"big\.wav has", SETTINGS.with_(max_audio_bytes=1000))
    assert isinstance(error, LimitError)
    assert error.setting == "max_audio_bytes"


def test_a_recording_that_is_too_long_is_stopped_while_it_is_decoded(here: Path, refused: Refused) -> None:
    source = record(here / "long.mp3", "libmp3lame", 30)
    error = refused(source, LimitError, r"long\.mp3 is longer than 0\.25 minutes", SETTINGS.with_(max_duration_s=15.0))
    assert isinstance(error, LimitError)
    assert error.setting == "max_duration_s"


def test_exactly_the_longest_is_taken(here: Path, out: Path) -> None:
    source = record(here / "fits.wav", "pcm_s16le", 15)
    assert decode(source, out / "sound.pcm", SETTINGS.with_(max_duration_s=15.0)).duration_s == 15.0


@POSIX_ONLY
def test_hours_of_silence_in_a_small_file_are_cut_off_in_flat_memory(here: Path, out: Path) -> None:
    bomb = record(here / "bomb.flac", "flac", 2 * 3600, rate_hz=8_000, level=0.0, frame_size="16000")
    assert bomb.stat().st_size < 100_000
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from companion.audio import decode\n"
        "from companion.config import Settings\n"
        "from companion.errors import LimitError\n"
        "try:\n"
        "    decode(Path(sys.argv[1]), Path(sys.argv[2]), Settings(min_free_bytes=0, max_duration_s=6000))\n"
        "except LimitError as error:\n"
        "    print(error.setting, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, bomb, out / "sound.pcm"], capture_output=True, text=True, check=True
    )
    setting, most = done.stdout.split()
    most_bytes = int(most) * (1 if sys.platform == "darwin" else 1024)
    assert setting == "max_duration_s"
    assert most_bytes < 180_000_000  # the sound up to the limit has 192 MB, and twice that as float32
    assert time.monotonic() - started < 60
    assert list(out.iterdir()) == []


def test_no_room_before_it_begins(here: Path, refused: Refused) -> None:
    source = record(here / "a.wav", "pcm_s16le", 1)
    refused(source, SpaceError, "too little room", SETTINGS.with_(min_free_bytes=10**18))


@POSIX_ONLY
def test_too_little_memory(here: Path, refused: Refused) -> None:
    source = record(here / "a.mp3", "libmp3lame", 1)
    error = refused(source, LimitError, r"a\.mp3: .* more memory", SETTINGS.with_(decode_memory_bytes=100_000_000))
    assert isinstance(error, LimitError)
    assert error.setting == "decode_memory_bytes"


@POSIX_ONLY
def test_too_little_computing_time(here: Path, refused: Refused) -> None:
    source = record(here / "a.flac", "flac", 2500, rate_hz=8_000, level=0.0, frame_size="16000")
    error = refused(source, LimitError, r"a\.flac: .* computing time", SETTINGS.with_(decode_cpu_s=1))
    assert isinstance(error, LimitError)
    assert error.setting == "decode_cpu_s"


@pytest.mark.parametrize("setting", ["decode_wall_s", "decode_idle_s"])
def test_too_little_time(setting: str, here: Path, refused: Refused) -> None:
    source = record(here / "a.mp3", "libmp3lame", 1)
    error = refused(source, LimitError, r"a\.mp3: decoding it", SETTINGS.with_(**{setting: 0.01}))
    assert isinstance(error, LimitError)
    assert error.setting == setting


# ---- ends


def test_a_progress_callback_that_stops_leaves_nothing(here: Path, out: Path) -> None:
    def stop(done_s: float, announced_s: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode(record(here / "a.mp3", "libmp3lame", 1), out / "sound.pcm", SETTINGS, stop)
    assert list(out.iterdir()) == []


def test_an_older_result_survives_a_failure(here: Path, out: Path) -> None:
    (out / "sound.pcm").write_bytes(b"\1\0" * 100)
    (here / "bad.mp3").write_bytes(b"\0\1\2\3" * 1000)
    with pytest.raises(AudioError):
        decode(here / "bad.mp3", out / "sound.pcm", SETTINGS)
    assert [p.read_bytes() for p in out.iterdir()] == [b"\1\0" * 100]


def test_a_copy_of_something_else_than_was_decoded_fails_cleanly(here: Path, out: Path) -> None:
    source = record(here / "a.wav", "pcm_s16le", 1)
    info = decode(source, here / "a.pcm", SETTINGS)
    source.write_bytes(b"\0\1\2\3" * 1000)
    with pytest.raises(AudioError, match=r"a\.wav is not a recording"):
        playback_copy(source, out / "copy.mp3", info, SETTINGS)
    assert list(out.iterdir()) == []


@POSIX_ONLY
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to look for the child")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_the_child_never_outlives_its_parent(number: signal.Signals, here: Path, out: Path) -> None:
    source = record(here / "a.flac", "flac", 5000, rate_hz=8_000, level=0.0, frame_size="16000")
    script = (
        "import signal, sys\n"
        "from pathlib import Path\n"
        "from companion.audio import decode\n"
        "from companion.config import Settings\n"
        # Programs started in the background of a shell inherit that Ctrl-C is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "decode(Path(sys.argv[1]), Path(sys.argv[2]), Settings(min_free_bytes=0), lambda *a: print('x', flush=True))\n"
    )
    command = [sys.executable, "-c", script, str(source), str(out / "sound.pcm")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        parent.stdout.readline()
        children = _children_of(parent.pid)
        assert len(children) == 1
        parent.send_signal(number)
        parent.wait(10)
        said = parent.stderr.read().decode()
    ends = time.monotonic() + 10
    while any(_is_running(pid) for pid in children) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not any(_is_running(pid) for pid in children)
    assert list(out.iterdir()) == []
    assert not re.search(r"\[flac|libav", said)


def _children_of(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
