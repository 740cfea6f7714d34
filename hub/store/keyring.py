"""Encrypts what the hub must keep secret, with a key from the environment or from a file beside hub.toml."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from hub.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

VARIABLE = "HUB_SECRET_KEY"
FILE = "hub.key"
OTHERS = 0o077
HINT = f"Run `hub init` to make one in {FILE}, or put yours into the environment variable {VARIABLE}."


class Sealed(NamedTuple):
    """A secret and the connection that it belongs to, which is encrypted together with it."""

    connection: str
    text: str


class Keyring:
    """The keys of a hub: the first one encrypts, each of them decrypts. Nothing is read before it is needed.

    HUB_SECRET_KEY holds keys, separated by spaces or commas; without it they are the lines of hub.key in `folder`.
    """

    def __init__(self, folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self._folder, self._environ = folder, environ

    def seal(self, secret: Sealed) -> str:
        """Encrypt a secret; ConfigError when there is no key."""
        return self._cipher.encrypt(json.dumps(secret).encode()).decode()

    def open(self, text: str) -> Sealed:
        """Decrypt a secret; ConfigError when no key fits."""
        from cryptography.fernet import InvalidToken

        if not self.is_there:
            raise ConfigError(
                "The key that the stored secrets were encrypted with is gone.",
                hint=f"Put {FILE} back where it was, or the key into the environment variable {VARIABLE}.",
            )
        try:
            return Sealed(*json.loads(self._cipher.decrypt(text)))
        except InvalidToken:
            raise ConfigError(
                "A stored secret cannot be decrypted: it was encrypted with another key.",
                hint=f"Put the former key back, as a further one in {FILE} or in {VARIABLE}.",
            ) from None

    @property
    def is_there(self) -> bool:
        """Tell whether there is a key at all, of whatever worth."""
        return bool(self._environ.get(VARIABLE)) or (self._folder is not None and (self._folder / FILE).exists())

    @cached_property
    def _cipher(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet  # slow to load, and most commands need no secret

        where, words = self._keys()
        try:
            return MultiFernet([Fernet(word) for word in words])
        except ValueError:
            raise ConfigError(f"{where} does not hold a key: 32 bytes in URL-safe base64.", hint=HINT) from None

    def _keys(self) -> tuple[str, list[str]]:
        if words := self._environ.get(VARIABLE, "").replace(",", " ").split():
            return VARIABLE, words
        path = (self._folder or Path()) / FILE
        if self._folder is None or not path.exists():
            raise ConfigError("There is no key to keep secrets with.", hint=HINT)
        if path.stat().st_mode & OTHERS:
            raise ConfigError(f"{path} can be read by others.", hint=f"Run `chmod 600 {path}`.")
        return str(path), path.read_text(encoding="ascii", errors="replace").split()


def new_secret() -> str:
    """Make a secret that nobody can guess, of letters, digits, - and _."""
    return token_urlsafe(32)


def make_key_file(folder: Path) -> bool:
    """Make a key that only this user can read, unless there is one; tell whether it was made."""
    from cryptography.fernet import Fernet

    try:
        handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
    return True


class SealedText(TypeDecorator[Sealed]):
    """A column whose values are encrypted, each bound to its connection; the engine's dialect carries the keyring."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return keyring_of(dialect).seal(value) if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sealed | None:
        """Decrypt on the way out."""
        return keyring_of(dialect).open(value) if value is not None else None


def give_keyring(dialect: Dialect, keyring: Keyring) -> None:
    """Let the columns of an engine find its keyring."""
    vars(dialect)["hub_keyring"] = keyring


def keyring_of(dialect: Dialect) -> Keyring:
    """Find the keyring of an engine; one without keys where none was given."""
    found: Keyring | None = vars(dialect).get("hub_keyring")
    return found or Keyring()
