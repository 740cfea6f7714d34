"""Opens a document in the operator's own editor."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hub.errors import ConfigError


def edited_json(document: dict[str, Any]) -> dict[str, Any]:
    """Let a person change a document in $VISUAL or $EDITOR; ConfigError when that cannot be or is no JSON."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise ConfigError("no editor is named", hint="Set EDITOR, or change single values with --set PATH=VALUE.")
    with tempfile.TemporaryDirectory(prefix="hub-edit-") as folder:
        file = Path(folder) / "document.json"
        file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ConfigError(f"the editor {editor} failed", hint="Nothing was changed.") from error
        try:
            changed = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConfigError(f"this is not JSON: {error}", hint="Nothing was changed; edit it again.") from error
    if not isinstance(changed, dict):
        raise ConfigError("a document is an object in braces", hint="Nothing was changed; edit it again.")
    return changed
