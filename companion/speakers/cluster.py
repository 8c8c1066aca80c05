"""Who says each word of one mixed recording, by how the voices sound.

Words in windows of 1.6 s are grouped into more groups than there are voices (Ward 1963); each group becomes a mixture
of Gaussians; words are handed to the mixture that explains them, where changing the voice costs more inside a phrase
than at a pause (Viterbi 1967); and the two groups that lose least by becoming one are joined until as many are left as
people speak (Ajmera and Wooters 2003; Chen and Gopalakrishnan 1998). No trained model, no randomness.

It is a suggestion. Well separated voices come out right nearly always; similar voices, one far microphone, overlapping
talk or less than half a minute of speech do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from companion.errors import BadInputError
from companion.speakers.features import HOP_S, Frames, Indices, frames_of, mean_and_spread
from companion.speakers.mixture import Mixture, fit
from companion.speakers.products import Floats, times
from companion.speakers.words import Reader, SpokenWord, may_change, phrase_starts
from companion.types import Word

Sums = NDArray[np.float64]

WINDOW_S = 1.6
MAX_WINDOWS = 700  # Ward's method looks at all pairs
TRAINING_FRAMES = 8000  # of a long recording, stretches from everywhere are enough to know its voices
STRETCH_WORDS = 40
GROUP_S = 12.0  # one first group for so much speech
MAX_GROUPS = 12
PARTS = 6  # Gaussians of a first group; joined groups keep the parts of both
ROWS_PER_PART = 60
LEAST_ROWS = 30  # a group with fewer frames is dropped
CHANGE_IN_PHRASE = 60.0  # what a change of voice costs, in log likelihood
CHANGE_AT_PAUSE = 20.0
SURE_PER_FRAME = 0.008  # frames repeat one another: unweighted, every stretch would look certain

DIFFERENT_VOICES = -0.045  # what a frame loses in log likelihood if two groups are joined that are two people
LEAST_ESTIMATED, MOST_ESTIMATED = 2, 4


@dataclass(frozen=True, slots=True)
class _Speech:
    """Words with their frames, and what a change of voice before each of them costs."""

    words: Sequence[Word]
    frames: Frames
    rows: Floats  # of the frames, standardised over the whole recording
    word_of_row: Indices
    change: Sums  # (words,), in log likelihood
    hop_s: float  # from one frame to the next

    def rows_of(self, labels: Indices, label: int) -> Floats:
        return np.asarray(self.rows[labels[self.word_of_row] == label])

    def scores(self, voices: Sequence[Mixture]) -> Sums:
        """The log likelihood of each word under each voice, (words, voices)."""
        columns = [
            np.bincount(self.word_of_row, v.log_likelihood(self.rows), minlength=len(self.words)) for v in voices
        ]
        return np.stack(columns, axis=1)


def cluster(words: Sequence[Word], audio: Reader, speakers: int) -> tuple[SpokenWord, ...]:
    """Gives every word to one of so many voices.

    Args:
        words: with times in seconds.
        audio: the recording.
        speakers: how many people speak; a person should say it.

    Returns:
        The words in order of their start, each with "Voice 1", "Voice 2" … in the order of first speech, and how sure
        that is: 0..1, low where two voices explain a phrase almost equally well. None where there is one speaker.

    Raises:
        BadInputError: `speakers` is less than 1.
    """
    if speakers < 1:
        raise BadInputError("An episode has at least one speaker. Give the number of voices that can be heard.")
    words = sorted(words, key=lambda w: (w.start_s, w.end_s))
    frames = frames_of(words, audio) if speakers > 1 and words else None
    if frames is None or len(frames.rows) < LEAST_ROWS * speakers:
        return tuple(SpokenWord(w, "Voice 1", None if speakers == 1 else 0.0) for w in words)
    voices, _ = _join(_part_for_training(words, frames), speakers)
    whole = _speech(words, frames, frames)
    scores = whole.scores(voices)
    labels = best_path(scores, whole.change)
    sure = _confidence(scores, labels, frames.counts, words)
    names: dict[int, str] = {}
    for label in labels:
        names.setdefault(int(label), f"Voice {len(names) + 1}")
    return tuple(SpokenWord(w, names[int(k)], float(s)) for w, k, s in zip(words, labels, sure, strict=True))


def estimate_speakers(words: Sequence[Word], audio: Reader) -> int:
    """A guess at how many people speak, 2 to 4. Do not trust it: a person hears it better.

    Use it only where nobody can say the number. Groups are joined as long as one mixture explains both nearly as well.
    The threshold fits synthetic and studio voices; a far microphone, noise or short turns mislead it.

    Args:
        words: with times in seconds.
        audio: the recording.

    Returns:
        2, 3 or 4; 1 where there is too little speech to compare.
    """
    words = sorted(words, key=lambda w: (w.start_s, w.end_s))
    frames = frames_of(words, audio)
    if len(frames.rows) < LEAST_ROWS * MOST_ESTIMATED:
        return 1
    _, gains = _join(_part_for_training(words, frames), 1)
    apart = next((count for count, gain in gains if gain < DIFFERENT_VOICES), 1)
    return min(max(apart, LEAST_ESTIMATED), MOST_ESTIMATED)


def best_path(scores: Sums, change: Sums) -> Indices:
    """The labels that explain all words best (Viterbi 1967).

    Args:
        scores: log likelihood of each word under each label, (words, labels).
        change: what a change of label before each word costs, (words,).

    Returns:
        (words,) labels.
    """
    count, labels = scores.shape
    came_from = np.zeros((count, labels), np.intp)
    total = scores[0].copy()
    stay = np.arange(labels)
    for k in range(1, count):
        best = int(total.argmax())
        changed = total[best] - change[k]
        came_from[k] = np.where(total >= changed, stay, best)
        total = np.maximum(total, changed) + scores[k]
    path = np.zeros(count, np.intp)
    path[-1] = total.argmax()
    for k in range(count - 1, 0, -1):
        path[k - 1] = came_from[k, path[k]]
    return path


def _speech(words: Sequence[Word], frames: Frames, recording: Frames, step: int = 1) -> _Speech:
    """Words with every `step`th frame, in units of the mean and spread of the whole recording's frames."""
    mean, spread = (f(recording.rows, axis=0, dtype=np.float32) for f in (np.mean, np.std))
    rows = np.asarray((frames.rows - mean) / (spread + np.float32(1e-6)), np.float32)
    open_ = [k == 0 or may_change(words[k - 1], w) for k, w in enumerate(words)]
    change = np.where(open_, CHANGE_AT_PAUSE, CHANGE_IN_PHRASE) / step
    return _Speech(words, frames, rows, frames.word_of_row(), change, HOP_S * step)


def _part_for_training(words: Sequence[Word], frames: Frames) -> _Speech:
    """Stretches from everywhere in the recording, no more than about `TRAINING_FRAMES` frames."""
    count = len(frames.rows)
    if count <= TRAINING_FRAMES:
        return _speech(words, frames, frames)
    step = 2  # half as dense: twice as much speech
    stretches = -(-len(words) // STRETCH_WORDS)
    wanted = max(1, int(stretches * min(1.0, TRAINING_FRAMES * step / count)))
    kept = np.linspace(0, stretches - 1, wanted).round()
    chosen = np.flatnonzero(np.isin(np.arange(len(words)) // STRETCH_WORDS, kept))
    return _speech([words[int(k)] for k in chosen], frames.of(chosen, step), frames, step)


def _join(speech: _Speech, speakers: int) -> tuple[list[Mixture], list[tuple[int, float]]]:
    """Groups joined until `speakers` are left.

    Returns:
        The voices, and for each joining how many groups there were and what each frame gained by it.
    """
    labels = _first_groups(speech, speakers)
    voices = [
        fit(rows, max(1, min(PARTS, len(rows) // ROWS_PER_PART)))
        for k in range(int(labels.max()) + 1)
        if len(rows := speech.rows_of(labels, k)) >= LEAST_ROWS
    ]
    gains: list[tuple[int, float]] = []
    while True:
        labels = best_path(speech.scores(voices), speech.change)
        voices = _refitted(speech, voices, labels, speakers)
        if len(voices) <= speakers:
            return voices, gains
        labels = best_path(speech.scores(voices), speech.change)
        joined, gain = _closest_joined(speech, voices, labels)
        gains.append((len(voices), gain))
        voices = joined


def _refitted(speech: _Speech, voices: list[Mixture], labels: Indices, speakers: int) -> list[Mixture]:
    """Each voice fitted to its words again; voices with hardly any are dropped while enough are left."""
    rows = [speech.rows_of(labels, k) for k in range(len(voices))]
    known = [(v, r) for v, r in zip(voices, rows, strict=True) if len(r) >= LEAST_ROWS]
    if len(known) < min(speakers, len(voices)):
        known = list(zip(voices, rows, strict=True))
    return [v.refitted(r, 2) if len(r) >= LEAST_ROWS else v for v, r in known]


def _closest_joined(speech: _Speech, voices: list[Mixture], labels: Indices) -> tuple[list[Mixture], float]:
    """The two voices made one whose frames a common mixture explains best, and the gain per frame over their own."""
    rows = [speech.rows_of(labels, k) for k in range(len(voices))]
    alone = [float(v.log_likelihood(r).sum()) for v, r in zip(voices, rows, strict=True)]
    best_gain, best = -np.inf, (0, 1, voices[0])
    for i in range(len(voices)):
        for j in range(i + 1, len(voices)):
            both = np.concatenate([rows[i], rows[j]])
            joined = voices[i].with_(voices[j], len(rows[i]) + 1, len(rows[j]) + 1)
            if not len(both):
                return [v for k, v in enumerate(voices) if k != j], 0.0
            joined = joined.refitted(both, 2)
            # As many parameters as both had: the penalty of the information criterion falls out.
            gain = (float(joined.log_likelihood(both).sum()) - alone[i] - alone[j]) / len(both)
            if gain > best_gain:
                best_gain, best = gain, (i, j, joined)
    i, j, joined = best
    return [joined if k == i else v for k, v in enumerate(voices) if k != j], best_gain


def _first_groups(speech: _Speech, speakers: int) -> Indices:
    """Labels for the words: more groups than speakers, by the sound of the window around each word."""
    groups = int(np.clip(len(speech.rows) * speech.hop_s / GROUP_S, speakers, max(MAX_GROUPS, speakers)))
    sounds, full = _windows(speech)
    good = np.flatnonzero(full >= 0.4)
    good = good if len(good) >= groups else np.arange(len(sounds))
    sample = sounds[good[:: max(1, -(-len(good) // MAX_WINDOWS))]]
    labels = ward(sample, groups)
    centres = np.stack([sample[labels == k].mean(axis=0) for k in range(int(labels.max()) + 1)])
    return _kmeans(sounds, centres, full)


def _windows(speech: _Speech) -> tuple[Floats, Floats]:
    """For each word the standardised sound of about `WINDOW_S` around it, and how full of speech that is (0..1)."""
    first, last = _around(speech.words)
    sounds = mean_and_spread(speech.frames, first, last)
    heard_s = (speech.frames.first[last] - speech.frames.first[first]) * speech.hop_s
    full = np.minimum(heard_s / (WINDOW_S / 2), 1.0)
    known = sounds[full > 0]
    return (sounds - known.mean(axis=0)) / (known.std(axis=0) + np.float32(1e-6)), full.astype(np.float32)


def _around(words: Sequence[Word]) -> tuple[Indices, Indices]:
    """For each word the run of words around it that fills a window, never across a pause or a sentence's end."""
    borders = [*phrase_starts(words), len(words)]
    first, last = np.zeros(len(words), np.intp), np.zeros(len(words), np.intp)
    for begin, end in pairwise(borders):
        for k in range(begin, end):
            left, right = k, k + 1
            middle_s = (words[k].start_s + words[k].end_s) / 2
            while words[right - 1].end_s - words[left].start_s < WINDOW_S and (left > begin or right < end):
                earlier = right >= end or (
                    left > begin and middle_s - words[left - 1].start_s <= words[right].end_s - middle_s
                )
                left, right = (left - 1, right) if earlier else (left, right + 1)
            first[k], last[k] = left, right
    return first, last


def ward(points: Floats, groups: int) -> Indices:
    """Joins points until so many groups are left, each time with the least loss of variance (Ward 1963).

    Args:
        points: (n, dimensions); memory and time grow with n².
        groups: how many to leave.

    Returns:
        (n,) labels from 0.
    """
    count = len(points)
    squares = (points**2).sum(axis=1)
    loss = np.maximum(squares[:, None] + squares - 2 * times(points, points.T), 0) / 2
    np.fill_diagonal(loss, np.inf)
    size, labels, active = np.ones(count), np.arange(count), np.ones(count, bool)
    for _ in range(count - groups):
        i, j = sorted(divmod(int(loss.argmin()), count))
        # Lance and Williams 1967
        joined = ((size[i] + size) * loss[i] + (size[j] + size) * loss[j] - size * loss[i, j]) / (
            size[i] + size[j] + size
        )
        active[j] = False
        joined[~active] = np.inf
        joined[i] = np.inf
        loss[i], loss[:, i] = joined, joined
        loss[j], loss[:, j] = np.inf, np.inf
        size[i] += size[j]
        labels[labels == j] = i
    return np.asarray(np.unique(labels, return_inverse=True)[1], np.intp)


def _kmeans(points: Floats, centres: Floats, weights: Floats) -> Indices:
    """Labels by the nearest centre, the centres moved until nothing changes (Lloyd 1982)."""
    labels = _nearest(points, centres)
    for _ in range(50):
        centres = np.stack(
            [
                np.average(points[labels == k], axis=0, weights=weights[labels == k] + 1e-6)
                if (labels == k).any()
                else centre
                for k, centre in enumerate(centres)
            ]
        ).astype(np.float32)
        moved = _nearest(points, centres)
        if (moved == labels).all():
            break
        labels = moved
    return labels


def _nearest(points: Floats, centres: Floats) -> Indices:
    distance = (centres**2).sum(axis=1) - 2 * times(points, centres.T)
    return np.asarray(distance.argmin(axis=1), np.intp)


def _confidence(scores: Sums, labels: Indices, counts: Indices, words: Sequence[Word]) -> Sums:
    """How probable the chosen voice is, for each stretch of one voice between two places where it may change."""
    new = np.array(
        [k == 0 or labels[k] != labels[k - 1] or may_change(words[k - 1], words[k]) for k in range(len(words))]
    )
    stretch = np.cumsum(new) - 1
    summed = np.stack([np.bincount(stretch, column) for column in scores.T], axis=1) * SURE_PER_FRAME
    shares = np.exp(summed - summed.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    heard = np.bincount(stretch, counts)
    sure = np.where(heard > 0, shares[np.arange(len(shares)), labels[new]], 0.0)
    return np.asarray(sure[stretch])
