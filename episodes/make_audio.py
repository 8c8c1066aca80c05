"""Makes the sample show's audio and its `script.jsonl` from the scripts that people read and edit.

    python episodes/make_audio.py                     every episode
    python episodes/make_audio.py 02-four-minutes     one of them

The voices are flite's slt, rms and awb: synthetic, no real people. The program `flite` must be installed (on Debian:
the package `flite`). The same script gives the same bytes on the same machine. README.md documents script.txt.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import wave
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
Samples = NDArray[np.float32]

FLITE_HZ = 16_000  # what flite's voices speak at
OUT_HZ = 24_000
MIX_BITS_PER_S = 40_000
TRACK_BITS_PER_S = 32_000
VOICE_RMS = 10 ** (-20 / 20)  # every speaker's level over an episode, of full scale
PEAK = 10 ** (-1.5 / 20)
NOISE_RMS = 10 ** (-70 / 20)  # a room, so that pauses are not digital silence
HEAD_S, TAIL_S = 0.5, 1.0
MARGIN_S = 0.02  # kept around a sentence's phones, and faded
SENTENCE_PAUSE_S = {".": 0.34, "?": 0.36, "!": 0.26, "…": 0.55, "-": 0.10}
CUT_TAIL = "but"  # spoken after a broken-off sentence, then cut off: the voice does not fall as at an end
CUT_TAIL_PHONES = 3
SOUNDS = {  # flite would spell these
    "mm": "pau m m m m pau",
    "huh": "pau hh ah ah pau",
}
DIRECTIONS = {"slowly": (1.12, 0.0), "quickly": (0.92, 0.0), "quietly": (1.05, -4.0)}  # stretch, gain in dB

PAUSE = re.compile(r"\(pause (\d+(?:\.\d+)?)\)")
TURN = re.compile(r"([A-Z][A-Za-z]*)(?: \[([^\]]*)\])?: (\S.*)")
VOICE = re.compile(r"voice ([A-Z][A-Za-z]*): (\w+), (\w+), (\d+\.\d+)")
SENTENCE_END = re.compile(r"(?<=[.?!…])\s+|(?<= -)\s+")
MARK = re.compile(r"(start|bid|reply|end) (\d+)(?: (clear|subtle))?")
LEANING_IN = (
    "validation",
    "empathy",
    "curiosity",
    "vulnerability",
    "names_block",
    "ownership",
    "care",
    "turn_giving",
)


class ScriptError(Exception):
    """A line of script.txt means nothing; the text says which and what was expected."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One voice of the head of a script."""

    name: str
    flite: str  # slt, rms or awb
    role: str
    stretch: float  # 1.0 is flite's own tempo, more is slower


@dataclass(frozen=True, slots=True)
class Mark:
    """A turn's place in a moment."""

    part: str  # start, bid, reply or end
    moment: int
    clarity: str | None  # at the reply only


@dataclass(frozen=True, slots=True)
class Line:
    """One turn as written."""

    speaker: Speaker
    text: str  # with inline pauses
    tags: tuple[str, ...]
    near_miss: bool
    marks: tuple[Mark, ...]
    pause_before_s: float | None  # where directed
    stretch: float  # of this turn, on top of its speaker's
    gain_db: float

    @property
    def words(self) -> str:
        """What is said, without directions."""
        return re.sub(r"\s+", " ", PAUSE.sub(" ", self.text)).strip()


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script.txt."""

    speakers: dict[str, Speaker]
    gaps_s: tuple[float, float]  # least and most between two turns
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn that has its sound and its place."""

    line: Line
    start_s: float
    end_s: float
    sound: Samples  # mono, FLITE_HZ, begins MARGIN_S before start_s


# ---- reading script.txt


def read_script(path: Path) -> Script:
    """A script, read.

    Raises:
        ScriptError: a line is neither head, direction, turn, comment nor blank.
    """
    speakers: dict[str, Speaker] = {}
    gaps_s = (0.2, 0.7)
    lines: list[Line] = []
    pause_s, stretch, gain_db = None, 1.0, 0.0
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        if voice := VOICE.fullmatch(text):
            speakers[voice[1]] = Speaker(voice[1], voice[2], voice[3], float(voice[4]))
        elif gaps := re.fullmatch(r"gaps: (\d+\.\d+) (\d+\.\d+)", text):
            gaps_s = (float(gaps[1]), float(gaps[2]))
        elif pause := PAUSE.fullmatch(text):
            pause_s = float(pause[1])
        elif text.startswith("(") and text.strip("()") in DIRECTIONS:
            stretch, gain_db = DIRECTIONS[text.strip("()")]
        elif (turn := TURN.fullmatch(text)) and turn[1] in speakers:
            tags, marks = _labels(turn[2] or "")
            spoken = tuple(t for t in tags if t != "near_miss")
            near = "near_miss" in tags
            lines.append(Line(speakers[turn[1]], turn[3], spoken, near, marks, pause_s, stretch, gain_db))
            pause_s, stretch, gain_db = None, 1.0, 0.0
        else:
            raise ScriptError(f"{path}, line {number}: expected a turn, a direction or a voice, found {text!r}.")
    return Script(speakers, gaps_s, tuple(lines))


def _labels(inside: str) -> tuple[tuple[str, ...], tuple[Mark, ...]]:
    """Tags and marks of a turn's square brackets."""
    items = [item.strip() for item in inside.split(",") if item.strip()]
    found = [(item, MARK.fullmatch(item)) for item in items]
    tags = tuple(item for item, mark in found if mark is None)
    marks = tuple(Mark(mark[1], int(mark[2]), mark[3]) for _, mark in found if mark is not None)
    return tags, marks


def pieces(text: str) -> list[tuple[str, float | None]]:
    """A turn's text, cut where the voice stops: each sentence with the directed pause after it, in seconds."""
    parts = PAUSE.split(text)  # words, seconds, words, seconds, words
    directed: list[float | None] = [*map(float, parts[1::2]), None]
    out: list[tuple[str, float | None]] = []
    for words, pause_s in zip(parts[::2], directed, strict=True):
        sentences = [sentence for sentence in SENTENCE_END.split(words.strip()) if sentence]
        out += [(sentence, None) for sentence in sentences[:-1]]
        out += [(sentence, pause_s) for sentence in sentences[-1:]]
    return out


# ---- speaking


def say(sentence: str, voice: str, stretch: float) -> Samples:
    """One sentence, from its first phone to its last.

    Args:
        sentence: one sentence; flite counts its times anew at every full stop, so never two.
        voice: flite's name of it.
        stretch: 1.0 is the voice's own tempo, more is slower.

    Returns:
        Mono samples at FLITE_HZ, with MARGIN_S of faded sound on both sides of the phones.

    Raises:
        subprocess.CalledProcessError: flite failed.
    """
    broken = sentence.endswith("-")
    bare = sentence.rstrip(" -").rstrip("…")
    sound = SOUNDS.get(bare.strip(".,?!").lower())
    # A comma keeps the voice from falling where a thought only trails off.
    text = f"{bare} {CUT_TAIL}" if broken else bare + ("," if sentence.endswith("…") else "")
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "x.wav"
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.3f}", "-psdur"]
        command += ["-p", sound] if sound else ["-t", text]
        done = subprocess.run([*command, "-o", str(wav)], check=True, capture_output=True, text=True)
        with wave.open(str(wav)) as file:
            raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    begin_s, end_s = _phone_span(done.stdout, drop=CUT_TAIL_PHONES if broken else 0)
    samples = raw.astype(np.float32) / np.float32(32768)
    return _cut(samples, begin_s, end_s, hard=broken)


def _phone_span(printed: str, drop: int) -> tuple[float, float]:
    """Where the phones begin and end, from what `flite -psdur` prints: each phone with its end in seconds."""
    phones = [(name, float(end)) for name, end in re.findall(r"([a-z]+):(\d+\.\d+)", printed)]
    voiced = [i for i, (name, _) in enumerate(phones) if name != "pau"]
    first, last = voiced[0], voiced[-1 - drop]
    return (phones[first - 1][1] if first else 0.0), phones[last][1]


def _cut(samples: Samples, begin_s: float, end_s: float, hard: bool) -> Samples:
    """A stretch with faded margins; `hard` leaves nothing after its end, for what would be another word."""
    margin = round(MARGIN_S * FLITE_HZ)
    begin, end = round(begin_s * FLITE_HZ), round(end_s * FLITE_HZ)
    padded = np.concatenate([np.zeros(margin, np.float32), samples, np.zeros(2 * margin, np.float32)])
    out = padded[begin : end + 2 * margin].copy()
    fade = np.linspace(0, 1, margin, dtype=np.float32)
    out[:margin] *= fade
    if hard:
        out[-margin:] = 0
        out[-2 * margin : -margin] *= fade[::-1]
    else:
        out[-margin:] *= fade[::-1]
    return out


def say_turn(line: Line, dice: np.random.Generator) -> Samples:
    """A whole turn: its sentences with pauses between them, MARGIN_S around it."""
    stretch = line.speaker.stretch * line.stretch * (1 + dice.uniform(-0.04, 0.04))
    margin_s = 2 * MARGIN_S
    parts: list[Samples] = []
    for sentence, directed_s in pieces(line.text):
        parts.append(say(sentence, line.speaker.flite, stretch))
        own_s = SENTENCE_PAUSE_S.get(sentence[-1], 0.2) * dice.uniform(0.8, 1.2)
        pause_s = own_s if directed_s is None else directed_s
        parts.append(np.zeros(max(0, round((pause_s - margin_s) * FLITE_HZ)), np.float32))
    return np.concatenate(parts[:-1]) * np.float32(10 ** (line.gain_db / 20))


def place(script: Script, slug: str) -> list[Spoken]:
    """Every turn with its sound and its time; the dice are seeded by slug and turn."""
    out: list[Spoken] = []
    now_s = HEAD_S
    for index, line in enumerate(script.lines):
        dice = np.random.default_rng([zlib.crc32(slug.encode()), index])
        if out:
            now_s = out[-1].end_s + _gap_s(out[-1].line, line, script.gaps_s, dice)
        sound = say_turn(line, dice)
        end_s = now_s + sound.size / FLITE_HZ - 2 * MARGIN_S
        out.append(Spoken(line, now_s, end_s, sound))
    return out


def _gap_s(before: Line, line: Line, gaps_s: tuple[float, float], dice: np.random.Generator) -> float:
    """The silence before a turn: as directed, next to none for an interruption, else by chance."""
    if line.pause_before_s is not None:
        return line.pause_before_s
    return float(dice.uniform(0.04, 0.10) if before.text.endswith("-") else dice.uniform(*gaps_s))


# ---- mixing and writing


def lay(turns: list[Spoken]) -> dict[str, Samples]:
    """One track for each speaker, all as long as the episode, at FLITE_HZ and equally loud."""
    length = round((turns[-1].end_s + TAIL_S) * FLITE_HZ)
    tracks: dict[str, Samples] = {}
    for name in dict.fromkeys(t.line.speaker.name for t in turns):
        mine = [t for t in turns if t.line.speaker.name == name]
        level = float(np.sqrt(np.mean(np.concatenate([t.sound[t.sound != 0] for t in mine]) ** 2)))
        track = np.zeros(length, np.float32)
        for turn in mine:
            at = round((turn.start_s - MARGIN_S) * FLITE_HZ)
            track[at : at + turn.sound.size] += turn.sound * np.float32(VOICE_RMS / level)
        tracks[name] = track
    return tracks


def soften(samples: Samples) -> Samples:
    """The same with its few highest peaks rounded off, so that none passes PEAK."""
    knee = 0.6 * PEAK
    size = np.abs(samples)
    room = PEAK - knee
    rounded = knee + room * np.tanh((size - knee) / room)
    return np.where(size > knee, np.sign(samples) * rounded, samples).astype(np.float32)


def write_mp3(path: Path, samples: Samples, bits_per_s: int, title: str, seed: int) -> None:
    """Writes a mono MP3 at OUT_HZ from samples at FLITE_HZ, with a room's noise under them."""
    frame = av.AudioFrame.from_ndarray(soften(samples)[None, :], format="fltp", layout="mono")
    frame.sample_rate = FLITE_HZ
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=OUT_HZ)
    out = [f.to_ndarray()[0] for f in (*resampler.resample(frame), *resampler.resample(None))]
    heard = np.concatenate(out)[: round(samples.size * OUT_HZ / FLITE_HZ)]
    heard += np.random.default_rng(seed).normal(0, NOISE_RMS, heard.size).astype(np.float32)
    with av.open(str(path), "w", format="mp3") as file:
        file.metadata.update({"title": title, "comment": "A sample with synthetic voices. No real people."})
        stream = file.add_stream("libmp3lame", rate=OUT_HZ, layout="mono", format="fltp", bit_rate=bits_per_s)
        step = 576  # one MPEG-2 layer 3 frame
        for at in range(0, heard.size, step):
            block = av.AudioFrame.from_ndarray(heard[None, at : at + step], format="fltp", layout="mono")
            block.sample_rate, block.pts = OUT_HZ, at
            file.mux(stream.encode(block))
        file.mux(stream.encode(None))


def records(turns: list[Spoken]) -> list[dict[str, Any]]:
    """What script.jsonl holds: the turns, then the moments."""
    rows: list[dict[str, Any]] = [
        {
            "kind": "turn",
            "index": index,
            "speaker": t.line.speaker.name,
            "role": t.line.speaker.role,
            "text": t.line.words,
            "start_s": round(t.start_s, 3),
            "end_s": round(t.end_s, 3),
            "tags": list(t.line.tags),
            "near_miss": t.line.near_miss,
        }
        for index, t in enumerate(turns)
    ]
    numbers = sorted({mark.moment for t in turns for mark in t.line.marks})
    return rows + [_moment(turns, number) for number in numbers]


def _moment(turns: list[Spoken], number: int) -> dict[str, Any]:
    """One moment, from the marks with its number. Without `start` it starts at the bid, without `end` at the reply."""
    at = {m.part: i for i, t in enumerate(turns) for m in t.line.marks if m.moment == number}
    if not {"bid", "reply"} <= at.keys():
        raise ScriptError(f"Moment {number} needs a bid and a reply.")
    bid, reply = turns[at["bid"]], turns[at["reply"]]
    start, end = at.get("start", at["bid"]), at.get("end", at["reply"])
    giver = reply.line.speaker.name
    said = {tag for t in turns[at["reply"] : end + 1] if t.line.speaker.name == giver for tag in t.line.tags}
    clarity = next(m.clarity for m in reply.line.marks if m.moment == number)
    return {
        "kind": "moment",
        "start_turn": start,
        "bid_turn": at["bid"],
        "reply_turn": at["reply"],
        "end_turn": end,
        "start_s": round(turns[start].start_s, 3),
        "end_s": round(turns[end].end_s, 3),
        "validating_speaker": giver,
        "validated_speaker": bid.line.speaker.name,
        "tags": [tag for tag in LEANING_IN if tag in said],
        "clarity": clarity,
    }


def make(folder: Path) -> None:
    """Makes one episode's audio, tracks and script.jsonl.

    Raises:
        ScriptError: its script.txt cannot be read.
    """
    about = tomllib.loads((folder / "episode.toml").read_text(encoding="utf-8"))
    turns = place(read_script(folder / "script.txt"), about["slug"])
    tracks = lay(turns)
    seed = zlib.crc32(about["slug"].encode())
    mix = np.stack(list(tracks.values())).sum(axis=0, dtype=np.float32)
    write_mp3(folder / about["audio"], mix, MIX_BITS_PER_S, about["title"], seed)
    for number, voice in enumerate(about["voices"], 1):
        if "track" in voice:
            path = folder / voice["track"]
            path.parent.mkdir(exist_ok=True)
            title = f"{about['title']}: {voice['name']}"
            write_mp3(path, tracks[voice["name"]], TRACK_BITS_PER_S, title, seed + number)
    rows = [json.dumps(row, ensure_ascii=False) for row in records(turns)]
    (folder / "script.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{folder.name}: {len(turns)} turns, {turns[-1].end_s + TAIL_S:.1f} s")


def main(names: list[str]) -> int:
    """Makes the named episodes, or all of them."""
    if shutil.which("flite") is None:
        print("flite is not installed. On Debian and Ubuntu: apt install flite", file=sys.stderr)
        return 1
    folders = [HERE / name for name in names] or sorted(p.parent for p in HERE.glob("*/episode.toml"))
    try:
        for folder in folders:
            make(folder)
    except (ScriptError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
