"""Other kinds of models on the same turns, judged on dev: `python -m training.moves.rivals`. PyTorch is needed.

What stays behind is reported all the same, in RESULTS.md: gradient-boosted trees over the named features, and a small
convolutional network over words that learns its word vectors from the train part alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from companion.learning import Sample, average_precision, plain
from companion.learning.judging import MAIN_TAGS
from companion.moves.model import LABELS_IN_ORDER, load
from training.moves.reading import CORPUS, Dialogue, read_dialogues
from training.moves.train import samples_of

FEATURES = 600  # of the linear model, the heaviest: trees cannot look at all of them
WORDS_MOST, VECTOR, WIDTHS, CHANNELS = 60, 64, (1, 2, 3, 4), 96
EPOCHS, BATCH, RATE = 8, 64, 2e-3
SEED = 7

Scores = NDArray[np.float32]


def truth(samples: Sequence[Sample]) -> NDArray[np.bool_]:
    """Labels of samples, (samples, labels)."""
    return np.array([[label in s.labels for label in LABELS_IN_ORDER] for s in samples])


def best_f1(scores: Scores, true: NDArray[np.bool_]) -> float:
    """The highest F1 that any threshold gives: kind to every model alike."""
    ranked = true[np.argsort(-scores)]
    return float((2 * np.cumsum(ranked) / (true.sum() + np.arange(1, len(ranked) + 1))).max())


def trees(train: Sequence[Sample], dev: Sequence[Sample]) -> Scores:
    """Gradient-boosted trees over the heaviest named features and all cues."""
    model = load()
    heaviest = np.argsort(-np.abs(model.weights).max(1))[:FEATURES]
    names = sorted({model.names[i] for i in heaviest} | {n for n in model.names if n[:2] in ("r:", "n:")})
    index = {name: i for i, name in enumerate(names)}
    seen, asked = (_dense(part, index) for part in (train, dev))
    wanted, scores = truth(train), np.zeros((len(dev), len(LABELS_IN_ORDER)), np.float32)
    for column in range(len(LABELS_IN_ORDER)):
        learned = HistGradientBoostingClassifier(
            max_iter=120, learning_rate=0.08, max_leaf_nodes=15, l2_regularization=1.0, random_state=SEED
        ).fit(seen, wanted[:, column])
        scores[:, column] = learned.predict_proba(asked)[:, 1]
    return scores


def _dense(samples: Sequence[Sample], index: dict[str, int]) -> NDArray[np.float32]:
    rows = np.zeros((len(samples), len(index)), np.float32)
    for row, sample in zip(rows, samples, strict=True):
        for name, value in sample.values.items():
            if name in index:
                row[index[name]] = value
    return rows


class WordNet(torch.nn.Module):
    """Word vectors of the turn and of the turn before, convolutions of a few widths, the strongest of each."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.vectors = torch.nn.Embedding(words, VECTOR, padding_idx=0)
        self.turns = torch.nn.ModuleList(torch.nn.Conv1d(VECTOR, CHANNELS, w, padding=w - 1) for w in WIDTHS)
        self.before = torch.nn.Conv1d(VECTOR, CHANNELS, 2, padding=1)
        self.out = torch.nn.Linear(CHANNELS * (len(WIDTHS) + 1), len(LABELS_IN_ORDER))
        self.drop = torch.nn.Dropout(0.5)

    def forward(self, said: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """Log-odds of the labels, (batch, labels), from word numbers (batch, words)."""
        turn, other = (self.drop(self.vectors(x)).transpose(1, 2) for x in (said, before))
        found = [torch.relu(conv(turn)).amax(2) for conv in self.turns] + [torch.relu(self.before(other)).amax(2)]
        result: torch.Tensor = self.out(self.drop(torch.cat(found, 1)))
        return result


def network(train: Sequence[Dialogue], dev: Sequence[Dialogue], wanted: NDArray[np.bool_]) -> Scores:
    """The network, learned from the train part as written."""
    torch.manual_seed(SEED)
    counts = Counter(w for d in train for t in d.turns for w in plain(t.text).split())
    index = {word: n + 1 for n, (word, count) in enumerate(counts.most_common()) if count > 1}
    said, before = _numbers(train, index)
    net = WordNet(len(index) + 1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.05)
    target = torch.tensor(wanted.astype(np.float32))
    for epoch in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(said)).split(BATCH):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(said[rows], before[rows]), target[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        print(f"epoch {epoch + 1}: {float(loss):.3f}", file=sys.stderr)
    net.eval()
    with torch.no_grad():
        scores: Scores = torch.sigmoid(net(*_numbers(dev, index))).numpy()
    return scores


def _numbers(dialogues: Sequence[Dialogue], index: dict[str, int]) -> tuple[torch.Tensor, torch.Tensor]:
    rows, others = [], []
    for dialogue in dialogues:
        texts = [[index.get(w, 0) for w in plain(t.text).split()][:WORDS_MOST] for t in dialogue.turns]
        rows += texts
        others += [[], *texts[:-1]]
    padded = [torch.tensor([row + [0] * (WORDS_MOST - len(row)) for row in part]) for part in (rows, others)]
    return padded[0], padded[1]


def main() -> int:
    """Print a table."""
    train, dev = (read_dialogues(CORPUS / part) for part in ("train", "dev"))
    learned, judged = samples_of(train), samples_of(dev)
    true = truth(judged)
    shipped = load()
    rivals = {
        "linear over named features (shipped)": np.array([shipped.scores(s.values) for s in judged], np.float32),
        "gradient-boosted trees": trees(learned, judged),
        "convolutional network over words": network(train, dev, truth(learned)),
    }
    rivals["linear and trees, averaged"] = (
        rivals["linear over named features (shipped)"] + rivals["gradient-boosted trees"]
    ) / 2
    main_columns = [LABELS_IN_ORDER.index(tag) for tag in MAIN_TAGS]
    print("| on dev | validation: average precision | best F1 | twelve tags: mean average precision | mean best F1 |")
    print("|---|---:|---:|---:|---:|")
    for name, scores in rivals.items():
        precisions = [average_precision(scores[:, c], true[:, c]) for c in main_columns]
        f1s = [best_f1(scores[:, c], true[:, c]) for c in main_columns]
        print(f"| {name} | {precisions[0]:.2f} | {f1s[0]:.2f} | {np.mean(precisions):.2f} | {np.mean(f1s):.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
