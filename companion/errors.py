"""One tree of exceptions.

Every error carries its ids as attributes and, as its text, a sentence for a person: what is wrong, and what to do.
The doors (command line, site) show that sentence and nothing else; anything that is not a `CompanionError` is a bug
and keeps its traceback.
"""

from __future__ import annotations

from pathlib import Path


class CompanionError(Exception):
    """The root. `exit_code` is the command line's, `http_status` the site's."""

    exit_code = 1
    http_status = 500

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class BadInputError(CompanionError):
    """What a person gave cannot be used."""

    exit_code = 2
    http_status = 400


class NotFoundError(CompanionError):
    """Nothing by that name."""

    exit_code = 3
    http_status = 404


class ConflictError(BadInputError):
    """What was sent does not go with what is already there."""

    http_status = 409


class AudioError(BadInputError):
    """A recording cannot be read. `path` is the file."""

    http_status = 415

    def __init__(self, sentence: str, path: Path | None = None) -> None:
        super().__init__(sentence)
        self.path = path


class LimitError(BadInputError):
    """A documented limit was reached. `setting` names it."""

    http_status = 413

    def __init__(self, sentence: str, setting: str) -> None:
        super().__init__(sentence)
        self.setting = setting


class EpisodeFileError(BadInputError):
    """episode.toml is broken. `path` is the file."""

    def __init__(self, sentence: str, path: Path) -> None:
        super().__init__(sentence)
        self.path = path


class CaptionsError(BadInputError):
    """A transcript or caption file cannot be read."""


class FeedError(BadInputError):
    """A feed cannot be read, or must not be imported."""


class FetchError(CompanionError):
    """Something could not be loaded from the network.

    `address` is where it was asked for; `passing` says that trying again soon may help.
    """

    exit_code = 10
    http_status = 502

    def __init__(self, sentence: str, address: str, passing: bool = False) -> None:
        super().__init__(sentence)
        self.address = address
        self.passing = passing


class ModelError(CompanionError):
    """A recogniser cannot be had. `model` is its name."""

    exit_code = 4

    def __init__(self, sentence: str, model: str) -> None:
        super().__init__(sentence)
        self.model = model


class SearchSyntaxError(BadInputError):
    """A search that means nothing."""


class SpaceError(CompanionError):
    """No room left on the disk. `path` is where."""

    exit_code = 5
    http_status = 507

    def __init__(self, sentence: str, path: Path) -> None:
        super().__init__(sentence)
        self.path = path


class BusyError(CompanionError):
    """Something else holds what is needed: a port, the library's worker."""

    exit_code = 6
    http_status = 503


class LibraryError(CompanionError):
    """The library folder cannot be used: no permission, not ours, too new."""

    exit_code = 7


class MicrophoneError(CompanionError):
    """Nothing can be recorded. `why` is portaudio, absent, busy, forbidden, refused, failed or silent."""

    exit_code = 8

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(sentence)
        self.why = why


class LoginError(CompanionError):
    """Not logged in, or not with this name and password."""

    exit_code = 9
    http_status = 401


class ForbiddenError(CompanionError):
    """Known, and still not allowed."""

    exit_code = 9
    http_status = 403


class WaitError(CompanionError):
    """Tried too often. `wait_s` is the time until the next try is looked at."""

    exit_code = 9
    http_status = 429

    def __init__(self, sentence: str, wait_s: float) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


class StoppedError(CompanionError):
    """A person stopped it; what was done is kept."""

    exit_code = 130
    http_status = 409
