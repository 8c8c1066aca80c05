"""How often somebody may guess a password: counted for each address and for each name, in memory.

In memory, because an address is nothing that we want to keep on a disk, the site is one process, and nobody who guesses
can restart it. Names are counted as keyed hashes: people type passwords into that field.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

MOST_COUNTED: Final = 20_000  # addresses and names; the ones that were not tried for longest are forgotten first


class Guesses:
    """Counts wrong guesses of the last while."""

    def __init__(self, per_address: int, per_name: int, while_s: float) -> None:
        """Nothing was guessed yet.

        Args:
            per_address: wrong guesses that one address may make in that time.
            per_name: wrong guesses that all together may make at one name in that time.
            while_s: how long a wrong guess counts, in seconds.
        """
        self._most = {"address": per_address, "name": per_name}
        self._while = timedelta(seconds=while_s)
        self._key = os.urandom(32)
        self._tries: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, address: str, name: str, now: datetime) -> float:
        """Counts a guess before it is looked at, so that many at once are many.

        Args:
            address: from which.
            name: at which.
            now: the time.

        Returns:
            0, or the seconds until another guess is looked at; then this one is not counted.
        """
        keys = self._keys(address, name)
        with self._lock:
            wait_s = max(self._wait_s(key, now) for key in keys)
            if wait_s <= 0:
                for key in keys:
                    self._tries.setdefault(key, deque()).append(now)
                    self._tries.move_to_end(key)
                while len(self._tries) > MOST_COUNTED:
                    self._tries.popitem(last=False)
        return wait_s

    def was_right(self, address: str, name: str, now: datetime) -> None:
        """The guess that was begun then was right: it does not count."""
        with self._lock:
            for key in self._keys(address, name):
                tries = self._tries.get(key)
                if tries and now in tries:
                    tries.remove(now)

    def _wait_s(self, key: tuple[str, str], now: datetime) -> float:
        tries = self._tries.get(key)
        while tries and tries[0] <= now - self._while:
            tries.popleft()
        if tries is None or len(tries) < self._most[key[0]]:
            if tries is not None and not tries:
                del self._tries[key]
            return 0.0
        return (tries[0] + self._while - now).total_seconds()

    def _keys(self, address: str, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("address", self._hashed(network_of(address))), ("name", self._hashed(name))

    def _hashed(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=16).hexdigest()


def network_of(address: str) -> str:
    """What one person has: an IPv4 address, or the /64 of an IPv6 address, in which they may take any."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def in_words(wait_s: float) -> str:
    """How long to wait: "a minute", "40 minutes"."""
    minutes = max(1, -int(-wait_s // 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
