"""`python -m benchmarks [PART ...]`: measures and prints tables.

The parts: quality, recognition, speed, kills, microphone, tagging, practice (practice=5: five takes instead of thirty).
"""

import sys

from rich.console import Console

from benchmarks import kills, microphone, practice_latency, quality, recognition, speed, tagging

PARTS = {
    "quality": quality.run,
    "recognition": recognition.run,
    "speed": speed.run,
    "kills": kills.run,
    "microphone": microphone.run,
    "tagging": tagging.run,
    "practice": practice_latency.run,
}
COUNTED = {"practice": practice_latency.run}


def main(names: list[str]) -> int:
    """Runs the named parts, or all; one that takes something again and again may be told how often."""
    asked = [name.partition("=") for name in names or PARTS]
    unknown = {name for name, _, _ in asked} - set(PARTS)
    if unknown:
        print(f"There is no part called {', '.join(unknown)}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    for name, equals, count in asked:
        if equals and (name not in COUNTED or not count.isdecimal() or not int(count)):
            print(f"{name}={count} means nothing; a number of takes goes with {', '.join(COUNTED)}.", file=sys.stderr)
            return 2
    console = Console(width=140)
    for name, _, count in asked:
        for table in COUNTED[name](int(count)) if count else PARTS[name]():
            console.print(table)
    return 0


sys.exit(main(sys.argv[1:]))
