"""`python -m benchmarks [PART ...]`: measures and prints tables; without a part, all of them.

`python -m benchmarks site --requests 100000 --rate 200` sets how many requests the mix has, and how many a second.
"""

import argparse
import sys

from rich.console import Console

from benchmarks import kills, microphone, quality, recognition, site, speed, tagging

PARTS = {
    "quality": quality.run,
    "recognition": recognition.run,
    "speed": speed.run,
    "kills": kills.run,
    "microphone": microphone.run,
    "tagging": tagging.run,
    "site": site.run,
}


def main(words: list[str]) -> int:
    """Runs the named parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures and prints tables.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; all by default")
    parser.add_argument("--requests", type=int, default=site.REQUESTS, help="of the mix of `site`")
    parser.add_argument("--rate", type=float, default=site.RATE_HZ, help="of the mix of `site`, a second")
    given = parser.parse_args(words)
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        print(f"There is no part called {', '.join(unknown)}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    if given.requests < site.MEMORY_STEPS or given.rate <= 0:
        print(f"The mix needs at least {site.MEMORY_STEPS} requests and a rate above 0.", file=sys.stderr)
        return 2
    console = Console(width=140)
    for name in given.parts or PARTS:
        tables = site.run(given.requests, given.rate) if name == "site" else PARTS[name]()
        for table in tables:
            console.print(table)
    return 0


sys.exit(main(sys.argv[1:]))
