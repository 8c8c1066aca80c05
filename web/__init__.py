"""The site: pages over `companion.core`, its only door to a library."""

from web.app import create_app

__all__ = ["create_app"]
