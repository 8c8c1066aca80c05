"""What the bundled recogniser hears of the dialogues: `python -m training.moves.voiced PART OUT.jsonl`.

Every speaker of a dialogue gets a voice of flite's; each turn is spoken sentence by sentence, and heard as one chunk
through the companion's own recogniser. Lines: `{"dialogue": name, "turns": [heard text, …]}`. A line that is there
already is kept, so that a long run can be stopped and goes on.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from companion.config import Settings
from companion.transcribe import Recogniser
from companion.types import SAMPLE_RATE_HZ, Chunk, TranscribeOptions
from training.moves.reading import CORPUS, Dialogue, read_dialogues
from training.recogniser.synthesise import VOICES, Saying, speak

PAUSE_S = 0.3  # between sentences
EDGE_S = 0.25  # before and after a turn
VOICE_RMS = 0.1
NOISE_RMS = 10 ** (-70 / 20)  # a room, so that pauses are not digital silence
TEMPI = (0.95, 1.0, 1.05)
_SENTENCE_END = re.compile(r"(?<=[.?!…])\s+|(?<= -)\s+")


def spoken(text: str, voice: str, stretch: float, folder: Path) -> NDArray[np.float32]:
    """A turn as flite says it.

    Returns:
        Samples (samples,), 16 kHz, -1..1. A sentence that flite cannot say is left out.
    """
    parts = [np.zeros(int(EDGE_S * SAMPLE_RATE_HZ), np.float32)]
    for sentence in _SENTENCE_END.split(text.strip()):
        clip = speak(Saying(sentence, voice, stretch), folder)
        if clip is not None:
            samples = clip.samples.astype(np.float32) / 32768
            parts += [samples, np.zeros(int(PAUSE_S * SAMPLE_RATE_HZ), np.float32)]
    whole = np.concatenate(parts)
    loud = float(np.sqrt(np.mean(whole**2))) or 1.0
    noise = np.random.default_rng(len(whole)).normal(0.0, NOISE_RMS, len(whole))
    result: NDArray[np.float32] = np.clip(whole * (VOICE_RMS / loud) + noise, -1, 1).astype(np.float32)
    return result


def heard(dialogue: Dialogue, recogniser: Recogniser, folder: Path) -> list[str]:
    """The text of each turn as the recogniser writes it."""
    speakers = list(dict.fromkeys(turn.speaker for turn in dialogue.turns))
    texts = []
    for turn in dialogue.turns:
        place = speakers.index(turn.speaker)
        samples = spoken(turn.text, VOICES[place % len(VOICES)], TEMPI[place % len(TEMPI)], folder)
        texts.append(" ".join(_pieces(recogniser, samples)))
    return texts


def _pieces(recogniser: Recogniser, samples: NDArray[np.float32]) -> Iterator[str]:
    """The words of a turn, heard in pieces no longer than the recogniser's window, cut where it is quietest."""
    window = int((recogniser.window_s - 0.5) * SAMPLE_RATE_HZ)
    while len(samples):
        end = len(samples) if len(samples) <= window else _quietest(samples, window)
        length_s = end / SAMPLE_RATE_HZ
        text = recogniser.recognise(Chunk(0, 0.0, length_s, length_s), samples[:end])
        yield from (word.text for word in text.words)
        samples = samples[end:]


def _quietest(samples: NDArray[np.float32], window: int) -> int:
    """Where to cut: the middle of the quietest fifth of a second in the second half of a window."""
    step = SAMPLE_RATE_HZ // 5
    starts = range(window // 2, window - step, step // 2)
    return min(starts, key=lambda at: float(np.mean(samples[at : at + step] ** 2))) + step // 2


def main(arguments: Sequence[str]) -> int:
    """Voice and hear a part of the corpus."""
    top = argparse.ArgumentParser(prog="python -m training.moves.voiced", description=__doc__)
    top.add_argument("part", choices=["train", "dev", "test"])
    top.add_argument("out", type=Path)
    args = top.parse_args(arguments)
    done = set()
    if args.out.exists():
        done = {json.loads(line)["dialogue"] for line in args.out.read_text(encoding="utf-8").splitlines()}
    settings = Settings.load()
    recogniser = Recogniser(TranscribeOptions("bundled", cpu_threads=1), settings.models_folder)
    with tempfile.TemporaryDirectory() as folder, args.out.open("a", encoding="utf-8") as file:
        for dialogue in read_dialogues(CORPUS / args.part):
            if dialogue.name not in done:
                row = {"dialogue": dialogue.name, "turns": heard(dialogue, recogniser, Path(folder))}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
