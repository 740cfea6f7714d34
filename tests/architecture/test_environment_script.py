"""`make` on a machine that lacks something: one clear sentence, and nothing half made."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def python(
    folder: Path, *, version_fits: bool = True, has_venv: bool = True, pip_says: str = "", pip_code: int = 1
) -> Path:
    """Make a Python that lacks something; the pip of its environments says one thing and does nothing."""
    inner = folder / "inner"
    inner.write_text(f"#!/bin/sh\necho '{pip_says}'\nexit {pip_code}\n")
    inner.chmod(0o755)
    outer = folder / "python-of-this-machine"
    outer.write_text(
        f"""#!/bin/sh
case "$*" in
    -V) echo "Python 3.9.2" ;;
    *version_info*) exit {0 if version_fits else 1} ;;
    *ensurepip*) exit {0 if has_venv else 1} ;;
    "-m venv .venv") mkdir -p .venv/bin && cp "{inner}" .venv/bin/python ;;
esac
"""
    )
    outer.chmod(0o755)
    return outer


def set_up(folder: Path, interpreter: str) -> tuple[int, str]:
    done = subprocess.run(
        [ROOT / "tools/environment.sh", interpreter],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        (
            {"version_fits": False},
            "Python 3.11, 3.12 or 3.13 is needed, {python} is Python 3.9.2: name another with make PYTHON=python3.11.",
        ),
        (
            {"has_venv": False},
            "Python's venv module is missing: install it (on Debian: apt install python3-venv) and run make again.",
        ),
        (
            {"pip_says": "ERROR: Temporary failure in name resolution"},
            "The packages cannot be downloaded: no package index answers over the network"
            " (details in .cache/environment.log).",
        ),
        (
            {"pip_says": "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE"},
            "A downloaded package is not the one in requirements-dev.lock, so nothing was installed:"
            " see .cache/environment.log.",
        ),
        (
            {"pip_says": "ERROR: No space left on device"},
            "The packages of requirements-dev.lock could not be installed: see .cache/environment.log.",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(tmp_path: Path, lacks: dict[str, bool], sentence: str) -> None:
    interpreter = str(python(tmp_path, **lacks))  # type: ignore[arg-type]
    assert set_up(tmp_path, interpreter) == (1, sentence.format(python=interpreter) + "\n")
    assert not (tmp_path / ".venv/ready").exists()


def test_no_python_at_all_is_said_too(tmp_path: Path) -> None:
    assert set_up(tmp_path, "python-nowhere") == (
        1,
        "python-nowhere is not installed: install Python 3.11, 3.12 or 3.13.\n",
    )


def test_an_environment_is_ready_once_everything_is_installed(tmp_path: Path) -> None:
    assert set_up(tmp_path, str(python(tmp_path, pip_code=0))) == (0, "")
    assert (tmp_path / ".venv/ready").exists()


def test_help_lists_every_target_that_a_person_would_call() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = text.split(".PHONY:")[1].split("\n")[0].split()
    shown = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory", "help"], capture_output=True, text=True, check=True
    )
    assert sorted(line.split()[1] for line in shown.stdout.splitlines()) == sorted(phony)
