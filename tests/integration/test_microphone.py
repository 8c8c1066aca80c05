"""The recorder with a real virtual microphone (a PulseAudio server of our own), and `companion practice` with it."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from companion.audio import excerpt
from companion.cli.practice import MIMES, TOKEN_FILE
from companion.config import Settings
from companion.core import Companion
from companion.errors import AudioError
from companion.practice.export import MIMES as TAKEN
from tests.programs import command, companion
from tests.small_library import build, tone_mp3
from tests.sounds import music, sound_of, write_wav
from tests.virtual_microphone import VirtualMicrophone, silent_env, take_program, virtual_microphone

TAKES = 5  # `python -m benchmarks microphone` records twenty
PROMPT = "goodnight-to-the-fridge"
needs_pulse = pytest.mark.skipif(shutil.which("pulseaudio") is None, reason="needs PulseAudio (make system)")


@pytest.fixture(scope="module")
def microphone() -> Iterator[VirtualMicrophone]:
    with virtual_microphone() as opened:
        yield opened


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, show: Path) -> Path:
    """Six seconds of a voice that the bundled recogniser knows."""
    sound = sound_of(show / "02-four-minutes" / "episode.mp3", 20, 6)
    return write_wav(tmp_path_factory.mktemp("spoken") / "reply.wav", sound)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


def start(home: Path, env: dict[str, str], *args: object) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    program = command("practice", *args, home=home)
    return subprocess.Popen(program, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def wait_for(program: subprocess.Popen[str], words: str) -> str:
    assert program.stderr is not None
    heard = ""
    for line in program.stderr:
        heard += line
        if words in line:
            return heard
    raise AssertionError(heard)


# ---- the recorder


@needs_pulse
@pytest.mark.slow
def test_takes_are_whole_to_their_end(microphone, spoken, tmp_path):
    takes = take_program(microphone, TAKES, 4.0, spoken, tmp_path)
    assert len(takes) == TAKES
    assert min(t["s"] for t in takes) >= 3.9
    assert min(t["likeness"] for t in takes) > 0.95
    assert min(t["arrived"] for t in takes) >= 0.97
    assert not any(t["silent"] for t in takes)


@needs_pulse
def test_what_a_muted_microphone_gives_is_known_as_silence(microphone, spoken, tmp_path):
    microphone.mute(True)
    try:
        (take,) = take_program(microphone, 1, 1.5, spoken, tmp_path)
    finally:
        microphone.mute(False)
    assert take["silent"]


@needs_pulse
def test_a_microphone_that_goes_away_loses_nothing_that_came(spoken, home):
    with virtual_microphone() as short_lived:
        player = short_lived.speak(spoken)
        program = start(home, short_lived.env, "--prompt", PROMPT)
        wait_for(program, "Speak now")
        player.wait()
        os.kill(short_lived.pid, signal.SIGKILL)
        out, err = program.communicate(timeout=60)
    assert program.returncode == 0, err
    assert "went away" in err
    assert "You said: “" in out


# ---- companion practice with a microphone


@needs_pulse
def test_a_reply_is_recorded_until_ctrl_c_and_heard(microphone, spoken, home):
    program = start(home, microphone.env, "--prompt", PROMPT)
    wait_for(program, "Speak now")
    microphone.speak(spoken).wait()
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert program.returncode == 0, err
    assert out.startswith("Goodnight to the fridge\n")
    assert re.search(r"You said: “.*elevator yesterday", out), out
    assert "Other ways to say it:" in out


@needs_pulse
def test_a_line_on_standard_input_ends_a_recording(microphone, spoken, home):
    program = start(home, microphone.env, "--prompt", PROMPT, "--device", "pulse")
    wait_for(program, "Speak now")
    microphone.speak(spoken).wait()
    out, err = program.communicate("\n", timeout=60)
    assert program.returncode == 0, err
    assert "elevator" in out


@needs_pulse
def test_a_muted_microphone_gets_its_sentence_and_nothing_is_kept(microphone, home):
    microphone.mute(True)
    try:
        program = start(home, microphone.env, "--prompt", PROMPT)
        wait_for(program, "is it muted?")
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=60)
    finally:
        microphone.mute(False)
    assert program.returncode == 8
    assert "nothing but silence" in err
    assert "--list-devices" in err
    assert not (home / TOKEN_FILE).exists()


@needs_pulse
def test_devices_are_listed(microphone, home):
    listed = companion("practice", "--list-devices", home=home, **microphone.env).stdout
    assert re.search(r"^ +\d+  pulse \(ALSA\)", listed, re.MULTILINE)
    assert listed.count("  default\n") == 1
    assert not home.exists()


@needs_pulse
def test_an_unknown_device_gets_the_list(microphone, home):
    told = companion("practice", "--device", "webcam", "--prompt", PROMPT, home=home, code=3, **microphone.env).stderr
    assert "No microphone is called 'webcam'" in told
    assert "pulse (ALSA)" in told


@pytest.mark.parametrize("args", [("--list-devices",), ("--prompt", PROMPT)])
def test_no_microphone_gets_its_sentence(tmp_path, home, args):
    folder = tmp_path / "nothing"
    folder.mkdir()
    told = companion("practice", *args, home=home, code=8, **silent_env(folder))
    assert "There is no microphone on this machine" in told.stderr
    assert "--wav FILE" in told.stderr
    assert told.stdout == ""


def test_without_portaudio_it_is_said_what_to_install_and_a_wav_works(tmp_path, home, spoken):
    # sounddevice itself says OSError at its import where the library is missing; so does this module in its place.
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    hidden = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).resolve().parents[2]}"}
    told = companion("practice", "--prompt", PROMPT, home=home, code=8, **hidden).stderr
    assert "needs PortAudio" in told
    assert "libportaudio2" in told
    assert "You said" in companion("practice", "--prompt", PROMPT, "--wav", spoken, home=home, **hidden).stdout


# ---- in a terminal


class Terminal:
    """A person at a terminal."""

    def __init__(self, home: Path, env: dict[str, str], *args: object) -> None:
        self.side, other = pty.openpty()
        program = command("practice", *args, home=home)
        env = {**env, "TERM": "xterm", "COLUMNS": "200", "LINES": "50"}
        # A controlling terminal, so that Ctrl-C comes as it does from a keyboard.
        program = ["setsid", "--ctty", *program]
        self.program = subprocess.Popen(program, env=env, stdin=other, stdout=other, stderr=other)
        os.close(other)
        self.seen = ""

    def wait_for(self, words: str, timeout_s: float = 60.0) -> str:
        """Reads until the words come; returns what came since the last time."""
        end_s = time.monotonic() + timeout_s
        while words not in self.seen:
            assert time.monotonic() < end_s, self.seen[-500:]
            if select.select([self.side], [], [], 0.2)[0]:
                self.seen += self._read()
        before, _, self.seen = self.seen.partition(words)
        return before

    def type(self, text: str) -> None:
        os.write(self.side, text.encode())

    def end(self) -> int:
        end_s = time.monotonic() + 30
        while self.program.poll() is None:
            assert time.monotonic() < end_s, self.seen[-500:]
            if select.select([self.side], [], [], 0.2)[0]:
                self.seen += self._read()
        return self.program.returncode

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.program.kill()
        self.program.wait()
        os.close(self.side)

    def _read(self) -> str:
        try:
            return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(self.side, 4096).decode(errors="replace"))
        except OSError:  # the other side was closed
            return ""


@needs_pulse
@pytest.mark.slow
def test_a_second_take_a_correction_and_throwing_away(microphone, spoken, home):
    with Terminal(home, microphone.env, "--prompt", PROMPT) as terminal:
        assert "Goodnight to the fridge" in terminal.wait_for("Enter when you are ready")
        terminal.type("\n")
        terminal.wait_for("Speak now")
        microphone.speak(spoken).wait()
        assert "left" in terminal.seen or terminal.wait_for(" left") is not None
        terminal.type("\n")
        code = terminal.wait_for("You said: “")
        assert re.search(r"[a-z]{4}(-[a-z]{4})+", code)
        terminal.wait_for("[s]econd take")
        terminal.type("s\n")
        terminal.wait_for("Enter when you are ready")
        terminal.type("\n")
        terminal.wait_for("Speak now")
        microphone.speak(spoken).wait()
        terminal.type("\x03")  # Ctrl-C keeps the take as Enter does
        assert not re.search(r"[a-z]{4}(-[a-z]{4}){4}", terminal.wait_for("You said: “"))
        terminal.wait_for("[s]econd take")
        terminal.type("c\n")
        terminal.wait_for("What you said")
        terminal.type("That sounds lonely, and I want to hear more.\n")
        terminal.wait_for("You said: “That sounds lonely, and I want to hear more.”")
        terminal.wait_for("[s]econd take")
        terminal.type("h\n")
        terminal.wait_for("Your take 1: “")
        terminal.wait_for("Your take 2: “That sounds lonely")
        terminal.wait_for("[s]econd take")
        terminal.type("t\n")
        terminal.wait_for("It is gone.")
        terminal.wait_for("[s]econd take")
        terminal.type("\n")
        assert terminal.end() == 0


def test_where_words_speak_of_harm_there_is_the_help_alone(spoken, home):
    with Terminal(home, dict(os.environ), "--prompt", PROMPT, "--wav", spoken) as terminal:
        terminal.wait_for("[s]econd take")
        terminal.type("c\n")
        terminal.wait_for("What you said")
        terminal.type("I am so alone. I want to kill myself.\n")
        terminal.wait_for("kill myself.")  # what was typed
        told = terminal.wait_for("[s]econd take")
        assert "findahelpline.com" in told
        for words in ("You said", "What your words did", "What worked", "One thing to try", "Pace:"):
            assert words not in told
        terminal.type("\n")
        assert terminal.end() == 0
        assert "Other ways to say it" not in terminal.seen


# ---- companion practice with a recording


def test_a_wav_is_heard_end_to_end_without_questions(spoken, home):
    first = companion("practice", "--wav", spoken, "--prompt", PROMPT, home=home)
    assert re.search(r"You said: “.*elevator yesterday", first.stdout)
    assert re.search(r"Pace: \d+ words a minute", first.stdout)
    assert re.search(r"  [a-z]{4}(-[a-z]{4})+\n", first.stderr)
    token = home / TOKEN_FILE
    assert token.stat().st_mode & 0o777 == 0o600
    kept = token.read_text()
    second = companion("practice", "--wav", spoken, "--prompt", PROMPT, home=home)
    assert "shown this once" not in second.stderr
    assert token.read_text() == kept


def test_without_an_exercise_one_is_suggested(spoken, home):
    out = companion("practice", "--wav", spoken, home=home).stdout
    assert "You said" in out


def test_the_exercises_are_listed(home):
    listed = companion("practice", "--list", home=home).stdout
    assert len(re.findall(r"^\S+ +[a-z0-9-]+$", listed, re.MULTILINE)) >= 40


def test_a_token_that_others_could_read_is_taken_back(spoken, home):
    companion("practice", "--wav", spoken, "--prompt", PROMPT, home=home)
    (home / TOKEN_FILE).chmod(0o644)
    companion("practice", "--wav", spoken, "--prompt", PROMPT, home=home)
    assert (home / TOKEN_FILE).stat().st_mode & 0o777 == 0o600


def test_a_space_that_is_gone_is_followed_by_a_new_one(spoken, home):
    companion("practice", "--wav", spoken, "--prompt", PROMPT, home=home)
    (home / TOKEN_FILE).write_text("not-a-token\n")
    told = companion("practice", "--wav", spoken, "--prompt", PROMPT, home=home).stderr
    assert "is gone or closed" in told
    assert "shown this once" in told


def test_a_space_is_opened_again_by_its_code(spoken, home):
    told = companion("practice", "--wav", spoken, "--prompt", PROMPT, home=home).stderr
    code = re.search(r"^  ([a-z-]{20,})$", told, re.MULTILINE)
    assert code
    old = (home / TOKEN_FILE).read_text()
    done = subprocess.run(
        command("practice", "recover", home=home), input=code[1] + "\n", capture_output=True, text=True, check=True
    )
    assert "It holds 1 take" in done.stdout
    assert (home / TOKEN_FILE).read_text() != old
    wrong = subprocess.run(
        command("practice", "recover", home=home), input="baba-baba\n", capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 3
    assert "opens no private space" in wrong.stderr


def test_a_moment_is_answered_and_the_partners_words_follow(tmp_path, spoken, home):
    build(Settings.load(home, {}), tmp_path)
    with Companion.open(Settings.load(home, {})) as opened:
        moment = opened.moments(episode_slug="late-again").moments[0]
    out = companion("practice", "--moment", moment.id, "--wav", spoken, home=home).stdout
    assert out.startswith(f"“{moment.moment.bid}”")
    assert "What the partner on the podcast said:" in out
    assert moment.moment.quote in out


def test_a_bid_is_cut_out_where_it_is(tmp_path):
    sound = excerpt(tone_mp3(tmp_path / "tone.mp3"), 10.2, 12.0)  # each second of it has a pitch of its own
    assert abs(sound.size - 1.8 * 16_000) <= 1
    for first, pitch_hz in ((0, 250), (16_000, 255)):
        part = sound[first : first + 12_000].astype(float)
        heard_hz = np.argmax(np.abs(np.fft.rfft(part * np.hanning(part.size)))) * 16_000 / part.size
        assert abs(heard_hz - pitch_hz) < 2
    with pytest.raises(AudioError, match="damaged or gone"):
        excerpt(tmp_path / "none.mp3", 0, 1)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--prompt", "goodnight-to-the-frige"), 3, "Do you mean goodnight-to-the-fridge"),
        (("--prompt", ""), 3, "No exercise has the id"),
        (("--moment", "nosuchmoment"), 3, "moment"),
        (("--prompt", PROMPT, "--moment", "x"), 2, "not both"),
        (
            (
                "--device",
                "1",
            ),
            2,
            "not both",
        ),
    ],
)
def test_what_cannot_be_answered(spoken, home, args, code, words):
    told = companion("practice", "--wav", spoken, *args, home=home, code=code)
    assert words in told.stderr
    assert told.stdout == ""
    assert not (home / TOKEN_FILE).exists()


def test_recordings_that_cannot_be_used(tmp_path, home):
    empty, torn, odd = tmp_path / "empty.wav", tmp_path / "torn.wav", tmp_path / "reply.txt"
    empty.touch()
    torn.write_bytes(b"RIFF\x00\x10\x00\x00WAVE" + bytes(range(256)) * 16)
    odd.write_text("hello")
    for file, words in [(empty, "empty"), (odd, "no kind of recording"), (tmp_path / "none.wav", "none.wav")]:
        told = companion("practice", "--prompt", PROMPT, "--wav", file, home=home, code=2)
        assert words in told.stderr
        assert not (home / TOKEN_FILE).exists()
    assert "cannot be read" in companion("practice", "--prompt", PROMPT, "--wav", torn, home=home, code=2).stderr
    assert _takes(home) == 0


def test_a_recording_without_a_voice_is_not_kept(tmp_path, home):
    told = companion(
        "practice", "--prompt", PROMPT, "--wav", write_wav(tmp_path / "m.wav", music(3)), home=home, code=2
    )
    assert "Nobody can be heard" in told.stderr
    assert _takes(home) == 0


def test_a_recording_that_is_too_long_is_refused(tmp_path, home, spoken):
    told = companion(
        "practice", "--prompt", PROMPT, "--wav", spoken, home=home, code=2, COMPANION_PRACTICE_TAKE_BYTES="1000"
    )
    assert "Say it in less" in told.stderr
    assert _takes(home) == 0


def test_every_kind_of_recording_is_one_that_spaces_take():
    assert set(MIMES.values()) <= set(TAKEN)


def _takes(home: Path) -> int:
    program = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime\n"
        "from companion.core import Companion; from companion.config import Settings\n"
        "home = Path(sys.argv[1])\n"
        "with Companion.open(Settings.load(home)) as c:\n"
        "    space = c.practice.enter((home / 'practice.terminal').read_text().strip(), datetime.now(UTC))\n"
        "    print(len(c.practice.takes(space)))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home)], capture_output=True, text=True, check=True)
    return int(done.stdout)
