"""How far a turn hears the other by what it tells, and not by any phrase.

Three things carry it: the other's own words said again, an account of the other's side ("you sat there"), and one's own
act seen from there ("and I let you"). Conceding, a therapist's prompt and what comes back afterwards add to these and
say nothing alone. Questions, disputes and everything that turns away take from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from companion.moves.context import Setting
from companion.moves.normalise import Doc
from companion.moves.stance import Frame, Stance, read_stance

_ECHO = 0.95  # log-odds for one full word of the other's, said from the other's side
_ECHO_MOST = 2.4
_FRAME_WEIGHT = {
    Frame.OTHER: 1.0,
    Frame.OWN_FOR_OTHER: 0.8,
    Frame.NONE: 0.75,
    Frame.THIRD: 0.6,
    Frame.OWN: 0.35,
    Frame.CHARGED: 0.2,
    Frame.ASKED: 0.1,
}
_DISPUTED = 0.2
_CONTESTED = 0.2  # "you carried a bag, I carried the piano": the word is said of both, to compare
_OWN = (Frame.OWN, Frame.OWN_FOR_OTHER)
_BLAMED = 0.8
_TOLD = (0.8, 0.4, 0.3, 0.2)  # the first account of the other, the second, …
_UNMET = 0.6  # what an account counts that takes up none of the other's words …
_MET = 0.6  # … and how much more where it was asked for or answered
_OWNED_ALSO_HEARS = 0.7
_CONCEDED = 0.9
_PROMPTED = 0.8
_TAKEN_UP = 1.2
_PROTESTED = 1.8
_CORE_LEAST = 0.4  # what must be there by itself before the turns around count
_CORE_FULL = 1.0
_LED = 0.5  # a therapist says the words back to lead, too
_FEW_WORDS = 4  # a shorter turn that only repeats is a question in writing
_OWNERSHIP = 1.5
_CONFIRMED = 0.8
_SWEEPING = frozenset(["always", "everyone", "anyway", "obviously", "apparently", "supposed"])
_SWEPT = 0.5
_MOST_WORDS = 70  # a long turn has many words of anybody's

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the telling adds, in log-odds, and the tokens that speak for it."""

    validation: float = 0.0
    ownership: float = 0.0
    blame: float = 0.0  # what telling the other's wrongs and one's own merits takes from validation
    heard: tuple[Span, ...] = ()
    owned: tuple[Span, ...] = ()


def weigh_telling(doc: Doc, setting: Setting, conceded: float, owns: bool, stands: Callable[[Span], float]) -> Heard:
    """How far a turn hears the other by what it tells.

    Args:
        doc: the turn as plain words.
        setting: what stands around it.
        conceded: 0..1, how plainly it begins by letting the other's account stand.
        owns: whether it says by other words that an act of one's own was wrong.
        stands: how much of a stretch of tokens is left once its sentence is over, 0..1.

    Returns:
        What to add for validation and for ownership.
    """
    stance = read_stance(doc)
    blame = _BLAMED * (stance.blamed + min(2, stance.merits))
    echo, spans = _echo(stance, setting, stands)
    sweeping = any(t in _SWEEPING for t in doc.tokens) and not setting.led
    told = [span for span in stance.told if stands(span) > 0.5]
    owned = [span for span in stance.owned if stands(span) > 0.5]
    account = sum(weight for weight, _ in zip(_TOLD, told, strict=False))
    met = setting.prompted + max(0.0, setting.taken_up)  # an account that was asked for, or that arrived
    core = echo + account * min(1.0, _UNMET + echo + _MET * met)
    if (owned or owns) and (echo or told):
        core += _OWNED_ALSO_HEARS
    core += _CONCEDED * conceded * min(1.0, 0.3 + echo + 0.4 * setting.bid.strength)
    core = max(0.0, core - blame)
    core *= _SWEPT if sweeping else 1.0
    core *= min(1.0, _MOST_WORDS / max(1, len(doc.tokens))) * (_LED if setting.led else 1.0)
    around = _around(setting) * min(1.0, max(0.0, core - _CORE_LEAST) / (_CORE_FULL - _CORE_LEAST))
    if len(doc.tokens) <= _FEW_WORDS and not conceded:
        core, around = 0.6 * core, 0.6 * around
    validation = core + around + (0.3 * setting.bid.strength if core >= _CORE_LEAST else 0.0)
    own = _owns_up(stance, setting, core, conceded)
    owned = [span for span in own if stands(span) > 0.5]
    ownership = _OWNERSHIP + 0.5 * min(1.0, echo) + 0.4 * setting.bid.strength + 0.5 * around if owned else 0.0
    ownership += _CONFIRMED * setting.confirmed if owned else 0.0
    return Heard(max(0.0, validation), max(0.0, ownership), blame, (*spans, *told), tuple(owned))


def _echo(stance: Stance, setting: Setting, stands: Callable[[Span], float]) -> tuple[float, list[Span]]:
    total, spans = 0.0, []
    for echo in setting.echoes:
        frame = stance.frames[echo.token]
        span = (echo.token, echo.token + 1)
        weight = echo.weight * _FRAME_WEIGHT[frame] * stands(span)
        if frame is Frame.OTHER and any(stance.frames[at] in _OWN for at in echo.later):
            weight *= _CONTESTED
        if echo.disputed and not echo.doubt:
            weight *= _DISPUTED
        if weight > 0.1:
            total += _ECHO * weight
            spans.append(span)
    return min(_ECHO_MOST, total), spans


def _around(setting: Setting) -> float:
    back = setting.taken_up * (_TAKEN_UP if setting.taken_up > 0.0 else _PROTESTED)
    return _PROMPTED * setting.prompted + back


def _owns_up(stance: Stance, setting: Setting, core: float, conceded: float) -> list[Span]:
    """Own acts that are told from the other's side, or that the other says yes to."""
    answered = setting.confirmed > 0.0 or setting.taken_up >= 0.5
    if stance.blamed or stance.merits:
        return []
    found = list(stance.owned) if stance.told or conceded or answered else []
    if setting.confirmed > 0.0 or (stance.told and core >= _CORE_FULL):
        found += stance.acts
    return sorted(found)
