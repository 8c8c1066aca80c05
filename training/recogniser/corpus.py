"""Which sentences are said, and which clips are kept from training."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from companion.errors import BadInputError
from training.recogniser.synthesise import Clip, read_clips

OWN_TEXTS = Path(__file__).parent / "texts"
HELD_OUT = Path(__file__).parent / "held_out.txt"  # sentences of our own that no training may hear; for benchmarks
HELD_OUT_EVERY = 97
ENOUGH_TIMES = 25  # a word that the chosen sentences hold so often asks for no more of them
MOST_WORDS = 28
PLAIN = str.maketrans("’‘–—", "''--", "“”")


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
    """Choose sentences from further folders, those first whose words are still rare among the chosen ones.

    Args:
        folders: folders with text files, one or several sentences a line, or JSON lines with a "text" or "context".
        count: how many are wanted; fewer come where the folders have fewer.
        seed: the same seed chooses the same sentences.
    """
    found = (part for folder in folders for text in _texts(folder) for part in re.split(r"(?<=[.?!])\s+", text))
    sentences = list(dict.fromkeys(part for part in found if _speakable(part)))
    random.Random(seed).shuffle(sentences)
    heard: Counter[str] = Counter()
    chosen, known = [], []
    for sentence in sentences:
        words = normalised(sentence).split()
        if any(heard[word] < ENOUGH_TIMES for word in words):
            chosen.append(sentence)
            heard.update(words)
        else:
            known.append(sentence)
    return [*chosen, *known][:count]


def _texts(folder: Path) -> list[str]:
    found = lines(folder) if any(folder.glob("*.txt")) else []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            texts = (row[key].translate(PLAIN) for key in ("text", "context") if isinstance(row.get(key), str))
            found += [" ".join(text.split()) for text in texts]
    if not found:
        raise BadInputError(f"There are no sentences in {folder}: give a folder with .txt or .jsonl files.")
    return found


def _speakable(sentence: str) -> bool:
    """Whether the synthesiser reads it as it is written, in one window."""
    return bool(re.fullmatch(r"[A-Za-z ,.'?!;:-]+", sentence)) and 2 <= len(sentence.split()) <= MOST_WORDS


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
