"""From a draft to what listeners find: details, the checklist, the recording with its tag, the date, and back."""

from companion.publishing.checklist import Checklist, Facts, Item, Level, MissingError, Place, checklist_of
from companion.publishing.desk import Publishing, State
from companion.publishing.fields import EpisodeEntry, check_details, read_episode, read_show, show_line
from companion.publishing.ticker import Ticker
from companion.publishing.times import read_when

__all__ = [
    "Checklist",
    "EpisodeEntry",
    "Facts",
    "Item",
    "Level",
    "MissingError",
    "Place",
    "Publishing",
    "State",
    "Ticker",
    "check_details",
    "checklist_of",
    "read_episode",
    "read_show",
    "read_when",
    "show_line",
]
