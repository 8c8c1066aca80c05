"""Runs the `companion` program as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def command(*args: object, home: Path | None = None) -> list[str]:
    """The command line of `companion`."""
    return [sys.executable, "-m", "companion", *(["--home", str(home)] if home else []), *map(str, args)]


def companion(*args: object, home: Path | None = None, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs it and checks its exit code."""
    done = subprocess.run(
        command(*args, home=home), capture_output=True, text=True, timeout=280, env={**os.environ, **env}, check=False
    )
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def companion_json(*args: object, home: Path | None = None, **env: str) -> Any:
    """Runs it and reads its JSON."""
    return json.loads(companion(*args, home=home, **env).stdout)
