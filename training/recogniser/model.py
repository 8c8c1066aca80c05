"""The network and its spelling: a small Whisper, built from nothing, in the form that faster-whisper expects.

torch and transformers are imported where they are used: spelling and windows need neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from companion.errors import BadInputError
from training.recogniser.synthesise import PAUSE

if TYPE_CHECKING:
    import torch
    from transformers import WhisperForConditionalGeneration

FLITE_PHONES = (
    "aa ae ah ao aw ax axr ay b ch d dh eh el em en er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw"
)
FLITE_PHONES += " v w y z zh"
PHONES = (PAUSE, *FLITE_PHONES.split())
PHONE_ID = {name: i for i, name in enumerate(PHONES)}
OTHER_PHONE = len(PHONES)

PIECES = 1_000
STAMP_STEP_S = 0.02
# Whisper's special tokens in Whisper's order; their names are how faster-whisper finds them.
MARKS = (
    *("<|endoftext|>", "<|startoftranscript|>", "<|translate|>", "<|transcribe|>"),
    *("<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
)
STAMPS = tuple(f"<|{i * STAMP_STEP_S:.2f}|>" for i in range(1_501))

LONE_MARKS = ("-", "'")
UNUSED_BYTES = ("õ", "ö")  # how byte-level pieces write 0xF5 and 0xF6

MEL_BINS = 80
MOST_FRAMES = 3_000  # log-mel frames that the encoder takes: 30 seconds
ENCODED_PER_S = 50  # encoder outputs a second: one for two log-mel frames
HEAD_WIDTH = 64
GUIDED_HEADS = 2  # in each guided layer


@dataclass(frozen=True)
class Size:
    """How large the network is."""

    width: int = 256  # a multiple of 64
    encoder_layers: int = 4
    decoder_layers: int = 4

    @property
    def heads(self) -> int:
        """Attention heads of every layer."""
        return self.width // HEAD_WIDTH

    @property
    def guided(self) -> tuple[tuple[int, int], ...]:
        """Decoder layers and heads that are taught where in time each token lies; word times are read from them."""
        layers = sorted({min(1, self.decoder_layers - 1), self.decoder_layers - 1})
        return tuple((layer, head) for layer in layers for head in range(min(GUIDED_HEADS, self.heads)))

    @classmethod
    def of_weights(cls, weights: dict[str, torch.Tensor]) -> Size:
        """Read the size off a model's state."""

        def layers(part: str) -> int:
            prefix = f"model.{part}.layers."
            return 1 + max(int(name.removeprefix(prefix).split(".")[0]) for name in weights if name.startswith(prefix))

        return cls(len(weights["model.encoder.layer_norm.weight"]), layers("encoder"), layers("decoder"))


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Learn byte-level pieces from texts and add Whisper's special tokens behind them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=PIECES, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([" " + text for text in texts], trainer)
    tokenizer.add_special_tokens([*MARKS, *STAMPS])
    return with_lone_marks(tokenizer)


def with_lone_marks(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer with pieces for a dash and an apostrophe behind a space.

    faster-whisper never lets a model write what begins such a mark, or `non_speech_tokens`. Without pieces of their own
    that is the bare space, and with it every word that is spelled from it on: one in forty. The two take the places of
    bytes that no UTF-8 text holds.
    """
    layout = json.loads(tokenizer.to_str())
    pieces, space = (
        layout["model"]["vocab"],
        pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(" ")[0][0],
    )
    for mark, unused in zip(LONE_MARKS, UNUSED_BYTES, strict=True):
        if unused in pieces:
            pieces[space + mark] = pieces.pop(unused)
            layout["model"]["merges"].append([space, mark])
    return Tokenizer.from_str(json.dumps(layout))


def read_tokenizer(folder: Path) -> Tokenizer:
    """Read `tokenizer.json` of a run.

    Raises:
        BadInputError: there is none.
    """
    path = folder / "tokenizer.json"
    if not path.exists():
        raise BadInputError(f"There is no tokenizer.json in {folder}: give the folder of a training run.")
    return with_lone_marks(Tokenizer.from_file(str(path)))


def read_state(folder: Path) -> dict[str, Any]:
    """Read `state.pt` of a run: "m" (the model's weights), "ctc" (the phone head's) and, from us, "progress".

    Raises:
        BadInputError: there is none.
    """
    import torch

    path = folder / "state.pt"
    if not path.exists():
        raise BadInputError(f"There is no state.pt in {folder}: give the folder of a training run.")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def build(tokenizer: Tokenizer, size: Size) -> WhisperForConditionalGeneration:
    """Build the network with fresh weights."""
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    end, start = tokenizer.token_to_id("<|endoftext|>"), tokenizer.token_to_id("<|startoftranscript|>")
    common = {"eos_token_id": end, "pad_token_id": end, "decoder_start_token_id": start}
    suppressed = {"suppress_tokens": [], "begin_suppress_tokens": []}  # a window may be empty
    config = WhisperConfig(
        vocab_size=tokenizer.get_vocab_size(),
        num_mel_bins=MEL_BINS,
        d_model=size.width,
        encoder_layers=size.encoder_layers,
        decoder_layers=size.decoder_layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=4 * size.width,
        decoder_ffn_dim=4 * size.width,
        max_source_positions=MOST_FRAMES // 2,
        max_target_positions=448,  # as Whisper; CTranslate2 and faster-whisper count on it
        bos_token_id=end,
        dropout=0.0,
        attn_implementation="eager",  # the decoder must hand out its attention
        **common,
        **suppressed,
    )
    model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        is_multilingual=False,
        no_timestamps_token_id=tokenizer.token_to_id("<|notimestamps|>"),
        max_length=config.max_target_positions,
        alignment_heads=[list(pair) for pair in size.guided],
        **common,
        **suppressed,
    )
    return model


def phone_head(size: Size) -> torch.nn.Linear:
    """A layer that names the phone at each encoder output; it helps the encoder to learn and is thrown away."""
    import torch

    return torch.nn.Linear(size.width, len(PHONES) + 1)


def encode(model: WhisperForConditionalGeneration, features: torch.Tensor) -> torch.Tensor:
    """Run the encoder on windows of any length; its own forward insists on 30 seconds.

    Args:
        model: the network.
        features: log-mel frames, (windows, 80, frames), an even number of frames up to 3,000.

    Returns:
        (windows, frames / 2, width).
    """
    from torch.nn.functional import gelu

    encoder = model.model.encoder
    hidden = gelu(encoder.conv2(gelu(encoder.conv1(features)))).permute(0, 2, 1)
    hidden = hidden + encoder.embed_positions.weight[: hidden.shape[1]]
    for layer in encoder.layers:
        hidden = hidden + _attention(layer.self_attn, layer.self_attn_layer_norm(hidden))
        hidden = hidden + layer.fc2(gelu(layer.fc1(layer.final_layer_norm(hidden))))
    return encoder.layer_norm(hidden)


def _attention(attention: torch.nn.Module, hidden: torch.Tensor) -> torch.Tensor:
    """Self-attention by plain matrix products: in bf16 on a CPU 2.7 times as fast as torch's fused attention."""
    import torch

    windows, length, width = hidden.shape
    heads = width // HEAD_WIDTH

    def by_head(projected: torch.Tensor) -> torch.Tensor:
        apart = projected.view(windows, length, heads, HEAD_WIDTH).transpose(1, 2)
        return apart.reshape(windows * heads, length, HEAD_WIDTH)

    query, key, value = (by_head(getattr(attention, name)(hidden)) for name in ("q_proj", "k_proj", "v_proj"))
    looks = torch.bmm(query * HEAD_WIDTH**-0.5, key.transpose(1, 2))
    seen = torch.bmm(torch.softmax(looks, -1, looks.dtype), value)
    together = seen.view(windows, heads, length, HEAD_WIDTH).transpose(1, 2).reshape(windows, length, width)
    return attention.out_proj(together)


def decode(
    model: WhisperForConditionalGeneration, encoded: torch.Tensor, tokens: torch.Tensor, size: Size
) -> tuple[torch.Tensor, torch.Tensor]:
    """Run the decoder with the right words so far.

    Args:
        model: the network.
        encoded: encoder outputs, (windows, outputs, width).
        tokens: (windows, positions).
        size: names the guided heads.

    Returns:
        Scores of the next token, (windows, positions, vocabulary), and where the guided heads look on average,
        (windows, positions, outputs).
    """
    import torch

    seen = model.model.decoder(input_ids=tokens, encoder_hidden_states=encoded, output_attentions=True, use_cache=False)
    looks = torch.stack([seen.cross_attentions[layer][:, head].float() for layer, head in size.guided])
    return model.proj_out(seen.last_hidden_state), looks.mean(0)
