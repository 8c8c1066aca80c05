"""The corpus that the shipped model was made of, as it travels with the package, without the unseen test part."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from companion.errors import BadInputError
from companion.learning.lines import line_of, row_of
from companion.learning.recipe import Reply, Talk
from companion.learning.samples import LabelledText

SHIPPED_CORPUS = Path(__file__).resolve().parent.parent / "models" / "moves_corpus.jsonl.gz"
_PARTS = ("train", "heard", "dev", "contrasts", "examples")


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a model is made of."""

    train: tuple[Talk, ...]  # weights are learned from these …
    heard: tuple[Talk, ...]  # … and from what the bundled recogniser wrote when they were spoken
    dev: tuple[Talk, ...]  # calibration and thresholds are chosen on these, and models are compared
    contrasts: tuple[Reply, ...]  # replies to the same bid that differ in what they do
    examples: tuple[Reply, ...]  # single turns; they only help to choose thresholds


def pack(corpus: Corpus) -> str:
    """A corpus as lines: a turn each, with the part that it belongs to."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(corpus))


def _rows(corpus: Corpus) -> Iterator[dict[str, object]]:
    for part, talks in (("train", corpus.train), ("heard", corpus.heard), ("dev", corpus.dev)):
        for talk in talks:
            for k, one in enumerate(talk.said):
                row = row_of(
                    f"{talk.name}-{k}", one.text, one.role, one.labels, speaker=one.speaker, conversation=talk.name
                )
                yield {"part": part, **row}
    for part, replies in (("contrasts", corpus.contrasts), ("examples", corpus.examples)):
        for reply in replies:
            yield {"part": part, **row_of(reply.group, reply.text, reply.role, reply.labels, context=reply.context)}


def read_corpus(path: Path = SHIPPED_CORPUS) -> Corpus:
    """Read a corpus, packed or plain.

    Raises:
        BadInputError: there is none, or a line of it is broken.
    """
    try:
        whole = path.read_bytes()
        text = (gzip.decompress(whole) if path.suffix == ".gz" else whole).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadInputError(f"The corpus {path.name} cannot be read ({error}). Install the companion again.") from error
    talks: dict[str, dict[str, list[LabelledText]]] = {"train": {}, "heard": {}, "dev": {}}
    replies: dict[str, list[Reply]] = {"contrasts": [], "examples": []}
    for number, raw in enumerate(text.split("\n"), 1):
        if not raw.strip():
            continue
        where = f"{path.name}, line {number}"
        line, part = line_of(raw, where), json.loads(raw).get("part")
        if part in talks and line.conversation is not None:
            said = LabelledText(line.speaker, line.role, line.text, line.labels)
            talks[part].setdefault(line.conversation, []).append(said)
        elif part in replies and line.labels is not None:
            replies[part].append(Reply(str(line.id), line.text, line.context, line.role, line.labels))
        else:
            raise BadInputError(f"{where} belongs to no part of a corpus; the parts are {', '.join(_PARTS)}.")
    train, heard, dev = (tuple(Talk(n, tuple(said)) for n, said in of_part.items()) for of_part in talks.values())
    if not (train and dev):
        raise BadInputError(f"The corpus {path.name} has no conversations to learn from, or none to compare models on.")
    return Corpus(train, heard, dev, tuple(replies["contrasts"]), tuple(replies["examples"]))
