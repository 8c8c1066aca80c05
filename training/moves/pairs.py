"""Learn which bid a reply answers and what makes the two a moment: `python -m training.moves.pairs [--out FILE]`.

The tagger's scores of the train part come from models that did not learn from the dialogue in question (four folds), so
that they are as unsure as they will be of a new episode. The threshold is where precision and recall of the train part
meet, each dialogue judged by weights that were learned without it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from companion.learning import Corpus, Talk, learn, turns_of
from companion.moments import find_moments
from companion.moments.finding import Pair, pairs_of, partners_of
from companion.moments.weighing import BUNDLED, MomentWeights, bids_before, odds_of
from companion.moves import tag_turns
from companion.moves.context import Conversation
from companion.moves.model import MovesModel
from companion.types import Turn, TurnTags
from training.moves.moments import covered, judge
from training.moves.reading import CORPUS, Dialogue, read_dialogues
from training.moves.train import said, whole_corpus

FOLDS = 4
BID_STRENGTH, REPLY_STRENGTH = 1.0, 0.03  # how freely the weights may grow (scikit-learn's C)
THRESHOLDS = tuple(round(0.06 + 0.02 * k, 2) for k in range(25))


@dataclass(frozen=True, slots=True)
class Tagged:
    """A dialogue with what the tagger says of it."""

    dialogue: Dialogue
    turns: Sequence[Turn]
    tags: Sequence[TurnTags]
    talk: Conversation
    partners: frozenset[str]


def tagged(dialogue: Dialogue, model: MovesModel) -> Tagged:
    """Tag a dialogue."""
    turns = turns_of(said(dialogue))
    return Tagged(dialogue, turns, tag_turns(turns, model), Conversation(turns), partners_of(turns))


def tagged_by_others(dialogues: Sequence[Dialogue], corpus: Corpus) -> list[Tagged]:
    """Tag each dialogue with a model that has not seen it."""
    found: list[Tagged] = []
    for fold in range(FOLDS):
        apart = {d.name for d in dialogues[fold::FOLDS]}
        model = learn(replace(corpus, train=_without(corpus.train, apart), heard=()))
        found += [tagged(d, model) for d in dialogues[fold::FOLDS]]
        print(f"fold {fold + 1} of {FOLDS}", file=sys.stderr)
    return found


def _without(talks: Sequence[Talk], names: Collection[str]) -> tuple[Talk, ...]:
    return tuple(talk for talk in talks if talk.name not in names)


def fit(talks: Sequence[Tagged], least: float = 0.5) -> MomentWeights:
    """Learn the weights from marked moments."""
    bid = _fit_bid(talks)
    pairs = [(pair, one) for one in talks for pair in _pairs(one, bid)]
    marked = np.array([_is_marked(pair, one.dialogue) for pair, one in pairs])
    names = sorted(pairs[0][0].features)
    seen = np.array([[pair.features[name] for name in names] for pair, _ in pairs])
    mean, spread = seen.mean(0), seen.std(0) + 1e-6
    learned = LogisticRegression(C=REPLY_STRENGTH, max_iter=2000).fit((seen - mean) / spread, marked)
    weights = learned.coef_[0] / spread
    bias = float(learned.intercept_[0] - weights @ mean)
    return MomentWeights(bid, _rounded(dict(zip(names, weights, strict=True))), round(bias, 4), least)


def _fit_bid(talks: Sequence[Tagged]) -> Mapping[str, float]:
    """What sets the bid that was marked apart from the other turns that could have been it."""
    names: list[str] = []
    differences: list[list[float]] = []
    for one in talks:
        odds = [odds_of(t) for t in one.tags]
        for moment in one.dialogue.moments:
            bids = dict(bids_before(one.talk, odds, [moment.reply], one.partners))
            right = bids.pop(moment.first, None)
            for wrong in bids.values() if right else ():
                names = names or sorted(wrong)
                differences.append([right[name] - wrong[name] for name in names])
    seen = np.array(differences)
    learned = LogisticRegression(C=BID_STRENGTH, fit_intercept=False)
    learned.fit(np.concatenate([seen, -seen]), [1] * len(seen) + [0] * len(seen))
    return _rounded(dict(zip(names, learned.coef_[0], strict=True)))


def _pairs(one: Tagged, bid: Mapping[str, float]) -> list[Pair]:
    return pairs_of(one.talk, one.tags, one.partners, MomentWeights(bid, {}, 0.0, 0.0))


def _is_marked(pair: Pair, dialogue: Dialogue) -> bool:
    return any(pair.reply.first <= m.reply <= pair.reply.last for m in dialogue.moments)


def _rounded(weights: Mapping[str, float]) -> Mapping[str, float]:
    return {name: round(float(value), 4) for name, value in weights.items()}


def best_threshold(talks: Sequence[Tagged]) -> float:
    """Where precision and recall meet, every dialogue judged by weights that were learned without it."""
    counts = np.zeros((len(THRESHOLDS), 4))
    for fold in range(FOLDS):
        weights = fit([one for k, one in enumerate(talks) if k % FOLDS != fold])
        for one in talks[fold::FOLDS]:
            for row, least in enumerate(THRESHOLDS):
                tried = MomentWeights(weights.bid, weights.reply, weights.bias, least)
                counts[row] += covered(one.dialogue, one.turns, find_moments(one.turns, one.tags, tried))
    marked, found, marked_hit, found_right = counts.T
    precision, recall = found_right / np.maximum(1, found), marked_hit / marked
    for row, least in enumerate(THRESHOLDS):
        print(f"{least:.2f}: precision {precision[row]:.2f}, recall {recall[row]:.2f}")
    return THRESHOLDS[int(np.abs(precision - recall).argmin())]


def main(arguments: Sequence[str]) -> int:
    """Learn, print the figures on dev, write the weights."""
    top = argparse.ArgumentParser(prog="python -m training.moves.pairs", description=__doc__)
    top.add_argument("--out", type=Path, default=BUNDLED)
    args = top.parse_args(arguments)
    train, dev = (read_dialogues(CORPUS / part) for part in ("train", "dev"))
    talks = tagged_by_others(train, whole_corpus())
    weights = fit(talks, best_threshold(talks))
    form = {"least": weights.least, "bias": weights.bias, "bid": weights.bid, "reply": weights.reply}
    args.out.write_text(json.dumps(form, indent=1) + "\n", encoding="utf-8")
    print(judge(dev, weights=weights).sentence())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
