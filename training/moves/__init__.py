"""Dialogues of our own that say how well replies are heard in a whole conversation."""
