"""Which sentences are said, and which clips are kept from training."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from companion.errors import BadInputError
from training.recogniser.synthesise import Clip, read_clips

OWN_TEXTS = Path(__file__).parent / "texts"
HELD_OUT = Path(__file__).parent / "held_out.txt"  # sentences of our own that no training may hear; for benchmarks
HELD_OUT_EVERY = 97


def lines(folder: Path) -> list[str]:
    """All lines of a folder's text files, each once, in the order of the files' names.

    Raises:
        BadInputError: the folder has no text files.
    """
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise BadInputError(f"There are no .txt files in {folder}: give a folder with sentences, one a line.")
    read = (line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return list(dict.fromkeys(line for line in read if line))


def own_lines(folder: Path = OWN_TEXTS) -> list[str]:
    """Our own lines as they are said: a final dash marks a turn that breaks off, a final comma is not said."""
    said = (re.sub(r"[\s,-]*-$", " -", line).rstrip(",") for line in lines(folder))
    return list(dict.fromkeys(line for line in said if line.strip(" -")))


def other_sentences(folders: Iterable[Path], count: int, seed: int) -> list[str]:
    """Draw sentences of two and more words from further folders.

    Args:
        folders: folders with text files of one or several sentences a line.
        count: how many are wanted; fewer come where the folders have fewer.
        seed: the same seed draws the same sentences.
    """
    found = (part for folder in folders for line in lines(folder) for part in re.split(r"(?<=[.?!])\s+", line))
    sentences = list(dict.fromkeys(part for part in found if len(part.split()) > 1))
    random.Random(seed).shuffle(sentences)
    return sentences[:count]


def normalised(text: str) -> str:
    """A sentence as word error rates see it: small letters and apostrophes, single spaces."""
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def split(clips: Sequence[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Part the clips into those to train on and those held out.

    Every 97th is held out. What it says is left out of training in the other voices too: a sentence that the decoder
    knows by heart would flatter the result.
    """
    held_out = list(clips[::HELD_OUT_EVERY])
    secret = {normalised(clip.text) for clip in held_out}
    return [clip for clip in clips if normalised(clip.text) not in secret], held_out


def load(folders: Iterable[Path]) -> tuple[list[Clip], list[Clip]]:
    """Read folders of clips: those to train on, and every 97th of each folder, held out."""
    trained: list[Clip] = []
    held_out: list[Clip] = []
    for folder in folders:
        more, kept = split(list(read_clips(folder)))
        trained += more
        held_out += kept
    secret = {normalised(clip.text) for clip in held_out}  # the same sentence may lie in two folders
    secret |= {normalised(line) for line in HELD_OUT.read_text(encoding="utf-8").splitlines()}
    return [clip for clip in trained if normalised(clip.text) not in secret], held_out
