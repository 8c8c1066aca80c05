"""A small load for a site: `python -m benchmarks.load HOST PORT RATE THREADS` reads requests, writes what they took.

The requests fall due at a fixed rate, whether or not earlier ones are answered, and each is timed from the moment at
which it was due: a server that stalls cannot hide the ones that had to wait.

Lines in: `kind<TAB>address<TAB>range` (the range may be empty).
Lines out: `kind<TAB>status<TAB>first byte in ms<TAB>all in ms`, behind one that says how long it took in seconds.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from collections.abc import Iterator, Sequence

HEADERS = {"Accept-Encoding": "gzip", "Accept": "text/html,*/*;q=0.8"}
LEAD_S = 0.5  # for all threads to stand ready
FAILED = 0  # in the place of a status


def main(host: str, port: int, rate_hz: float, threads: int) -> None:
    """Sends what stands on stdin."""
    requests = [line.rstrip("\n").split("\t") for line in sys.stdin]
    out: list[str] = [""] * len(requests)
    begin_s = time.perf_counter() + LEAD_S
    numbers = iter(range(len(requests)))
    lock = threading.Lock()

    def take() -> Iterator[int]:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            yield number

    def work() -> None:
        connection = http.client.HTTPConnection(host, port, timeout=30)
        for number in take():
            due_s = begin_s + number / rate_hz
            time.sleep(max(0.0, due_s - time.perf_counter()))
            out[number] = _send(connection, requests[number], due_s)
        connection.close()

    crew = [threading.Thread(target=work) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    print(time.perf_counter() - begin_s)
    print("\n".join(out))


def _send(connection: http.client.HTTPConnection, request: Sequence[str], due_s: float) -> str:
    kind, address, part = request
    headers = {**HEADERS, "Range": part} if part else HEADERS
    try:
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        answer.read(1)
        first_ms = (time.perf_counter() - due_s) * 1000
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        connection.close()
        first_ms, status = (time.perf_counter() - due_s) * 1000, FAILED
    return f"{kind}\t{status}\t{first_ms:.3f}\t{(time.perf_counter() - due_s) * 1000:.3f}"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
