"""Make the tagger's model and print how it does on dev: `python -m training.moves.train [--out FILE]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from companion.errors import CompanionError
from companion.learning import Corpus, Evaluation, LabelledText, Reply, Sample, Talk, evaluate, learn
from companion.learning import samples_of as samples_of_talks
from companion.learning import samples_of_single_turns as samples_of_single_turns_of
from companion.moves.model import BUNDLED, NEAR_MISS, save
from companion.types import Role
from training.moves.reading import CORPUS, Dialogue, read_dialogues


def said(dialogue: Dialogue) -> list[LabelledText]:
    """A dialogue's turns."""
    return [LabelledText(t.speaker, t.role, t.text, t.labels) for t in dialogue.turns]


def talk_of(dialogue: Dialogue, heard: Sequence[str] | None = None) -> Talk:
    """A dialogue as it is learned from; with what a recogniser heard of its turns, where that is given."""
    turns = said(dialogue)
    if heard is not None:
        turns = [replace(turn, text=text or "mm") for turn, text in zip(turns, heard, strict=True)]
    return Talk(dialogue.name, tuple(turns))


def read_heard(path: Path) -> dict[str, list[str]]:
    """What was heard of each dialogue, as `training.moves.voiced` writes it."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["dialogue"]: row["turns"] for row in rows}


def samples_of(dialogues: Sequence[Dialogue], change: bool = False) -> list[Sample]:
    """The samples of dialogues; with `change` without capitals and punctuation."""
    return samples_of_talks([talk_of(d) for d in dialogues], change)


def samples_of_single_turns(dialogues: Sequence[Dialogue], change: bool = False) -> list[Sample]:
    """The same turns as `companion tag --jsonl` sees them: with no more than what somebody else said before."""
    return samples_of_single_turns_of([talk_of(d) for d in dialogues], change)


def read_replies(folder: Path) -> list[Reply]:
    """The contrast sets (`{"bid", "replies": […]}`) and single examples (`{"text", "context", …}`) of a folder."""
    found: list[Reply] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            replies = [{**r, "context": [row["bid"]]} for r in row["replies"]] if "replies" in row else [row]
            for reply in replies:
                labels = frozenset(reply["tags"]) | ({NEAR_MISS} if reply["near_miss"] else frozenset())
                role = Role(reply.get("role", Role.PARTNER))
                found.append(Reply(f"{path.stem}{number}", reply["text"], tuple(reply["context"]), role, labels))
    return found


def whole_corpus() -> Corpus:
    """All parts of the corpus but the test part.

    Raises:
        BadInputError: a line cannot be read.
    """
    dialogues, dev = (read_dialogues(CORPUS / part) for part in ("train", "dev"))
    heard = read_heard(CORPUS / "heard" / "train.jsonl")
    spoken = tuple(talk_of(d, heard[d.name]) for d in dialogues if d.name in heard)
    contrasts, examples = (tuple(read_replies(CORPUS / part)) for part in ("contrasts", "examples"))
    return Corpus(tuple(talk_of(d) for d in dialogues), spoken, tuple(talk_of(d) for d in dev), contrasts, examples)


def table(evaluation: Evaluation) -> str:
    """An evaluation as a Markdown table."""
    lines = [
        "| label | turns | given | precision | recall | F1 | 95 % of bootstraps | average precision |",
        "|---|" + "---:|" * 7,
    ]
    for f in evaluation.figures:
        lines.append(
            f"| {f.label} | {f.turns} | {f.given} | {f.precision:.2f} | {f.recall:.2f} | {f.f1:.2f} "
            f"| {f.f1_low:.2f} to {f.f1_high:.2f} | {f.average_precision:.2f} |"
        )
    lines.append(
        f"\n{evaluation.samples} turns of {evaluation.groups} dialogues. Macro F1 over the twelve tags "
        f"{evaluation.macro_f1:.2f} ({evaluation.macro_low:.2f} to {evaluation.macro_high:.2f}). Near misses taken for "
        f"validation: {evaluation.alarms} of {evaluation.near_misses}. Calibration error "
        f"{evaluation.calibration_error:.3f}."
    )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Train, print the figures on dev, write the model."""
    top = argparse.ArgumentParser(prog="python -m training.moves.train", description=__doc__)
    top.add_argument("--out", type=Path, default=BUNDLED)
    args = top.parse_args(arguments)
    try:
        dev = read_dialogues(CORPUS / "dev")
        model = learn(whole_corpus())
    except CompanionError as error:
        print(error.sentence, file=sys.stderr)
        return error.exit_code
    save(model, args.out)
    print(
        f"learned from {model.about['samples']} samples; {len(model.names)} features, "
        f"{args.out.stat().st_size / 1e6:.1f} MB\n"
    )
    print("On dev as written\n\n" + table(evaluate(model, samples_of(dev))))
    print(
        "\nOn dev, turn by turn, with nothing but what was said before\n\n"
        + table(evaluate(model, samples_of_single_turns(dev)))
    )
    print("\nOn dev without capitals and punctuation\n\n" + table(evaluate(model, samples_of(dev, change=True))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
