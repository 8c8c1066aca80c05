"""Which tagger a library uses: the shipped one, or its own that people have taught. The one before is kept.

moves.npz           the library's own; the shipped one is used where there is none
moves.previous.npz  the one before, to go back to
"""

from __future__ import annotations

import shutil
from pathlib import Path

from companion.errors import LibraryError, NotFoundError
from companion.moves.model import BUNDLED, MovesModel, load, save


class Taggers:
    """The models in one library folder."""

    def __init__(self, home: Path) -> None:
        self.own_file = home / "moves.npz"
        self.previous_file = home / "moves.previous.npz"

    @property
    def own(self) -> bool:
        """Whether the library has one of its own."""
        return self.own_file.is_file()

    def current(self) -> MovesModel:
        """The one in use.

        Raises:
            ModelError: it is broken.
        """
        return load(self.own_file if self.own else BUNDLED)

    def keep(self, model: MovesModel) -> None:
        """Uses a new one from now on. Whatever happens on the way, there is a whole one at any time.

        Raises:
            LibraryError: it cannot be written.
        """
        new = self.own_file.with_name("moves.new.npz")
        try:
            save(model, new)
            if self.own:
                copy = self.own_file.with_name("moves.copy.npz")
                shutil.copyfile(self.own_file, copy)
                copy.replace(self.previous_file)
            else:
                self.previous_file.unlink(missing_ok=True)
            new.replace(self.own_file)
        except OSError as error:
            raise LibraryError(
                f"The new tagger cannot be written to {self.own_file.parent} ({error.strerror}). The old one stays."
            ) from error
        finally:
            for part in ("moves.new.npz", "moves.new.part", "moves.copy.npz"):
                self.own_file.with_name(part).unlink(missing_ok=True)

    def reset(self) -> None:
        """Goes back to the shipped one; the library's own becomes the one before.

        Raises:
            NotFoundError: the shipped one is in use.
        """
        if not self.own:
            raise NotFoundError("The shipped tagger is in use already.")
        self.own_file.replace(self.previous_file)

    def go_back(self) -> None:
        """Goes back to the one before; the one in use takes its place.

        Raises:
            NotFoundError: there is none before.
        """
        if not self.previous_file.is_file():
            if not self.own:
                raise NotFoundError("There is no tagger before this one: the shipped one was always in use here.")
            self.reset()  # before the first one of its own there was the shipped one
            return
        if not self.own:
            self.previous_file.replace(self.own_file)
            return
        swap = self.own_file.with_name("moves.copy.npz")
        shutil.copyfile(self.own_file, swap)
        self.previous_file.replace(self.own_file)
        swap.replace(self.previous_file)
