"""Secure Love Companion: finds the moments of an episode in which one partner leans in to the other.

The library behind the command line and the site. `companion.core.Companion` is the door for both.
"""

__version__ = "0.1.0"
