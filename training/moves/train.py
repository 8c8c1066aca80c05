"""Make the tagger's model and print how it does on dev: `python -m training.moves.train [--out FILE]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from companion.errors import CompanionError
from companion.learning import (
    Evaluation,
    LabelledText,
    Sample,
    evaluate,
    fit,
    plain,
    sample_of_reply,
    samples_of_talk,
    stricter,
    with_thresholds,
)
from companion.moves.model import BUNDLED, NEAR_MISS, MovesModel, save
from companion.types import Role
from training.moves.reading import CORPUS, Dialogue, read_dialogues

REPLY_WEIGHT = 1.0  # how much a single reply counts beside a turn of a dialogue
HELD_EVERY = 2  # every second contrast set helps to choose the thresholds for turns that are read alone


def said(dialogue: Dialogue, change: bool = False) -> list[LabelledText]:
    """A dialogue's turns; with `change` without capitals and punctuation."""
    return [LabelledText(t.speaker, t.role, plain(t.text) if change else t.text, t.labels) for t in dialogue.turns]


def samples_of(dialogues: Sequence[Dialogue], change: bool = False) -> list[Sample]:
    """The samples of dialogues."""
    return [sample for d in dialogues for sample in samples_of_talk(said(d, change), d.name)]


def samples_of_single_turns(dialogues: Sequence[Dialogue], change: bool = False) -> list[Sample]:
    """The same turns as `companion tag --jsonl` sees them: with no more than what somebody else said before."""
    found = []
    for dialogue in dialogues:
        turns = said(dialogue, change)
        for k, turn in enumerate(turns):
            before = [t.text for t in turns[max(0, k - 3) : k] if t.speaker != turn.speaker][-1:]
            found.append(sample_of_reply(turn.text, before, turn.role, turn.labels, dialogue.name))
    return found


def samples_of_replies(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Sample]:
    """Single labelled replies, as written and without punctuation; with and, at times, without what came before."""
    found = []
    for group, row in rows:
        labels = frozenset(row["tags"]) | ({NEAR_MISS} if row["near_miss"] else frozenset())
        for form in (str, plain):
            context = [form(text) for text in row["context"]]
            role = Role(row.get("role", Role.PARTNER))
            found.append(sample_of_reply(form(row["text"]), context, role, labels, group, REPLY_WEIGHT))
            found.append(sample_of_reply(form(row["text"]), (), Role.UNKNOWN, labels, group, REPLY_WEIGHT / 4))
    return found


def read_replies(folder: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """The contrast sets (`{"bid", "replies": […]}`) and single examples (`{"text", "context", …}`) of a folder."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            row = json.loads(line)
            replies = [{**r, "context": [row["bid"]]} for r in row["replies"]] if "replies" in row else [row]
            found += [(f"{path.stem}{number}", reply) for reply in replies]
    return found


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


def learn(train: Sequence[Dialogue], dev: Sequence[Dialogue]) -> MovesModel:
    """The tagger from dialogues, and from all contrast sets; dev calibrates it and sets the thresholds."""
    learned = [
        s for change in (False, True) for s in samples_of(train, change) + samples_of_single_turns(train, change)
    ]
    replies = read_replies(CORPUS / "contrasts")
    kept = {group for n, group in enumerate(dict.fromkeys(group for group, _ in replies)) if n % HELD_EVERY == 0}
    learned += samples_of_replies((group, row) for group, row in replies if group not in kept)
    held = samples_of_replies((group, row) for group, row in replies if group in kept)
    judged, alone = samples_of(dev), samples_of_single_turns(dev)
    about = {"dialogues": len(train), "replies": len(replies), "samples": len(learned) + len(held)}
    model = fit(learned, judged + alone + samples_of_replies(read_replies(CORPUS / "examples")), about, held)
    return stricter(model, with_thresholds(model, judged + alone))


def main(arguments: Sequence[str]) -> int:
    """Train, print the figures on dev, write the model."""
    top = argparse.ArgumentParser(prog="python -m training.moves.train", description=__doc__)
    top.add_argument("--out", type=Path, default=BUNDLED)
    args = top.parse_args(arguments)
    try:
        train, dev = (read_dialogues(CORPUS / part) for part in ("train", "dev"))
        model = learn(train, dev)
    except CompanionError as error:
        print(error.sentence, file=sys.stderr)
        return error.exit_code
    save(model, args.out)
    judged = samples_of(dev)
    print(
        f"learned from {model.about['samples']} samples; {len(model.names)} features, "
        f"{args.out.stat().st_size / 1e6:.1f} MB\n"
    )
    print("On dev as written\n\n" + table(evaluate(model, judged)))
    print(
        "\nOn dev, turn by turn, with nothing but what was said before\n\n"
        + table(evaluate(model, samples_of_single_turns(dev)))
    )
    print("\nOn dev without capitals and punctuation\n\n" + table(evaluate(model, samples_of(dev, change=True))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
