"""Writes the message of a notice: subject, plain text and HTML in the buyer's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale
from jinja2 import PackageLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hub.connector import Message
from hub.errors import ConfigError
from hub.notify.format import long_date, money, quantity
from hub.notify.language import candidates, locale_of
from hub.notify.name import isolated
from hub.notify.sentence import Catalog, Sentences, shipped_catalog
from hub.notify.status import LOOKS, Tone
from hub.notify.view import NoticeView, Parcel

MOST_LINES = 20
STEPS = 4
COLORS = {Tone.CALM: "#1d4ed8", Tone.GLAD: "#15803d", Tone.CARE: "#b45309", Tone.SORRY: "#9f1239"}
Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the table: what it is, its value, and both as a line of plain text."""

    label: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One of the steps from packed to delivered."""

    label: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A notice in one language, ready for the templates; every text is plain."""

    language: str
    subject: str
    greeting: str
    title: str
    body: str
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    color: str
    track: str
    parcels: tuple[Parcel, ...]
    track_text: str
    lines_title: str
    lines_text: str
    lines: tuple[str, ...]
    thanks: str
    team: str
    reason: str
    shop: str


def render(
    view: NoticeView, language: str | None, *, languages: Sequence[str] = ("en",), catalog: Catalog | None = None
) -> Message:
    """Write the message in the buyer's language, or in the first of the merchant's that can say it.

    `language` is the buyer's tag as the shop wrote it ("de_AT"); `languages` are what the merchant offers, the
    fallback first. A language in which a sentence or a value is missing is passed over as a whole.
    """
    known = shipped_catalog() if catalog is None else catalog
    for candidate in candidates(language, languages, known):
        try:
            letter = compose(view, known[candidate], locale_of(candidate, language))
        except (KeyError, TemplateError):
            continue
        return _message(view, letter)
    raise ConfigError(
        f"no language has every sentence for the status {view.status}",
        hint=f"Complete the sentences of one of: {', '.join([*languages, 'en'])}.",
    )


def compose(view: NoticeView, sentences: Sentences, locale: Locale) -> Letter:
    """Say everything in one language; KeyError or jinja2's TemplateError when the language cannot."""
    shop, order, name = isolated(view.shop), isolated(view.order_number), isolated(view.name)

    def say(sentence: str, /, **values: object) -> str:
        return sentences.say(sentence, shop=shop, order=order, **values)

    look = LOOKS[view.status]
    track, lines_title = say("words.track"), say("words.shipped_lines" if view.partial else "words.ordered_lines")
    return Letter(
        language=sentences.language,
        subject=say(f"{view.status}.subject"),
        greeting=say("words.greeting", name=name) if name else say("words.greeting_unknown"),
        title=say(f"{view.status}.title"),
        body=say(f"{view.status}.body"),
        facts=tuple(_fact(name, value, say) for name, value in _facts(view, locale) if value),
        steps=tuple(Step(say(f"words.step_{n}"), n <= look.steps) for n in range(1, STEPS + 1) if look.steps),
        color=COLORS[look.tone],
        track=track,
        parcels=tuple(parcel for parcel in view.parcels if parcel.url),
        track_text=say("words.heading", label=track),
        lines_title=lines_title,
        lines_text=say("words.heading", label=lines_title),
        lines=tuple(_lines(view, locale, say)),
        thanks=say("words.thanks"),
        team=say("words.team"),
        reason=say("words.reason"),
        shop=shop,
    )


def _fact(name: str, value: str, say: Say) -> Fact:
    label = say(f"words.{name}")
    return Fact(label, value, say("words.pair", label=label, value=value))


def _facts(view: NoticeView, locale: Locale) -> Iterator[tuple[str, str]]:
    yield "order", isolated(view.order_number)
    yield "carrier", isolated(view.carrier)
    yield "tracking_number", ", ".join(isolated(parcel.number) for parcel in view.parcels if parcel.number)
    yield "expected", long_date(view.expected_on, locale) if view.expected_on else ""
    yield "delivered", long_date(view.delivered_on, locale) if view.delivered_on else ""
    yield "place", isolated(view.place)
    yield "total", money(view.total, locale) if view.total else ""


def _lines(view: NoticeView, locale: Locale, say: Say) -> Iterator[str]:
    for line in view.lines[:MOST_LINES]:
        yield f"{quantity(line.quantity, locale)} × {isolated(line.title)}"
    if (rest := len(view.lines) - MOST_LINES) > 0:
        yield say("words.more", count=rest)


@cache
def _templates() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("hub.notify"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _message(view: NoticeView, letter: Letter) -> Message:
    return Message(
        id=view.key,
        recipient=view.recipient,
        sender=view.sender,
        subject=letter.subject,
        text=_templates().get_template("mail.txt").render(letter=letter),
        html=_templates().get_template("mail.html").render(letter=letter),
        language=letter.language,
    )
