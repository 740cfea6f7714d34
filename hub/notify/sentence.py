"""The sentences of notices, one file a language, read and compiled once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hub.errors import ConfigError

SENTENCES = "sentences"


@dataclass(frozen=True, slots=True)
class Sentences:
    """What one language says: templates by name, such as `words.greeting` and `delivered.subject`."""

    language: str
    templates: Mapping[str, Template] = field(default_factory=dict)

    def say(self, sentence: str, /, **values: object) -> str:
        """Fill one sentence in; KeyError when the language has none, UndefinedError when a value is missing."""
        return self.templates[sentence].render(values).strip()


Catalog = Mapping[str, Sentences]
"""Sentences by language."""


def read_catalog(folders: Sequence[Traversable]) -> Catalog:
    """Read every language in the folders; a sentence of a later folder replaces that of an earlier one.

    ConfigError names the file that cannot be read.
    """
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    texts: dict[str, dict[str, Template]] = {}
    for folder in folders:
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".toml"):
                texts.setdefault(file.name.removesuffix(".toml"), {}).update(_compiled(file, environment))
    return {language: Sentences(language, templates) for language, templates in texts.items()}


@cache
def shipped_catalog() -> Catalog:
    """Give the languages that the hub speaks itself: de, en, es, fr, ru and zh."""
    return read_catalog([files("hub.notify") / SENTENCES])


def _compiled(file: Traversable, environment: ImmutableSandboxedEnvironment) -> Iterator[tuple[str, Template]]:
    try:
        for name, text in _flat(tomllib.loads(file.read_text(encoding="utf-8"))):
            yield name, environment.from_string(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TemplateSyntaxError, TypeError) as error:
        hint = 'Each line is: name = "sentence", under a [status] heading; values are written {{ order }}.'
        raise ConfigError(f"the sentences in {file.name} cannot be read: {error}", hint=hint) from None


def _flat(sections: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for section, sentences in sections.items():
        if not isinstance(sentences, Mapping):
            raise TypeError(f"{section} stands under no [heading]")
        for name, text in sentences.items():
            if not isinstance(text, str):
                raise TypeError(f"{section}.{name} is no text")
            yield f"{section}.{name}", text
