"""What moments are chosen by, as addresses say it: read from one, and written into the links of the facets.

Every state of the list is an address; nothing about a visitor is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from companion.core import LABELS, MEANINGS, EpisodeCount, FacetCounts
from companion.types import LEANING_IN, LengthBand, MomentKind, MomentOrder, Role, Tag

FEW_EPISODES = 8  # that are offered until somebody asks for all
KINDS = {
    MomentKind.MUTUAL: ("both lean in", "First one leans in, then the other: the strongest there is."),
    MomentKind.ONE_WAY: ("one leans in", "One hears the other, and is not answered in kind yet."),
}
LENGTHS = {
    LengthBand.SHORT: ("under 30 s", ""),
    LengthBand.MIDDLE: ("30 to 60 s", ""),
    LengthBand.LONG: ("over a minute", ""),
}
ROLES = {
    Role.PARTNER: ("a partner", ""),
    Role.THERAPIST: ("a therapist", ""),
    Role.HOST: ("a host", ""),
    Role.UNKNOWN: ("nobody has said who", ""),
}
ORDERS = {
    MomentOrder.STRENGTH: "Strongest",
    MomentOrder.NEWEST: "Newest",
    MomentOrder.SHORTEST: "Shortest",
    MomentOrder.LONGEST: "Longest",
}
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen. None, "" and () mean all."""

    tags: tuple[Tag, ...] = ()  # all of them
    query: str = ""
    episode: str | None = None
    kind: MomentKind | None = None
    role: Role | None = None
    length: LengthBand | None = None
    order: MomentOrder | None = None

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return replace(self, order=None) != Chosen()

    @property
    def in_order(self) -> MomentOrder:
        """What comes first where nothing is said: the strongest, and in one episode what was said first."""
        return self.order or (MomentOrder.NEWEST if self.episode else MomentOrder.STRENGTH)

    def address(self) -> dict[str, Any]:
        """The values of an address."""
        usual = replace(self, order=None).in_order
        return {
            "tag": [tag.value for tag in self.tags],
            "q": self.query or None,
            "episode": self.episode,
            "kind": self.kind.value if self.kind else None,
            "role": self.role.value if self.role else None,
            "length": self.length.value if self.length else None,
            "sort": self.in_order.value if self.in_order is not usual else None,
        }

    def conditions(self) -> dict[str, Any]:
        """The same for the library's door."""
        return {
            "tags": self.tags,
            "query": self.query or None,
            "episode_slug": self.episode,
            "kind": self.kind,
            "role": self.role,
            "length": self.length,
        }


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose."""

    words: str
    meaning: str  # "" where the words say it
    count: int  # of the moments that it would leave
    chosen: bool
    to: Chosen  # with it; without it where it is chosen
    family: str  # "lean" or "away" of a tag, or ""


@dataclass(frozen=True, slots=True)
class Facet:
    """Some options that belong together."""

    name: str
    title: str
    options: tuple[Option, ...]
    all_of: int  # how many options there are, where only the first are offered; else 0


@dataclass(frozen=True, slots=True)
class Without:
    """A choice, and what is left to see when it is taken away."""

    words: str
    to: Chosen


def read(values: Callable[[str], list[str]]) -> tuple[Chosen, str | None]:
    """What an address chooses.

    Args:
        values: the values of a name in the address.

    Returns:
        What is chosen, what cannot be chosen left out; and a sentence about the first of that.
    """
    problems: list[str] = []
    tags = tuple(dict.fromkeys(t for t in (_read(Tag, v, problems) for v in values("tag")) if t is not None))

    def only(name: str, kind: type[E]) -> E | None:
        return _read(kind, next(iter(values(name)), ""), problems)

    chosen = Chosen(
        tags=tags,
        query=next(iter(values("q")), "").strip(),
        episode=next(iter(values("episode")), "") or None,
        kind=only("kind", MomentKind),
        role=only("role", Role),
        length=only("length", LengthBand),
        order=only("sort", MomentOrder),
    )
    return chosen, next(iter(problems), None)


def facets(chosen: Chosen, counts: FacetCounts, every_episode: bool = False) -> tuple[Facet, ...]:
    """What can be chosen, each with how many moments that would leave.

    Args:
        chosen: what is chosen already.
        counts: of the library.
        every_episode: offer more than the first few.
    """
    tags = tuple(
        Option(
            LABELS[t.tag],
            MEANINGS[t.tag],
            t.count,
            t.tag in chosen.tags,
            _toggled(chosen, t.tag),
            "lean" if t.tag in LEANING_IN else "away",
        )
        for t in counts.tags
    )
    kinds = _options(((c.value, c.count) for c in reversed(counts.kinds)), KINDS, chosen, "kind")
    lengths = _options(((c.value, c.count) for c in counts.lengths), LENGTHS, chosen, "length")
    roles = _options(((c.value, c.count) for c in counts.roles), ROLES, chosen, "role")
    found = (
        Facet("tag", "What happens", tags, 0),
        Facet("kind", "One or both", kinds, 0),
        Facet("length", "How long", lengths, 0),
        Facet("role", "Who leans in", roles, 0),
        _episodes(chosen, counts.episodes, every_episode),
    )
    return tuple(facet for facet in found if facet.options)


def chips(chosen: Chosen, episode_title: str = "") -> tuple[Without, ...]:
    """What is chosen, each with what is left when it is taken away."""
    found = [Without(LABELS[tag], _toggled(chosen, tag)) for tag in chosen.tags]
    if chosen.query:
        found.append(
            Without(f"“{chosen.query[:40]}{'…' if len(chosen.query) > 40 else ''}”", replace(chosen, query=""))
        )
    if chosen.episode:
        found.append(Without(episode_title or chosen.episode, _without_episode(chosen)))
    if chosen.kind:
        found.append(Without(KINDS[chosen.kind][0], replace(chosen, kind=None)))
    if chosen.length:
        found.append(Without(LENGTHS[chosen.length][0], replace(chosen, length=None)))
    if chosen.role:
        found.append(Without(f"{ROLES[chosen.role][0]} leans in", replace(chosen, role=None)))
    return tuple(found)


def orders(chosen: Chosen) -> tuple[Option, ...]:
    """What may come first; in one episode, as it was said."""
    names = {**ORDERS, MomentOrder.NEWEST: "As they come"} if chosen.episode else ORDERS
    return tuple(
        Option(words, "", 0, order is chosen.in_order, replace(chosen, order=order), "")
        for order, words in names.items()
    )


def _episodes(chosen: Chosen, counts: tuple[EpisodeCount, ...], every: bool) -> Facet:
    shown = counts if every else counts[:FEW_EPISODES]
    shown += tuple(e for e in counts[len(shown) :] if e.slug == chosen.episode)
    options = tuple(
        Option(
            e.title,
            "",
            e.count,
            e.slug == chosen.episode,
            _without_episode(chosen) if e.slug == chosen.episode else replace(chosen, episode=e.slug),
            "",
        )
        for e in shown
    )
    return Facet("episode", "Which episode", options, len(counts) if len(counts) > len(shown) else 0)


def _options(
    counted: Iterable[tuple[E, int]], words: dict[E, tuple[str, str]], chosen: Chosen, name: str
) -> tuple[Option, ...]:
    now = getattr(chosen, name)
    return tuple(
        Option(*words[v], n, v is now, replace(chosen, **{name: None if v is now else v}), "") for v, n in counted
    )


def _toggled(chosen: Chosen, tag: Tag) -> Chosen:
    others = tuple(t for t in chosen.tags if t is not tag)
    return replace(chosen, tags=others if tag in chosen.tags else (*others, tag))


def _without_episode(chosen: Chosen) -> Chosen:
    return replace(chosen, episode=None)


def _read(kind: type[E], text: str, problems: list[str]) -> E | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        problems.append(f"There is nothing called “{text[:40]}” to choose by. Choose from the list.")
        return None
