"""`python -m benchmarks [quality] [recognition] [speed] [kills] [microphone] [tagging]`: measures and prints tables."""

import sys

from rich.console import Console

from benchmarks import kills, microphone, quality, recognition, speed, tagging

PARTS = {
    "quality": quality.run,
    "recognition": recognition.run,
    "speed": speed.run,
    "kills": kills.run,
    "microphone": microphone.run,
    "tagging": tagging.run,
}


def main(names: list[str]) -> int:
    """Runs the named parts, or all."""
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"There is no part called {', '.join(unknown)}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    console = Console(width=140)
    for name in names or PARTS:
        for table in PARTS[name]():
            console.print(table)
    return 0


sys.exit(main(sys.argv[1:]))
