"""How the tagger learns: from labelled turns to a model file, and how well it does on turns that it did not learn from.

Fitting needs scikit-learn, which the extra `teach` brings; drawing needs matplotlib; everything else needs numpy only.
"""

from companion.learning.asking import Asked, WorstError, evaluate_asked
from companion.learning.corpus import SHIPPED_CORPUS, Corpus, pack, read_corpus
from companion.learning.fitting import fit, stricter, with_thresholds
from companion.learning.judging import (
    MAIN_TAGS,
    Evaluation,
    Figures,
    average_precision,
    evaluate,
    evaluate_scores,
)
from companion.learning.lines import Line, grouped, line_of, lines_of_decisions, read_lines, row_of
from companion.learning.recipe import (
    Reply,
    Talk,
    learn,
    samples_of,
    samples_of_replies,
    samples_of_single_turns,
)
from companion.learning.samples import (
    LabelledText,
    Sample,
    plain,
    sample_of_reply,
    samples_of_talk,
    samples_of_turns,
    turns_of,
)
from companion.learning.scores import scores_of

__all__ = [
    "MAIN_TAGS",
    "SHIPPED_CORPUS",
    "Asked",
    "Corpus",
    "Evaluation",
    "Figures",
    "LabelledText",
    "Line",
    "Reply",
    "Sample",
    "Talk",
    "WorstError",
    "average_precision",
    "evaluate",
    "evaluate_asked",
    "evaluate_scores",
    "fit",
    "grouped",
    "learn",
    "line_of",
    "lines_of_decisions",
    "pack",
    "plain",
    "read_corpus",
    "read_lines",
    "row_of",
    "sample_of_reply",
    "samples_of",
    "samples_of_replies",
    "samples_of_single_turns",
    "samples_of_talk",
    "samples_of_turns",
    "scores_of",
    "stricter",
    "turns_of",
    "with_thresholds",
]
