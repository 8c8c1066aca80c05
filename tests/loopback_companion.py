"""The `companion` command, which may load from this computer: what tests start where they have a web server.

Only here: no setting and no option lets a user do so.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import companion.fetching
import companion.pipeline.worker  # so that a process that is made from this one starts at once
from companion.cli import main
from companion.fetching import Address


def on_this_computer(address: Address) -> bool:
    """The rule of tests."""
    return address.is_loopback


def command(arguments: list[str]) -> None:
    """Runs the command as a program would; never comes back."""
    companion.fetching.Fetcher.__init__.__defaults__ = (on_this_computer,)
    sys.argv = ["companion", *arguments]
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    main()


if __name__ == "__main__":
    companion.fetching.Fetcher.__init__.__defaults__ = (on_this_computer,)
    main()
