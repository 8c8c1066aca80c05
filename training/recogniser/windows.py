"""Training windows: clips put together with pauses, noise and level, and what is true of each of their instants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from companion.errors import BadInputError
from training.recogniser.model import ENCODED_PER_S, MEL_BINS, OTHER_PHONE, PHONE_ID, STAMP_STEP_S, STAMPS
from training.recogniser.rooms import heard_in_a_room, nobody_speaks
from training.recogniser.synthesise import PAUSE, RATE_HZ, Clip

FRAME_SAMPLES = 160  # a log-mel frame
UNKNOWN_S = -1.0  # the time of a token that has no place in the sound
NOBODY = 0.03  # share of the windows in use in which nobody speaks
CUT_AT_THE_END, CUT_AT_THE_START = 0.12, 0.05  # shares of the windows in use that fall into a sentence
STAMPED = 0.25  # share of the other windows whose target has time stamps; the companion decodes without


@dataclass(frozen=True)
class Kind:
    """One kind of window; all windows of a step are of one kind."""

    share: float  # of the steps
    sound_s: float  # the longest sound
    frames: int | None  # log-mel frames with padding; None: as many as the longest sound needs
    windows: int  # a step and process


class Batch(NamedTuple):
    """The windows of one step."""

    features: NDArray[np.float32]  # (windows, 80, frames)
    tokens: NDArray[np.int64]  # (windows, length), filled up with the end token
    counts: NDArray[np.float32]  # (windows, length - 1): 1 where the next token is to be learned, else 0
    times_s: NDArray[np.float32]  # (windows, length - 1): where the next token is spoken, or UNKNOWN_S
    phones: NDArray[np.int64]  # (windows, frames / 2)


@dataclass(frozen=True)
class Placed:
    """A clip and where it starts in its window."""

    start_s: float
    clip: Clip

    @property
    def speech_s(self) -> tuple[float, float]:
        """First and last instant of speech in the window."""
        return self.start_s + self.clip.spoken[0][1], self.start_s + self.clip.spoken[-1][2]


@dataclass(frozen=True)
class Window:
    """What happens in a window."""

    length_s: float
    said: tuple[Placed, ...] = ()
    cut: Placed | None = None  # a sentence that the window's end falls into


def cut_at_the_start(rng: np.random.Generator, clip: Clip) -> Clip:
    """The clip from one of its later words on, as where a window starts inside a sentence; short clips stay whole."""
    words = clip.text.split(" ")
    if len(words) < 6:
        return clip
    left_out = int(rng.integers(1, len(words) - 3))
    before = len(" ".join(words[:left_out])) + 1
    at_s = float(times_s(clip, np.array([before - 0.5]))[0])
    phones = tuple((name, end_s - at_s) for name, end_s in clip.phones if end_s > at_s)
    return replace(clip, samples=clip.samples[int(at_s * RATE_HZ) :], text=clip.text[before:], phones=phones)


def place(
    rng: np.random.Generator, clips: Sequence[Clip], sound_s: float, to_the_end: bool, from_within: bool = False
) -> Window:
    """Put clips into a window.

    Args:
        rng: decides.
        clips: to choose from; each must fit into the window.
        sound_s: the longest sound.
        to_the_end: go on until the window's end falls into a sentence, as it does in real use.
        from_within: begin inside a sentence.
    """
    now_s = 0.0 if from_within else float(rng.choice([0.0, rng.uniform(0, 0.6)]))
    said: list[Placed] = []
    most = 99 if to_the_end else rng.choice([1, 2, 3, 5, 8])
    while len(said) < most:
        clip = clips[rng.integers(len(clips))]
        if from_within and not said:
            clip = cut_at_the_start(rng, clip)
        if now_s + clip.length_s > sound_s - 0.1 and said:
            cut = Placed(now_s, clip) if to_the_end and now_s < sound_s - 1 else None
            return Window(sound_s if cut else min(now_s, sound_s), tuple(said), cut)
        said.append(Placed(now_s, clip))
        now_s += clip.length_s + float(rng.choice([rng.uniform(0.02, 0.3), rng.uniform(0.1, 1.0)]))
    return Window(min(now_s, sound_s), tuple(said))


def render(rng: np.random.Generator, window: Window) -> NDArray[np.float32]:
    """Make the window's sound: each clip at a level of its own, all of them in one room."""
    samples = int(window.length_s * RATE_HZ)
    if not window.said:
        return nobody_speaks(rng, samples)
    sound = np.zeros(samples, np.float32)
    for placed in (*window.said, *([window.cut] if window.cut else [])):
        there = sound[int(placed.start_s * RATE_HZ) :][: len(placed.clip.samples)]
        there += placed.clip.samples[: len(there)] * np.float32(rng.uniform(0.3, 1.3) / 32768)
    return heard_in_a_room(rng, sound)


def token_times_s(clip: Clip, pieces: Encoding) -> NDArray[np.float64]:
    """Guess when the middle of each piece is spoken."""
    return times_s(clip, np.array([(first + last) / 2 for first, last in pieces.offsets]))


def times_s(clip: Clip, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Guess when places in a text are spoken: the characters are spread evenly over the time in which phones sound.

    Args:
        clip: the sentence.
        places: in characters, counted from a space before the text.
    """
    starts, ends = (np.array(column) for column in list(zip(*clip.spoken, strict=True))[1:])
    spoken_until = np.cumsum(ends - starts)
    spoken_s = np.column_stack([spoken_until - (ends - starts), spoken_until]).ravel()
    shares = places / (len(clip.text) + 1)
    return np.interp(shares * spoken_until[-1], spoken_s, np.column_stack([starts, ends]).ravel())


def add_features(rng: np.random.Generator, room: NDArray[np.float32], sound: NDArray[np.float32]) -> None:
    """Fill a window's features with a sound's, computed as faster-whisper does.

    faster-whisper pads with the value 0 where silence would have the log-mel floor: some windows have the one, some
    the other. Some lose a band of frequencies, as an odd microphone does.
    """
    heard = FEATURES(sound, padding=FRAME_SAMPLES)[:, :-1][:, : room.shape[1]]
    room[:, : heard.shape[1]] = heard
    if rng.random() < 0.3:
        room[:, heard.shape[1] :] = heard.min()
    if rng.random() < 0.3:
        lowest = rng.integers(0, 71)
        room[lowest : lowest + rng.integers(1, 9)] = 0


FEATURES = FeatureExtractor(feature_size=MEL_BINS)


class Windows:
    """The windows of every step of a training: the same step has the same windows, whenever it is asked for."""

    def __init__(
        self, clips: Sequence[Clip], tokenizer: Tokenizer, kinds: Sequence[Kind], seed: int, rank: int
    ) -> None:
        self._tokenizer = tokenizer
        self._kinds = kinds
        self._clips = {kind: [clip for clip in clips if clip.length_s < kind.sound_s - 0.8] for kind in kinds}
        if not all(self._clips.values()):
            raise BadInputError("Every clip is longer than the windows: synthesise shorter sentences.")
        self._seed, self._rank = seed, rank
        self._start, self._end, self._no_speech, self._no_stamps = (
            tokenizer.token_to_id(f"<|{name}|>")
            for name in ("startoftranscript", "endoftext", "nospeech", "notimestamps")
        )

    def __getitem__(self, step: int) -> Batch:
        """Make the windows of a step; every process has others, of the same kind."""
        shares = [kind.share for kind in self._kinds]
        kind = self._kinds[np.random.default_rng([self._seed, step]).choice(len(shares), p=shares)]
        rng = np.random.default_rng([self._seed, step, 1 + self._rank])
        as_used = kind.frames is not None
        windows = []
        for _ in range(kind.windows):
            if as_used and rng.random() < NOBODY:
                windows.append(Window(float(rng.uniform(1, kind.sound_s))))
            else:
                to_the_end, from_within = (rng.random(2) < (CUT_AT_THE_END, CUT_AT_THE_START)) & as_used
                windows.append(place(rng, self._clips[kind], kind.sound_s, bool(to_the_end), bool(from_within)))
        return self._batch(rng, windows, kind)

    def target(self, window: Window, stamped: bool) -> tuple[list[int], list[float]]:
        """Write a window's tokens, and for each token after the first where it is spoken.

        Where nobody speaks that is the no-speech token, or nothing at all where no time stamps are wanted.
        """
        tokens, times = [self._start], []

        def add(token: int, time_s: float = UNKNOWN_S) -> None:
            tokens.append(token)
            times.append(time_s)

        def stamp(time_s: float) -> None:
            add(self._no_stamps + 1 + min(len(STAMPS) - 1, round(time_s / STAMP_STEP_S)))

        if not window.said and stamped:
            add(self._no_speech)
        elif not stamped:
            add(self._no_stamps)
        for placed in window.said:
            first_s, last_s = placed.speech_s
            pieces = self._tokenizer.encode(" " + placed.clip.text)
            if stamped:
                stamp(first_s)
            for token, time_s in zip(pieces.ids, token_times_s(placed.clip, pieces), strict=True):
                add(token, placed.start_s + float(time_s))
            if stamped:
                stamp(last_s)
        if window.cut:  # where the next window goes on
            stamp(window.cut.speech_s[0])
        add(self._end)
        return tokens, times

    def _batch(self, rng: np.random.Generator, windows: Sequence[Window], kind: Kind) -> Batch:
        sounds = [render(rng, window) for window in windows]
        targets = [self.target(w, stamped=w.cut is not None or bool(rng.random() < STAMPED)) for w in windows]
        frames = kind.frames
        if frames is None:
            padding = rng.choice([0, rng.integers(5, 61)])
            frames = 2 * (max(map(len, sounds)) // (2 * FRAME_SAMPLES) + 1 + int(padding))
        size, length = len(windows), max(len(tokens) for tokens, _ in targets)
        batch = Batch(
            np.zeros((size, MEL_BINS, frames), np.float32),
            np.full((size, length), self._end, np.int64),
            np.zeros((size, length - 1), np.float32),
            np.full((size, length - 1), UNKNOWN_S, np.float32),
            np.full((size, frames // 2), PHONE_ID[PAUSE], np.int64),
        )
        for i, (tokens, times) in enumerate(targets):
            add_features(rng, batch.features[i], sounds[i])
            batch.tokens[i, : len(tokens)] = tokens
            batch.counts[i, : len(times)] = 1
            batch.times_s[i, : len(times)] = times
            _name_phones(batch.phones[i], windows[i])
        return batch


def _name_phones(row: NDArray[np.int64], window: Window) -> None:
    """Write the phone of every encoder output."""
    for placed in (*window.said, *([window.cut] if window.cut else [])):
        for name, start_s, end_s in placed.clip.spoken:
            first_s, last_s = (min(placed.start_s + edge_s, window.length_s) for edge_s in (start_s, end_s))
            row[int(first_s * ENCODED_PER_S) : int(last_s * ENCODED_PER_S)] = PHONE_ID.get(name, OTHER_PHONE)
