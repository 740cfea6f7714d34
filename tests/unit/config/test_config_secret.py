"""References to secrets, and what is said when one leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config import is_reference, resolve_secret, resolve_settings
from hub.errors import ConfigError


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "shop").write_text("cs_1\n", encoding="utf-8")
    settings = {"url": "http://x", "key": "env:KEY", "deep": [{"secret": "file:secrets/shop"}], "n": 1}
    resolved = resolve_settings(settings, folder=tmp_path, environ={"KEY": "ck_1"})
    assert resolved == {"url": "http://x", "key": "ck_1", "deep": [{"secret": "cs_1"}], "n": 1}


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("env:KEY", "the environment variable KEY is not set"),
        ("env:EMPTY", "the environment variable EMPTY is empty"),
        ("file:none", "there is no secret file "),
        ("file:blank", "is empty"),
        ("file:.", "cannot be read: is a directory"),
        ("file:binary", "cannot be read: it is not text"),
    ],
)
def test_a_missing_secret_is_one_clear_sentence(reference: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "blank").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=sentence) as caught:
        resolve_secret(reference, folder=tmp_path, environ={"EMPTY": ""})
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("text", ["ck_123", "environment", "env:", "env:A-B", "file:", "file:///data/in.csv", ""])
def test_other_text_is_no_reference(text: str, tmp_path: Path) -> None:
    assert not is_reference(text)
    assert resolve_secret(text, folder=tmp_path, environ={}) == text
