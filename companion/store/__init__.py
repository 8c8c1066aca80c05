"""The library's rows: the only reader and writer of the tables (but for the text index, which is `search`'s)."""

from companion.store.decisions import Decisions
from companion.store.episodes import Episodes, ListedEpisode, NewEpisode, TakeIn
from companion.store.facets import Choice, EpisodeCount, FacetCounts, Facets, MomentFilter, TagCount
from companion.store.hosts import HostRows, InvitationRow
from companion.store.house import HouseRows, RecognitionRows
from companion.store.lines import Kept, Lines, Standing
from companion.store.moments import Moments, moment_id
from companion.store.practice import PracticeRows, SpaceRow, TakeRow
from companion.store.remembered import Remembered
from companion.store.shown import Shown
from companion.store.shows import Shows
from companion.store.stages import Stages, stage_key
from companion.store.transcripts import Transcripts

__all__ = [
    "Choice",
    "Decisions",
    "EpisodeCount",
    "Episodes",
    "FacetCounts",
    "Facets",
    "HostRows",
    "HouseRows",
    "InvitationRow",
    "Kept",
    "Lines",
    "ListedEpisode",
    "MomentFilter",
    "Moments",
    "NewEpisode",
    "PracticeRows",
    "RecognitionRows",
    "Remembered",
    "Shown",
    "Shows",
    "SpaceRow",
    "Stages",
    "Standing",
    "TagCount",
    "TakeIn",
    "TakeRow",
    "Transcripts",
    "moment_id",
    "stage_key",
]
