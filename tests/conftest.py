"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from companion.config import Settings
from companion.library import Library

# How fast an example runs says nothing on a machine that does other things as well.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")

ROOT = Path(__file__).resolve().parent.parent
PEER_DATA = Path(os.environ.get("COMPANION_PEER_DATA", ROOT.parent / "shared"))
IN_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With CI=true a skip is a failure: there, everything that a test needs must be installed."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {item.nodeid}: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def peer_data() -> Path:
    """The folder of other people's data that lies beside a developer's checkout; never needed at run time."""
    if not (PEER_DATA / "peer-cases").is_dir():
        pytest.skip(f"no peer data in {PEER_DATA}")
    return PEER_DATA


@pytest.fixture(scope="session")
def show() -> Path:
    """The folder of the sample show."""
    return ROOT / "episodes"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty library."""
    return Settings.load(tmp_path / "library", {}).with_(models_folder=tmp_path / "models")


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    """An empty library."""
    opened = Library.open(settings)
    yield opened
    opened.close()
