"""The library's rows: the only reader and writer of the tables (but for the text index, which is `search`'s)."""

from companion.store.decisions import Decisions
from companion.store.episodes import Episodes, ListedEpisode, NewEpisode, TakeIn
from companion.store.facets import Choice, EpisodeCount, FacetCounts, Facets, MomentFilter, TagCount
from companion.store.hosts import HostRows, InvitationRow
from companion.store.house import HouseRows, RecognitionRows
from companion.store.imports import Import, Imports
from companion.store.jobs import Jobs, Run
from companion.store.lines import Kept, Lines, Standing
from companion.store.moments import Moments, moment_id
from companion.store.needs import NeedsALook
from companion.store.plays import EpisodePlays, MomentPlays, PlayOf, PlayRows, Target
from companion.store.practice import PracticeRows, SpaceRow, TakeRow
from companion.store.published import Left, PublishedFile, PublishedFiles
from companion.store.remembered import Remembered
from companion.store.shown import Shown
from companion.store.shows import Shows
from companion.store.stages import Stages, stage_key
from companion.store.transcripts import Transcripts
from companion.store.uploads import NewFile, Said, Uploads

__all__ = [
    "Choice",
    "Decisions",
    "EpisodeCount",
    "EpisodePlays",
    "Episodes",
    "FacetCounts",
    "Facets",
    "HostRows",
    "HouseRows",
    "Import",
    "Imports",
    "InvitationRow",
    "Jobs",
    "Kept",
    "Left",
    "Lines",
    "ListedEpisode",
    "MomentFilter",
    "MomentPlays",
    "Moments",
    "NeedsALook",
    "NewEpisode",
    "NewFile",
    "PlayOf",
    "PlayRows",
    "PracticeRows",
    "PublishedFile",
    "PublishedFiles",
    "RecognitionRows",
    "Remembered",
    "Run",
    "Said",
    "Shown",
    "Shows",
    "SpaceRow",
    "Stages",
    "Standing",
    "TagCount",
    "TakeIn",
    "TakeRow",
    "Target",
    "Transcripts",
    "Uploads",
    "moment_id",
    "stage_key",
]
