"""What counts as a play, and what tells two listeners of one day apart: pure decisions.

The rules follow the facts of the IAB Podcast Measurement guidelines 2.2: a whole minute of sound must have been sent,
the parts of one download count as one, the same address and program count once in a day, and machines do not count.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass

COUNTED_S = 60  # of sound that must have been sent
BYTES_PER_KBIT = 125
HASH_BYTES = 16
MOST_AGENT_CHARS = 400
_IPV6_NETWORK = 64  # devices change the rest of their address several times a day

_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|validator|monitor|uptime|headless|scrap|archive|facebookexternalhit"
    r"|curl/|wget/|python|aiohttp|httpx|go-http-client|java/|okhttp/0|libwww|lwp|ruby|axios|node-fetch|php/|feedfetcher",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Listener:
    """What a request says of who listens. Never written down, never logged."""

    address: str
    agent: str  # the program's name for itself

    def __repr__(self) -> str:
        return "Listener(…)"


def is_machine(agent: str) -> bool:
    """Whether a program fetches for itself, not for somebody who listens; one without a name does, too."""
    return not agent.strip() or _MACHINES.search(agent[:MOST_AGENT_CHARS]) is not None


def tells_itself(site: str, agent: str) -> bool:
    """Whether it is a page of ours that fetches: it tells of its plays when somebody has really heard something.

    Args:
        site: what the browser said in Sec-Fetch-Site. By plain http browsers say nothing; then any of them is taken for
            one that shows our page.
        agent: the program's name for itself.
    """
    return site == "same-origin" or (not site and agent.startswith("Mozilla/"))


def rough(listener: Listener) -> Listener:
    """As much of a listener as is needed to tell it from others: of an IPv6 address its network."""
    try:
        address = ipaddress.ip_address(listener.address)
    except ValueError:
        address = None
    name = listener.address
    if address is not None and address.version == 6:
        name = str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False).network_address)
    return Listener(name, listener.agent[:MOST_AGENT_CHARS])


def needed_bytes(total_bytes: int, kbps: int) -> int:
    """How much of a recording must be sent before it counts: a minute, or all of a shorter one.

    Args:
        total_bytes: of the recording.
        kbps: its bit rate, in kbit/s.
    """
    return min(total_bytes, COUNTED_S * kbps * BYTES_PER_KBIT)


def who(salt: bytes, listener: Listener, episode_id: int, moment_id: str) -> bytes:
    """Stands for one listener of one episode or moment on the salt's day.

    It is another one for each of them, so that nobody can see what else the same person heard.

    Args:
        salt: of the day; at most 64 bytes are used as the key.
        listener: who.
        episode_id: what was heard.
        moment_id: what was heard of it; empty for the whole.
    """
    key = hashlib.sha256(salt).digest()
    text = "\0".join((listener.address, listener.agent, str(episode_id), moment_id))
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=HASH_BYTES, key=key).digest()
