"""Which rows an audience sees: asked by every reader of what listeners can reach, so that no page can forget it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from companion import schema
from companion.types import Audience, EpisodeState, MomentState, Publication


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown to whom."""

    audience: Audience = Audience.HOST
    suggestions: bool = False  # listeners see moments, too, that no host has looked at

    @property
    def all_episodes(self) -> bool:
        """Drafts, too."""
        return self.audience is Audience.HOST

    @property
    def all_moments(self) -> bool:
        """Suggested ones, too."""
        return self.audience is Audience.HOST or self.suggestions

    def episode(self) -> sa.ColumnElement[bool]:
        """The condition on an episode's row."""
        return sa.true() if self.all_episodes else schema.episode.c.publication == Publication.PUBLISHED

    def ready_episode(self) -> sa.ColumnElement[bool]:
        """The same, of those that can be heard."""
        return sa.and_(schema.episode.c.state == EpisodeState.READY, self.episode())

    def moment(self) -> sa.ColumnElement[bool]:
        """The condition on a moment's row, beside that on its episode."""
        return sa.true() if self.all_moments else schema.moment.c.state == MomentState.APPROVED

    @property
    def values(self) -> dict[str, object]:
        """For text SQL that holds `READY_EPISODE` or `MOMENT`."""
        return {
            "ready": EpisodeState.READY,
            "all_episodes": self.all_episodes,
            "published": Publication.PUBLISHED,
            "all_moments": self.all_moments,
            "approved": MomentState.APPROVED,
        }


READY_EPISODE = "(e.state = :ready AND (:all_episodes OR e.publication = :published))"
"""`Shown.ready_episode` in text, of an episode called e."""

MOMENT = "(:all_moments OR m.state = :approved)"
"""`Shown.moment` in text, of a moment called m."""
