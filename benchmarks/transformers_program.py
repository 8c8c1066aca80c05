"""The peer as a program of its own: `transformers_program.py MODEL AUDIO THREADS` prints how many words it wrote."""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path

import numpy as np
import torch
from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer, pipeline

RATE_HZ = 16_000


def main(model_folder: str, audio: str, threads: str) -> None:
    torch.set_num_threads(int(threads))
    folder = Path(model_folder)
    tokenizer = WhisperTokenizer.from_pretrained(folder)
    model = WhisperForConditionalGeneration.from_pretrained(folder)
    recogniser = pipeline(
        "automatic-speech-recognition",
        model=model,
        tokenizer=tokenizer,
        feature_extractor=WhisperFeatureExtractor.from_pretrained(folder),
    )
    window_s = json.loads((folder / "window.json").read_text())["window_s"]
    with wave.open(audio) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
    step = int((window_s - 1) * RATE_HZ)
    windows = [{"raw": sound[at : at + step], "sampling_rate": RATE_HZ} for at in range(0, len(sound), step)]
    options = {"num_beams": 5, "max_new_tokens": 200}
    texts = [recogniser(window, return_timestamps="word", generate_kwargs=options)["text"] for window in windows]
    print(sum(len(text.split()) for text in texts))


if __name__ == "__main__":
    main(*sys.argv[1:])
