"""Speed and memory beside transformers' own pipeline with the same weights, whole programs in turn.

The package carries the weights as CTranslate2 does, in int8; `as_transformers` writes them back as transformers reads
them. This needs the extra `training` (torch and transformers).
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import struct
import sys
import tempfile
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from benchmarks.speed import BUNDLED, measure, ours, show_sound, write_wav

LENGTH_S = 600
ROUNDS = 2
DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)  # as CTranslate2 numbers them
SCRIPT = Path(__file__).with_name("transformers_program.py")


def peer_table(threads: int) -> list[Table]:
    """Ten minutes of the sample show by both; empty where torch is not installed."""
    table = Table(
        title=f"Ten minutes of the sample show beside transformers' pipeline, same weights, {threads} threads"
    )
    for column in ("program", "wall", "of real time", "memory", "it / ours"):
        table.add_column(column, justify="left" if column == "program" else "right")
    if not all(importlib.util.find_spec(name) for name in ("torch", "transformers")):
        table.add_row("not measured: the extra `training` is not installed", "", "", "", "")
        return [table]
    with tempfile.TemporaryDirectory() as folder:
        audio, model = Path(folder) / "10.wav", Path(folder) / "model"
        write_wav(audio, show_sound(), LENGTH_S)
        as_transformers(BUNDLED, model)
        commands = {
            "companion transcribe": ours(audio),
            "transformers, fp32, beam 5, word times": [
                *(sys.executable, str(SCRIPT), str(model), str(audio), str(threads))
            ],
        }
        figures: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
        for _ in range(ROUNDS):  # in turn, so that a slow minute of the machine meets both
            for name, command in commands.items():
                figures[name].append(measure(command))
    best = {name: min(rounds) for name, rounds in figures.items()}
    ours_s = best["companion transcribe"][0]
    for name, (wall_s, peak_bytes) in best.items():
        row = (f"{wall_s:.1f} s", f"{wall_s / LENGTH_S:.3f}", f"{peak_bytes / 1e6:.0f} MB", f"{wall_s / ours_s:.1f}")
        table.add_row(name, *row)
    return [table]


def as_transformers(source: Path, out: Path) -> None:
    """Write a CTranslate2 Whisper folder as transformers reads it.

    Args:
        source: a folder that `training.recogniser convert` made.
        out: the new folder.
    """
    import torch
    from transformers import WhisperFeatureExtractor

    from training.recogniser.model import Size, build, read_tokenizer

    held = read_variables(source / "model.bin")
    layers = {
        part: len({n.split("/")[1] for n in held if n.startswith(f"{part}/layer_") and "norm" not in n.split("/")[1]})
        for part in ("encoder", "decoder")
    }
    tokenizer = read_tokenizer(source)
    size = Size(len(held["encoder/layer_norm/gamma"]), layers["encoder"], layers["decoder"])
    model = build(tokenizer, size)
    state = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in _renamed(held, layers).items()}
    missing, unknown = model.load_state_dict(state, strict=False)
    if unknown or set(missing) - {"proj_out.weight"}:
        raise RuntimeError(f"weights do not fit: {missing}, {unknown}")
    model.tie_weights()
    chunk_s = json.loads((source / "preprocessor_config.json").read_text())["chunk_length"]
    model.config.max_source_positions = 1_500
    model.save_pretrained(out)
    WhisperFeatureExtractor(feature_size=80, chunk_length=30).save_pretrained(out)
    (out / "window.json").write_text(json.dumps({"window_s": chunk_s}))
    tokenizer.save(str(out / "tokenizer.json"))
    shutil.copy(source / "config.json", out / "ctranslate2.json")


def read_variables(path: Path) -> dict[str, NDArray[Any]]:
    """The variables of a CTranslate2 model file, int8 weights as numbers again.

    The format (version 6): name and revision of the kind of model, then for each variable its name, dimensions, kind of
    number and bytes, all little-endian; int8 weights w have a row's scale s beside them and stand for w / s.
    """
    with path.open("rb") as file:
        (version,) = struct.unpack("<I", file.read(4))
        if version != 6:
            raise ValueError(f"{path} has version {version} of the format, not 6")
        _text(file)
        struct.unpack("<I", file.read(4))
        (count,) = struct.unpack("<I", file.read(4))
        held: dict[str, NDArray[Any]] = {}
        for _ in range(count):
            name = _text(file)
            (rank,) = struct.unpack("<B", file.read(1))
            shape = struct.unpack(f"<{rank}I", file.read(4 * rank))
            kind, size = struct.unpack("<BI", file.read(5))
            held[name] = np.frombuffer(file.read(size), DTYPES[kind]).reshape(shape)
    for name in [n for n in held if n.endswith("_scale")]:
        weights = name.removesuffix("_scale")
        held[weights] = held[weights] / held[name].reshape(-1, *([1] * (held[weights].ndim - 1)))
    return held


def _text(file: BufferedReader) -> str:
    (length,) = struct.unpack("<H", file.read(2))
    return file.read(length).rstrip(b"\0").decode()


def _renamed(held: dict[str, NDArray[Any]], layers: dict[str, int]) -> dict[str, NDArray[Any]]:
    """The same weights by transformers' names; joined projections taken apart."""
    out: dict[str, NDArray[Any]] = {}

    def norm(here: str, there: str) -> None:
        out[f"{there}.weight"], out[f"{there}.bias"] = held[f"{here}/gamma"], held[f"{here}/beta"]

    def linear(here: str, *there: str) -> None:
        weights = np.split(held[f"{here}/weight"], len(there))
        biases = np.split(held[f"{here}/bias"], len(there))
        for name, weight, bias in zip(there, weights, biases, strict=True):
            out[f"{name}.weight"] = weight
            if not name.endswith("k_proj"):  # Whisper's keys have none
                out[f"{name}.bias"] = bias

    for part in ("encoder", "decoder"):
        top = f"model.{part}"
        out[f"{top}.embed_positions.weight"] = held[f"{part}/position_encodings/encodings"]
        norm(f"{part}/layer_norm", f"{top}.layer_norm")
        for i in range(layers[part]):
            here, there = f"{part}/layer_{i}", f"{top}.layers.{i}"
            norm(f"{here}/self_attention/layer_norm", f"{there}.self_attn_layer_norm")
            linear(f"{here}/self_attention/linear_0", *(f"{there}.self_attn.{name}_proj" for name in "qkv"))
            linear(f"{here}/self_attention/linear_1", f"{there}.self_attn.out_proj")
            norm(f"{here}/ffn/layer_norm", f"{there}.final_layer_norm")
            linear(f"{here}/ffn/linear_0", f"{there}.fc1")
            linear(f"{here}/ffn/linear_1", f"{there}.fc2")
            if part == "decoder":
                norm(f"{here}/attention/layer_norm", f"{there}.encoder_attn_layer_norm")
                linear(f"{here}/attention/linear_0", f"{there}.encoder_attn.q_proj")
                linear(f"{here}/attention/linear_1", f"{there}.encoder_attn.k_proj", f"{there}.encoder_attn.v_proj")
                linear(f"{here}/attention/linear_2", f"{there}.encoder_attn.out_proj")
    for conv in ("conv1", "conv2"):
        for kind in ("weight", "bias"):
            out[f"model.encoder.{conv}.{kind}"] = held[f"encoder/{conv}/{kind}"]
    out["model.decoder.embed_tokens.weight"] = held["decoder/embeddings/weight"]
    return out
