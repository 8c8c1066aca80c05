"""Score the tagger on a part of the corpus, beside simple taggers: `python -m training.moves.score dev|test`.

The test part is scored once a release, and what comes out goes into RESULTS.md whatever it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from companion.learning import evaluate
from companion.learning import samples_of as samples_of_talks
from companion.moves.model import NEAR_MISS, load
from training.moves.baselines import NaiveBayes, always_yes, cue_regex, cue_regex_without_but
from training.moves.moments import judge
from training.moves.reading import CORPUS, Dialogue, LabelledTurn, read_dialogues
from training.moves.train import read_heard, samples_of, samples_of_single_turns, table, talk_of

VALIDATION = "validation"


def baselines(dialogues: Sequence[Dialogue], train: Sequence[Dialogue]) -> str:
    """How simple taggers find validation, as a Markdown table."""
    turns = [turn for dialogue in dialogues for turn in dialogue.turns]
    known = [turn for dialogue in train for turn in dialogue.turns]
    taggers: dict[str, Callable[[LabelledTurn], bool]] = {
        "always yes": always_yes,
        "cue regex": cue_regex,
        "cue regex without but-clauses": cue_regex_without_but,
        "naive Bayes on our train part": NaiveBayes(known, VALIDATION),
    }
    lines = ["| validation by | precision | recall | F1 | near misses fooled |", "|---|---:|---:|---:|---:|"]
    for name, tagger in taggers.items():
        given = [tagger(turn) for turn in turns]
        hits = sum(g and VALIDATION in t.labels for g, t in zip(given, turns, strict=True))
        wanted = sum(VALIDATION in t.labels for t in turns)
        looks = [g for g, t in zip(given, turns, strict=True) if NEAR_MISS in t.labels and VALIDATION not in t.labels]
        lines.append(
            f"| {name} | {hits / max(1, sum(given)):.2f} | {hits / max(1, wanted):.2f} "
            f"| {2 * hits / max(1, sum(given) + wanted):.2f} | {sum(looks)} of {len(looks)} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Print the figures as Markdown."""
    top = argparse.ArgumentParser(prog="python -m training.moves.score", description=__doc__)
    top.add_argument("part", choices=["dev", "test"])
    args = top.parse_args(arguments)
    dialogues, train = read_dialogues(CORPUS / args.part), read_dialogues(CORPUS / "train")
    model = load()
    print(f"Learned from: {json.dumps(dict(model.about))}\n")
    print("### As written\n\n" + table(evaluate(model, samples_of(dialogues))))
    print("\n### Without capitals and punctuation\n\n" + table(evaluate(model, samples_of(dialogues, change=True))))
    print("\n### Turn by turn, the model alone\n\n" + table(evaluate(model, samples_of_single_turns(dialogues))))
    heard = read_heard(CORPUS / "heard" / f"{args.part}.jsonl")
    spoken = samples_of_talks([talk_of(d, heard[d.name]) for d in dialogues])
    print("\n### As the bundled recogniser hears them, spoken by flite\n\n" + table(evaluate(model, spoken)))
    print("\n### Beside simple taggers\n\n" + baselines(dialogues, train))
    print("\n" + judge(dialogues).sentence())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
