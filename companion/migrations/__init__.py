"""Numbered steps from an empty library to today's."""
