"""Covers: from a file that may be anything to a picture that every app can show.

Reading happens in a child process with limits (`child`): a picture from elsewhere is hostile input, as a recording is.
"""

from companion.pictures.covers import check_cover, reduced

__all__ = ["check_cover", "reduced"]
