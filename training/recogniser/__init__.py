"""The small speech recogniser: from sentences to a folder that faster-whisper loads. README.md tells the story."""
