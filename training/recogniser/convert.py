"""From a training run to the folder that faster-whisper loads: CTranslate2, weights in int8."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from training.recogniser.model import MEL_BINS, Size, build, read_state, read_tokenizer

WINDOW_S = 12  # of runs that do not say


def convert(run: Path, out: Path) -> None:
    """Write the model of a training run as faster-whisper takes it.

    The longest sound of a window goes into `preprocessor_config.json` as `chunk_length`: faster-whisper keeps to it.

    Args:
        run: a folder with state.pt and tokenizer.json.
        out: the new model's folder; an old one there is replaced.

    Raises:
        BadInputError: the run's folder is not one.
    """
    from ctranslate2.converters import TransformersConverter
    from transformers import WhisperFeatureExtractor

    state, tokenizer = read_state(run), read_tokenizer(run)
    model = build(tokenizer, Size.of_weights(state["m"]))
    model.load_state_dict(state["m"])
    window_s = state.get("progress", {}).get("window_s", WINDOW_S)
    with tempfile.TemporaryDirectory() as folder:
        layout = Path(folder)
        model.save_pretrained(layout)
        WhisperFeatureExtractor(feature_size=MEL_BINS, chunk_length=window_s).save_pretrained(layout)
        tokenizer.save(str(layout / "tokenizer.json"))
        (layout / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
        converter = TransformersConverter(folder, copy_files=["tokenizer.json", "preprocessor_config.json"])
        out.parent.mkdir(parents=True, exist_ok=True)
        converter.convert(str(out), quantization="int8", force=True)
