"""Train the recogniser: one stage a call, each in a folder of its own, each able to go on after an interruption.

The folder holds `tokenizer.json`, `train.log` and `state.pt`: "m" (the model's weights), "ctc" (the phone head's) and
"progress" (stage, step and the optimiser's state; only the step once the stage is finished).
"""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader

from companion.errors import BadInputError
from training.recogniser.corpus import load
from training.recogniser.losses import guide_loss, phone_loss, word_loss
from training.recogniser.memory import Heard, Memory
from training.recogniser.model import (
    MOST_FRAMES,
    PIECES,
    Size,
    build,
    decode,
    encode,
    phone_head,
    read_state,
    read_tokenizer,
    train_tokenizer,
)
from training.recogniser.windows import Batch, Kind, Windows

STAGES = ("clips", "decoder", "windows")
PHONE_WEIGHT, GUIDE_WEIGHT = 0.3, 0.5  # beside the words, which weigh 1
DECAY_FROM, LAST_RATE = 0.3, 0.02  # share of the steps after which the learning rate falls; share of it at the end
REMEMBERED_WINDOWS = 10_000
MISLED = 0.08  # share of the decoder's words so far that are replaced by any others: it must trust what it hears
LOG_EVERY = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """One stage of training."""

    data: tuple[Path, ...]  # folders of clips
    out: Path
    stage: str  # one of STAGES
    steps: int
    init: Path | None  # the stage before: its folder
    learning_rate: float
    window_s: int  # the longest sound of a window as it is used
    size: Size  # for a start from nothing
    scale: int  # times the windows of a step: for a GPU
    processes: int  # on the CPU
    save_every: int  # steps
    seed: int


def kinds(stage: str, window_s: int, scale: int) -> list[Kind]:
    """The windows of a stage: clips alone first, then windows as in use, some of them padded to 30 seconds."""
    frames = min(MOST_FRAMES, 100 * window_s + 50)
    found = {
        "clips": [Kind(0.5, 5.5, None, 32), Kind(0.5, window_s, None, 14)],
        "decoder": [Kind(0.93, window_s, frames, 6), Kind(0.07, window_s, MOST_FRAMES, 2)],
        "windows": [Kind(0.25, 5.5, None, 32), Kind(0.68, window_s, frames, 14), Kind(0.07, window_s, MOST_FRAMES, 6)],
    }[stage]
    return [replace(kind, windows=scale * kind.windows) for kind in found]


def learning_rate(plan: Plan, step: int) -> float:
    """Warm up, stay, and fall in a straight line from 30 % of the steps on."""
    warm_up = min(200, plan.steps // 10 + 1)
    left = (1 - step / plan.steps) / (1 - DECAY_FROM)
    return plan.learning_rate * min(1, (step + 1) / warm_up) * max(LAST_RATE, min(1, left))


def has_bf16(device: str) -> bool:
    """Does this machine multiply bf16 in hardware? Where it does not, bf16 is many times slower than fp32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = Path("/proc/cpuinfo")
    return flags.exists() and bool({"avx512_bf16", "amx_bf16"} & set(flags.read_text(encoding="utf-8").split()))


def read_start(plan: Plan) -> dict[str, Any]:
    """Read what a stage starts from: its own checkpoint, the stage before, or (an empty dict) nothing.

    Raises:
        BadInputError: the folder belongs to another stage, or holds weights that were not made here.
    """
    if not (plan.out / "state.pt").exists():
        return read_state(plan.init) if plan.init else {}
    state = read_state(plan.out)
    stage = state.get("progress", {}).get("stage", "another program")
    if stage != plan.stage:
        raise BadInputError(
            f"{plan.out} holds weights of {stage}: give each stage an --out of its own, and this as --init."
        )
    return state


def train(plan: Plan) -> None:
    """Run one stage, or go on with it where an interruption left it.

    Raises:
        BadInputError: the folders do not hold what the stage needs.
    """
    plan.out.mkdir(parents=True, exist_ok=True)
    progress = read_start(plan).get("progress", {})
    if progress.get("stage") == plan.stage and "optimiser" not in progress and (plan.out / "state.pt").exists():
        log.info("%s is finished already, after %d steps", plan.out, progress["step"])
        return
    if not (plan.out / "tokenizer.json").exists():
        made = read_tokenizer(plan.init) if plan.init else train_tokenizer(clip.text for clip in load(plan.data)[0])
        made.save(str(plan.out / "tokenizer.json"))
    if plan.processes == 1 or torch.cuda.is_available():
        Run(plan, 0, 1).go()
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        torch.multiprocessing.spawn(_process, (plan, meeting), nprocs=plan.processes)


def _process(rank: int, plan: Plan, meeting: str) -> None:
    """One of several processes on the CPU, each with a thread of its own: faster than one process with many."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what the parent's death sends; a job in the background ignores it
    torch.set_num_threads(1)
    dist.init_process_group("gloo", meeting, timedelta(hours=1), plan.processes, rank)
    try:
        Run(plan, rank, plan.processes).go()
    finally:
        dist.destroy_process_group()


class Run:
    """One process of a stage."""

    def __init__(self, plan: Plan, rank: int, processes: int) -> None:
        self.plan, self.rank, self.processes = plan, rank, processes
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.bf16 = has_bf16(self.device)
        self.only_decoder = plan.stage == "decoder"
        self.memory = Memory(REMEMBERED_WINDOWS)
        torch.manual_seed(plan.seed)  # fresh weights are the same in every process
        start = read_start(plan)
        tokenizer = read_tokenizer(plan.out)
        self.size = Size.of_weights(start["m"]) if start else plan.size
        self.model, self.head = build(tokenizer, self.size), phone_head(self.size)
        if start:
            self.model.load_state_dict(start["m"])
            self.head.load_state_dict(start["ctc"])
        self.model.to(self.device)
        self.head.to(self.device)
        if self.only_decoder:
            self.model.model.encoder.requires_grad_(False)
            self.head.requires_grad_(False)
        self.learned = [p for p in (*self.model.parameters(), *self.head.parameters()) if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learned, plan.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
        self._go_on_from(start.get("progress", {}))
        self.seed = [plan.seed, self.round]
        clips, _ = load(plan.data)
        self.windows = Windows(clips, tokenizer, kinds(plan.stage, plan.window_s, plan.scale), self.seed, rank)

    def _go_on_from(self, progress: dict[str, Any]) -> None:
        """Take up this stage's own checkpoint, or begin the round after another stage's."""
        self.step, self.round = 0, progress.get("round", 0) + 1
        if (self.plan.out / "state.pt").exists():
            self.step, self.round = progress["step"], progress["round"]
            self.optimiser.load_state_dict(progress["optimiser"])

    def go(self) -> None:
        """Train until the last step."""
        if self.rank == 0:
            _log_to(self.plan.out / "train.log")
        log.info("%s: %s, %s, from step %d of %d", self.plan.stage, self.size, self.device, self.step, self.plan.steps)
        workers = max(1, (os.cpu_count() or 2) - 2) if self.device == "cuda" else 0
        todo = range(self.step, self.plan.steps)
        begin, seen = time.monotonic(), []
        for batch in DataLoader(self.windows, batch_size=None, sampler=todo, num_workers=workers):
            seen.append(self.learn(Batch(*(part.to(self.device) for part in batch))))
            self.step += 1
            last = self.step == self.plan.steps
            if self.step % LOG_EVERY == 0 or last:
                minutes = (time.monotonic() - begin) / 60
                log.info(
                    "%.1f min, step %d: words %.3f, phones %.3f, guide %.3f", minutes, self.step, *np.mean(seen, 0)
                )
                seen = []
            if self.rank == 0 and (self.step % self.plan.save_every == 0 or last):
                self.save(finished=last)

    def learn(self, batch: Batch) -> tuple[float, float, float]:
        """Take one step; return the losses of words, phones and guided heads."""
        with torch.autocast(self.device, torch.bfloat16, enabled=self.bf16):
            with torch.set_grad_enabled(not self.only_decoder):
                encoded = encode(self.model, batch.features)
            heard = Heard(encoded, batch.tokens, batch.counts, batch.times_s)
            if self.only_decoder:
                heard = self.memory.mixed(heard, np.random.default_rng([*self.seed, self.step, 1 + self.rank]))
            scores, looks = decode(self.model, heard.encoded, self._misled(heard.tokens[:, :-1]), self.size)
            phones = torch.zeros(()) if self.only_decoder else phone_loss(self.head(encoded), batch.phones)
        words = word_loss(scores, heard)
        guide = guide_loss(looks, heard.times_s)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.plan, self.step)
        self.optimiser.zero_grad()
        (words + PHONE_WEIGHT * phones.to(self.device) + GUIDE_WEIGHT * guide).backward()
        self._average_gradients()
        torch.nn.utils.clip_grad_norm_(self.learned, 1.0, error_if_nonfinite=True)
        self.optimiser.step()
        return words.item(), phones.item(), guide.item()

    def _misled(self, tokens: torch.Tensor) -> torch.Tensor:
        """The words so far with some of them replaced by others, the same ones whenever the step is taken.

        Special tokens stay.
        """
        rng = np.random.default_rng([*self.seed, self.step, 1 + self.rank, PIECES])
        others = torch.from_numpy(rng.integers(PIECES, size=tuple(tokens.shape))).to(tokens.device)
        misled = torch.from_numpy(rng.random(tuple(tokens.shape)) < MISLED).to(tokens.device)
        return torch.where(misled & (tokens < PIECES), others, tokens)

    def _average_gradients(self) -> None:
        if self.processes == 1:
            return
        gradients = [p.grad for p in self.learned if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        parts = (flat / self.processes).split([gradient.numel() for gradient in gradients])
        for gradient, mean in zip(gradients, parts, strict=True):
            gradient.copy_(mean.view_as(gradient))

    def save(self, finished: bool) -> None:
        """Write state.pt in one go: whenever the process ends, a whole file lies there."""
        progress = {"stage": self.plan.stage, "round": self.round, "step": self.step, "window_s": self.plan.window_s}
        if not finished:
            progress["optimiser"] = self.optimiser.state_dict()
        unfinished = self.plan.out / "state.part"
        torch.save({"m": self.model.state_dict(), "ctc": self.head.state_dict(), "progress": progress}, unfinished)
        unfinished.replace(self.plan.out / "state.pt")


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logging.basicConfig(format="%(message)s")  # in a process of its own nobody has said where to write yet
    root = logging.getLogger("training")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
