"""Podcast feeds: ours written and checked, anybody's read. Pure, except where a fetcher is handed in."""
