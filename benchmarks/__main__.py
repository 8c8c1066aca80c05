"""`python -m benchmarks [PART ...]`: measures and prints tables; without a part, all of them.

`python -m benchmarks site --requests 100000 --rate 200` sets how many requests the mix has, and how many a second.
"""

import argparse
import sys

from rich.console import Console

from benchmarks import editing, kills, microphone, practice_latency, quality, recognition, site, speed, tagging

PARTS = {
    "quality": quality.run,
    "recognition": recognition.run,
    "speed": speed.run,
    "kills": kills.run,
    "microphone": microphone.run,
    "tagging": tagging.run,
    "practice": practice_latency.run,
    "site": site.run,
    "editing": editing.run,
}


def main(words: list[str]) -> int:
    """Runs the named parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures and prints tables.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; all by default")
    parser.add_argument("--requests", type=int, default=site.REQUESTS, help="of the mix of `site`")
    parser.add_argument("--rate", type=float, default=site.RATE_HZ, help="of the mix of `site`, a second")
    parser.add_argument("--takes", type=int, default=practice_latency.TAKES, help="of `practice`")
    given = parser.parse_args(words)
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        print(f"There is no part called {', '.join(unknown)}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    if given.requests < site.MEMORY_STEPS or given.rate <= 0 or given.takes < 1:
        print(f"At least {site.MEMORY_STEPS} requests, a rate above 0, and one take are needed.", file=sys.stderr)
        return 2
    console = Console(width=140)
    for name in given.parts or PARTS:
        counted = {"site": (given.requests, given.rate), "practice": (given.takes,)}
        for table in PARTS[name](*counted.get(name, ())):
            console.print(table)
    return 0


sys.exit(main(sys.argv[1:]))
