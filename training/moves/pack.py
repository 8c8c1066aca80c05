"""Pack the corpus for the package, without the test part: `python -m training.moves.pack [--out FILE]`.

`companion moves train` makes a library's own tagger from it. A test compares the file with the folder.
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from companion.errors import CompanionError
from companion.learning import SHIPPED_CORPUS, pack
from training.moves.train import whole_corpus


def packed(text: str) -> bytes:
    """A text, packed; the same text gives the same bytes."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=9) as file:
        file.write(text.encode())
    return out.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write the file."""
    top = argparse.ArgumentParser(prog="python -m training.moves.pack", description=__doc__)
    top.add_argument("--out", type=Path, default=SHIPPED_CORPUS)
    args = top.parse_args(arguments)
    try:
        args.out.write_bytes(packed(pack(whole_corpus())))
    except CompanionError as error:
        print(error.sentence, file=sys.stderr)
        return error.exit_code
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
