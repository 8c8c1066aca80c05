"""The headers that go with every answer, and those of the practice pages."""

from __future__ import annotations

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every answer, unless a page sets its own."""

PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie"}
"""For whatever may show something of a private space."""

PRACTICE_HEADERS = {
    **PRIVATE,
    # A take that was just recorded is heard from the page's own memory.
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace("media-src 'self'", "media-src 'self' blob:"),
    "Permissions-Policy": HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)"),
    # With no-referrer a form's Origin is "null", and nobody could tell ours from somebody else's.
    "Referrer-Policy": "same-origin",
}
"""Sent with every answer of the practice pages."""

HOST_HEADERS = {**PRIVATE, "Referrer-Policy": PRACTICE_HEADERS["Referrer-Policy"]}
"""Sent with every answer of the host's pages."""

FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Sent with what other sites may show or read."""

EMBED_HEADERS = {
    **FOR_ALL,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
    ),
}
"""Sent with a moment's player, which may stand in a frame of any page."""
