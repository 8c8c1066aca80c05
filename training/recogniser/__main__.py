"""`python -m training.recogniser synthesise | train | convert | evaluate`: one step of making the recogniser each.

`all-steps` does all of them, from nothing.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from companion.errors import CompanionError

CORES = os.cpu_count() or 1


def synthesise(args: argparse.Namespace) -> None:
    from training.recogniser import corpus
    from training.recogniser.synthesise import plan, synthesise

    own = corpus.own_lines(args.texts)
    others = corpus.other_sentences(args.corpus, args.count, args.seed)
    synthesise(plan(own, others, args.seed), args.out, args.processes)


def train(args: argparse.Namespace) -> None:
    from training.recogniser.model import Size
    from training.recogniser.train import Plan, train

    size = Size(args.width, args.encoder_layers, args.decoder_layers)
    same = ("out", "stage", "steps", "init", "learning_rate", "window_s", "scale", "processes", "save_every", "seed")
    train(Plan(data=tuple(args.data), size=size, **{name: getattr(args, name) for name in same}))


def convert(args: argparse.Namespace) -> None:
    from training.recogniser.convert import convert

    convert(args.run, args.out)


def evaluate(args: argparse.Namespace) -> None:
    from training.recogniser.corpus import load
    from training.recogniser.evaluate import evaluate

    print("voice  words  word error rate")
    for score in evaluate(args.model, load(args.data)[1], args.limit, args.processes, args.seed):
        print(f"{score.voice:5}  {score.words:5}  {100 * score.word_error_rate:6.1f} %")


def all_steps(args: argparse.Namespace) -> None:
    from training.recogniser.recipe import Recipe, make

    make(Recipe(args.work, args.out, tuple(args.corpus), args.count, args.processes, args.scale, args.seed))


def parser() -> argparse.ArgumentParser:
    """The command line; each sub-command explains itself with --help."""
    top = argparse.ArgumentParser(prog="python -m training.recogniser", description=__doc__)
    sub = top.add_subparsers(dest="command", required=True)
    with_defaults = argparse.ArgumentDefaultsHelpFormatter

    def command(name: str, does: str) -> argparse.ArgumentParser:
        made = sub.add_parser(name, help=does, description=does, formatter_class=with_defaults)
        made.set_defaults(run_command=globals()[name.replace("-", "_")])
        return made

    speak = command("synthesise", "speak sentences into a folder of clips")
    speak.add_argument("--out", type=Path, required=True, help="the new folder of clips")
    speak.add_argument("--texts", type=Path, default=Path(__file__).parent / "texts", help="our own lines")
    speak.add_argument("--corpus", type=Path, nargs="*", default=[], help="further folders of .txt or .jsonl files")
    speak.add_argument("--count", type=int, default=47_000, help="sentences from the further folders")
    learn = command("train", "run one stage of training, or go on with it")
    learn.add_argument("--data", type=Path, nargs="+", required=True, help="folders of clips")
    learn.add_argument("--out", type=Path, required=True, help="the stage's own folder")
    learn.add_argument("--init", type=Path, help="the folder of the stage before")
    learn.add_argument("--stage", choices=["clips", "decoder", "windows"], required=True)
    learn.add_argument("--steps", type=int, required=True, help="the last step; the learning rate falls from 30 %% on")
    learn.add_argument("--learning-rate", type=float, default=7e-4)
    learn.add_argument("--window-s", type=int, default=12, help="the longest sound of a window, in seconds")
    learn.add_argument("--scale", type=int, default=1, help="times the windows of a step: 4 to 8 on a GPU")
    learn.add_argument("--save-every", type=int, default=100, help="steps between checkpoints")
    for name, default in (("--width", 256), ("--encoder-layers", 4), ("--decoder-layers", 4)):
        learn.add_argument(name, type=int, default=default, help="for a start from nothing")
    change = command("convert", "write a run's model as faster-whisper takes it")
    change.add_argument("--run", type=Path, required=True, help="the last stage's folder")
    change.add_argument("--out", type=Path, required=True, help="the model's folder; an old one is replaced")
    hear = command("evaluate", "measure word error rates on held-out clips")
    hear.add_argument("--data", type=Path, nargs="+", required=True, help="folders of clips")
    hear.add_argument("--model", type=Path, required=True, help="the model's folder")
    hear.add_argument("--limit", type=int, default=200, help="clips to hear at most")
    whole = command("all-steps", "everything from nothing: hours; an interrupted call goes on where it was")
    whole.add_argument("--work", type=Path, required=True, help="where clips and runs lie")
    whole.add_argument("--out", type=Path, required=True, help="the model's folder; an old one is replaced")
    whole.add_argument("--corpus", type=Path, nargs="*", default=[], help="further folders of .txt or .jsonl files")
    whole.add_argument("--count", type=int, default=47_000, help="sentences from the further folders")
    whole.add_argument("--scale", type=int, default=1, help="times the windows of a step: 4 to 8 on a GPU")
    for one in (speak, learn, hear, whole):
        one.add_argument("--processes", type=int, default=CORES, help="how many work at a time on the CPU")
        one.add_argument("--seed", type=int, default=7)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command; return the exit code."""
    args = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        args.run_command(args)
    except CompanionError as error:
        print(error.sentence, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
