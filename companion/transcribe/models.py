"""Which recognisers are on this machine, and how to get another one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from faster_whisper.utils import available_models, download_model

from companion.errors import ModelError

BUNDLED = "bundled"
"""The recogniser that comes with the package. It knows three synthetic voices only."""

BEST_FIRST = (
    "large-v3",
    "large-v3-turbo",
    "distil-large-v3.5",
    "distil-large-v3",
    "large-v2",
    "distil-large-v2",
    "medium.en",
    "medium",
    "distil-medium.en",
    "small.en",
    "small",
    "distil-small.en",
    "base.en",
    "base",
    "tiny.en",
    "tiny",
)
"""`auto` takes the first of these that is on the machine (by the word error rates that were published)."""

_MEGABYTE = 1 << 20
_FILES = ("model.bin", "config.json")
_BUNDLED_PATH = Path(__file__).resolve().parent.parent / "models" / "bundled"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One recogniser."""

    name: str  # as given with --model
    path: Path | None  # its folder; None where it is not on this machine
    size_bytes: int | None  # of its folder

    @property
    def fingerprint(self) -> str:
        """Of the weights: their size and their first and last megabyte, which is quick for gigabytes too."""
        if self.path is None:
            return ""
        weights = self.path / "model.bin"
        size = weights.stat().st_size
        with weights.open("rb") as file:
            head = file.read(_MEGABYTE)
            file.seek(max(0, size - _MEGABYTE))
            return hashlib.sha256(str(size).encode() + head + file.read()).hexdigest()[:16]

    @property
    def bundled(self) -> bool:
        """True for the one that comes with the package and knows synthetic voices only."""
        return self.name == BUNDLED


def known_models(models_folder: Path) -> tuple[ModelInfo, ...]:
    """Every recogniser that has a name, the bundled one first, with its place where it is on this machine."""
    names = [BUNDLED, *(n for n in BEST_FIRST if n in available_models())]
    return tuple(_info(name, _local(name, models_folder)) for name in names)


def find_model(name: str, models_folder: Path) -> ModelInfo:
    """The recogniser that a person means; never downloads anything.

    Args:
        name: `auto` (the best on this machine), `bundled`, a name such as small.en, or the path of a folder.
        models_folder: where downloaded models lie.

    Raises:
        ModelError: there is none by that name, or it is not on this machine.
    """
    if name == "auto":
        name = next((n for n in BEST_FIRST if _local(n, models_folder)), BUNDLED)
    if Path(name).is_dir():
        missing = [f for f in _FILES if not (Path(name) / f).is_file()]
        if missing:
            raise ModelError(
                f"The folder {name} is not a faster-whisper model: {' and '.join(missing)} missing. "
                "Give the folder that holds model.bin.",
                name,
            )
        return _info(Path(name).resolve().name, Path(name))  # not the whole path: the name is published
    if name != BUNDLED and name not in available_models():
        raise ModelError(
            f"There is no model called {name}. `companion models` lists the names; a path of a model folder works too.",
            name,
        )
    path = _local(name, models_folder)
    if path is None:
        raise ModelError(
            f"The model {name} is not on this machine. Get it once with `companion models download {name}` "
            "(the only step that uses the network), or leave --model out.",
            name,
        )
    return _info(name, path)


def download(name: str, models_folder: Path) -> ModelInfo:
    """Fetches a model by faster-whisper's own loader.

    Raises:
        ModelError: unknown name, or the download failed; what is half fetched is taken up again the next time.
    """
    if name == BUNDLED:
        return find_model(BUNDLED, models_folder)
    if name not in available_models():
        raise ModelError(f"There is no model called {name}. `companion models` lists the names.", name)
    models_folder.mkdir(parents=True, exist_ok=True)
    try:
        path = download_model(name, cache_dir=str(models_folder))
    except Exception as error:  # the hub client raises many kinds: network, disk, refusal
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"The model {name} could not be downloaded ({reason}). Check the connection and try again, or copy a "
            "model folder to this machine and give its path with --model.",
            name,
        ) from error
    return _info(name, Path(path))


def check_model(model: ModelInfo) -> str | None:
    """What is wrong with a model's files, as a sentence; None where it loads."""
    from faster_whisper import WhisperModel

    if model.path is None:
        return "not on this machine"
    missing = [f for f in (*_FILES, "tokenizer.json") if not (model.path / f).is_file()]
    if missing:
        return f"{' and '.join(missing)} missing"
    try:
        WhisperModel(str(model.path), device="cpu", compute_type="int8", local_files_only=True)
    except Exception as error:  # whatever a broken file makes CTranslate2 raise
        return f"cannot be loaded: {error}"
    return None


def _local(name: str, models_folder: Path) -> Path | None:
    if name == BUNDLED:
        return _BUNDLED_PATH
    for cache in (str(models_folder), None):  # None: the hub client's usual cache, shared with other programs
        try:
            return Path(download_model(name, cache_dir=cache, local_files_only=True))
        except Exception:  # noqa: S112 - "not here" comes in several kinds of exception
            continue
    return None


def _info(name: str, path: Path | None) -> ModelInfo:
    size = sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) if path else None
    return ModelInfo(name=name, path=path, size_bytes=size)
