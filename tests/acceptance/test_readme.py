"""What the README shows can be done as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.cli.program import COMMANDS, run

README = (Path(__file__).parents[2] / "README.md").read_text()
[EXAMPLE] = re.findall(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_example_of_a_real_shop_is_a_sound_hub_toml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"env:(\w+)", EXAMPLE):
        monkeypatch.setenv(name, "a-secret")
    assert run(["init"]) == 0
    with Path("hub.toml").open("a") as file:
        file.write(EXAMPLE)
    assert run(["apply", "--dry-run"]) == 0, capsys.readouterr().err
    shown = capsys.readouterr().out
    assert "connection shop" in shown
    assert "connection erp" in shown


def test_every_command_that_is_shown_exists() -> None:
    shown = set(re.findall(r"\bhub ([a-z]+)\b", " ".join(re.findall(r"`hub [^`]+`|^\$ hub .*$", README, re.MULTILINE))))
    assert shown
    assert shown <= set(COMMANDS)
