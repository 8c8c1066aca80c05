"""Settings come from defaults and the environment, and the docs list every one."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from companion.config import ENV_PREFIX, Settings
from companion.errors import BadInputError

DOCS = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_a_setting_is_read_from_the_environment() -> None:
    settings = Settings.load(environ={"COMPANION_MAX_DURATION_S": "12.5", "COMPANION_HOME": "/somewhere"})
    assert settings.max_duration_s == 12.5
    assert settings.home == Path("/somewhere")


def test_the_home_that_is_asked_for_wins_over_the_environment(tmp_path: Path) -> None:
    assert Settings.load(tmp_path, {"COMPANION_HOME": "/elsewhere"}).home == tmp_path


def test_a_value_that_is_no_number_is_refused_with_its_name() -> None:
    with pytest.raises(BadInputError, match="COMPANION_CPU_THREADS is 'many'"):
        Settings.load(environ={"COMPANION_CPU_THREADS": "many"})


def test_the_docs_list_every_setting_with_its_default_and_meaning() -> None:
    rows = dict(re.findall(r"^\| `(COMPANION_\w+)` \| (.+) \|$", DOCS.read_text(), re.M))
    expected = {}
    for field in fields(Settings):
        default = f"`{field.default}`" if field.default != "" else "(empty)"
        default = "see right" if isinstance(field.default, Path) else default
        expected[ENV_PREFIX + field.name.upper()] = f"{default} | {field.metadata['doc']}"
    assert rows == expected
