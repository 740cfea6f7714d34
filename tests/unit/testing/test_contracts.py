"""The contracts find the mistakes that authors make: each of these is Acme with one thing wrong."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import httpx
import pytest
from entrepot_acme import SPEC, Acme, AcmeSettings
from entrepot_acme.sandbox import RECORDED, AcmeSandbox
from pydantic import BaseModel

from hub.api import Codec, ConnectorSpec, Document, HubError, Page, Refused, Window, Write, Written
from hub.testing import ConnectorContract, MappingContract

ORDERS = SPEC.stream("orders")


class Contract(ConnectorContract):
    spec = SPEC
    settings = {"url": "http://acme.test", "token": "acme-token-1"}
    sandbox = AcmeSandbox
    creates = {"orders": [{"state": "open"}, {"state": "open"}]}
    changes = {"orders": ("1002", {"state": "shipped"})}
    refused = {"orders": {"state": "lost"}}


class SkipsAnOrderWhenResuming(Acme):
    def read(self, stream: str, window: Window) -> Iterator[Page]:
        return super().read(stream, replace(window, resume=window.resume and window.resume + 1))


class NeverSaysThatItIsDone(Acme):
    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            yield replace(page, resume=page.resume or 0)


class TakesTheEdgeAway(Acme):
    """As remotes do that read `modified after` strictly."""

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            since = window.since.isoformat() if window.since else ""
            yield replace(page, documents=[d for d in page.documents if d["updated_at"] > since])


class RemembersWhatItRead(Acme):
    def read(self, stream: str, window: Window) -> Iterator[Page]:
        seen = self.__dict__.setdefault("seen", [])
        for page in super().read(stream, window):
            yield replace(page, documents=[d for d in page.documents if d["id"] not in seen])
            seen += [d["id"] for d in page.documents]


class ReadsTwice(Acme):
    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            yield replace(page, documents=[*page.documents, *page.documents])


class ResumesFromAnObject(Acme):
    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            yield replace(page, resume=page.resume and (page.resume,))


class FetchesTooMuch(Acme):
    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        for page in self.read(stream, Window()):
            yield from page.documents


class ChecksNothing(Acme):
    def check(self) -> None:
        """Be content."""


class CallsEverythingAnOutage(Acme):
    def check(self) -> None:
        try:
            super().check()
        except HubError as error:
            raise HubError("Acme is down.") from error


class ForgetsTheKey(Acme):
    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        self.times = getattr(self, "times", 0) + 1
        for write in writes:
            [outcome] = super().upsert(stream, [replace(write, key=f"{write.key}-{self.times}")])
            yield replace(outcome, write=write)


class TouchesWhatItWasGiven(Acme):
    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        for write in writes:
            write.document["source"] = "hub"
        return super().upsert(stream, writes)


class LosesAnAnswer(Acme):
    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        yield from list(super().upsert(stream, writes))[1:]


class StopsAtARefusal(Acme):
    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        for outcome in super().upsert(stream, writes):
            yield outcome
            if isinstance(outcome, Refused):
                raise outcome.error


MISTAKES = [
    (SkipsAnOrderWhenResuming, "test_resuming_from_any_page_loses_nothing"),
    (NeverSaysThatItIsDone, "test_only_the_last_page_says_that_nothing_follows"),
    (TakesTheEdgeAway, "test_a_window_holds_everything_that_was_modified_in_it"),
    (RemembersWhatItRead, "test_reading_leaves_nothing_behind"),
    (ReadsTwice, "test_every_document_carries_its_id"),
    (ResumesFromAnObject, "test_resume_points_survive_being_stored"),
    (FetchesTooMuch, "test_fetching_gives_what_was_asked_for_and_leaves_out_what_is_gone"),
    (ChecksNothing, "test_refused_credentials_are_told_from_an_outage"),
    (CallsEverythingAnOutage, "test_refused_credentials_are_told_from_an_outage"),
    (ForgetsTheKey, "test_a_create_that_is_repeated_makes_one_record"),
    (TouchesWhatItWasGiven, "test_writing_leaves_its_input_alone"),
    (LosesAnAnswer, "test_every_create_is_answered_with_an_id_in_order"),
    (StopsAtARefusal, "test_a_record_that_is_refused_spares_the_others"),
]


def run(contract: object, check: str) -> None:
    method = getattr(contract, check)
    method(*[ORDERS] * len(inspect.signature(method).parameters))


def contract_of(spec: ConnectorSpec) -> Contract:
    contract = Contract()
    contract.spec = spec
    return contract


@pytest.mark.parametrize(("mistaken", "check"), MISTAKES, ids=lambda part: getattr(part, "__name__", None))
def test_a_mistake_of_the_connector_is_found(mistaken: type[Acme], check: str) -> None:
    run(Contract(), check)
    with pytest.raises((AssertionError, HubError)):
        run(contract_of(replace(SPEC, connector=mistaken)), check)


def test_a_secret_that_shows_is_found() -> None:
    class OpenSettings(BaseModel):
        url: str
        token: str

    with pytest.raises(AssertionError, match="token is not a SecretStr"):
        run(contract_of(replace(SPEC, settings=OpenSettings)), "test_settings_hide_their_secrets")


def test_a_connector_that_logs_its_token_is_found(caplog: pytest.LogCaptureFixture) -> None:
    class Talkative(Acme):
        def __init__(self, settings: AcmeSettings, http: httpx.Client) -> None:
            super().__init__(settings, http)
            import logging

            logging.getLogger("acme").info("opened with %s", settings.token.get_secret_value())

    with pytest.raises(AssertionError):
        contract_of(replace(SPEC, connector=Talkative)).test_secrets_are_not_logged(caplog)


def test_a_connector_that_goes_where_a_link_points_is_stopped() -> None:
    class Follows(Acme):
        def read(self, stream: str, window: Window) -> Iterator[Page]:
            body = self._http.get(f"/{stream}").json()
            yield Page(body["items"])
            self._http.get("http://elsewhere.example/next")

    run(contract_of(replace(SPEC, connector=Follows)), "test_a_link_to_another_host_is_not_followed")


class Mappings(MappingContract):
    spec = SPEC
    recorded = RECORDED
    vocabulary = {"orders": {"status": ["open", "shipped", "picked_up", "cancelled"]}}


def mapped_by(tmp_path: Path, changes: dict[str, str]) -> Mappings:
    source: Traversable = SPEC.mappings / "orders.yaml"
    text = source.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "orders.yaml").write_text(text)
    contract = Mappings()
    contract.spec = replace(SPEC, mappings=tmp_path)
    return contract


@pytest.mark.parametrize(
    ("changes", "check", "named"),
    [
        ({"note:       note": "note:       remark"}, "test_every_mapped_path_occurs_in_a_recording", "note"),
        (
            {"sku:      {in: sku}": "sku:      {in: article}"},
            "test_every_mapped_path_occurs_in_a_recording",
            "lines.sku",
        ),
        ({"[shipped, picked_up]": "[shipped]"}, "test_every_documented_value_is_mapped", "picked_up"),
        (
            {"currency:   {in: currency}": "currency:   {in: number}"},
            "test_the_laws_hold",
            "currency",
        ),
    ],
)
def test_a_mistake_of_the_mapping_is_found(tmp_path: Path, changes: dict[str, str], check: str, named: str) -> None:
    run(Mappings(), check)
    with pytest.raises((AssertionError, ValueError), match=named):
        run(mapped_by(tmp_path, changes), check)


def test_a_codec_that_does_not_come_back_is_found(tmp_path: Path) -> None:
    def shout(value: Any, tables: Any) -> Any:
        return value.upper()

    contract = mapped_by(tmp_path, {"note:       note": "note:       {path: number, as: shout}"})
    contract.spec = replace(contract.spec, codecs=[Codec("shout", shout, lambda value, tables, base: value + "!")])
    with pytest.raises(AssertionError, match="comes back as"):
        run(contract, "test_a_record_can_be_written_where_there_is_nothing_yet")
