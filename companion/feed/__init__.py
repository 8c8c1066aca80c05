"""Podcast feeds: reading those of other people and writing our own. Pure functions of bytes and data."""
