"""One Karrio server: labels are bought there, and parcels tracked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import httpx

from connectors.logistics.karrio.api import document, look_up, page
from connectors.logistics.karrio.labels import Labels
from connectors.logistics.karrio.settings import KarrioSettings
from hub.api import ConfigError, Document, Page, RecordError, Refused, RejectedError, Window, Write, Written

FEW = 5  # as many numbers are asked for one by one; for more, the list of trackers is cheaper


class Karrio:
    """Buys labels and watches parcels through one Karrio server."""

    def __init__(self, settings: KarrioSettings, http: httpx.Client) -> None:
        http.base_url = str(settings.url)
        http.headers["Authorization"] = f"Token {settings.key.get_secret_value()}"
        self._settings = settings
        self._http = http
        self._labels = Labels(settings, http)

    def check(self) -> None:
        """Prove that the token works and that a carrier is connected."""
        _, carriers, _ = page(self._http, "/v1/connections", {})
        if not any(carrier.get("active") for carrier in carriers):
            raise ConfigError("Karrio has no active carrier", hint="Connect one in Karrio's dashboard, under Carriers.")

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        """Page through what was created in the window, newest first.

        Karrio tells no time of change. A record's creation never moves, so that none can leave the pages.
        """
        asked = {"created_after": window.since, "created_before": window.until}
        params: dict[str, str | int] = {key: _text(moment) for key, moment in asked.items() if moment is not None}
        offset = int(window.resume or 0)
        while True:
            body, documents, now = page(self._http, f"/v1/{stream}", params | {"offset": offset})
            offset += len(documents)
            more = bool(documents) and body.get("next") is not None  # its host may be wrong behind a proxy: only a sign
            yield Page(documents, resume=offset if more else None, expected=body.get("count"), remote_time=now)
            if not more:
                return

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        """Read shipments or trackers by id; trackers also by number."""
        for external_id in ids:
            found = look_up(self._http, stream, external_id)
            if found is not None:
                yield found

    def find(self, stream: str, write: Write) -> str | None:
        """Look a label up by our reference; a draft alone is half of a write, which must be repeated to be bought."""
        ours = [shipment for shipment in self._labels.ours(write) if shipment["status"] != "draft"]
        return str(ours[0]["id"]) if ours else None

    def upsert(self, stream: str, writes: Sequence[Write]) -> Iterator[Written | Refused]:
        """Bring shipments to be bought: find or make the draft, then buy the rate that the settings want."""
        for write in writes:
            try:
                shipment = self._labels.ship(write)
            except RecordError as error:
                yield Refused(write, error)
            else:
                yield Written(write, external_id=str(shipment["id"]), document=shipment)

    def track(self, stream: str, numbers: Sequence[str]) -> Iterator[Document]:
        """Read where parcels are; a number that nobody watches is left out, or watched from now on."""
        wanted = dict.fromkeys(numbers)
        if len(wanted) > FEW:
            yield from self._track_by_list(stream, wanted)
        for number in wanted:
            tracker = look_up(self._http, stream, number) or self._watch(number)
            if tracker is not None:
                yield tracker

    def _track_by_list(self, stream: str, wanted: dict[str, None]) -> Iterator[Document]:
        """Read the newest trackers as long as they are wanted, and take these off the list."""
        for newest in self.read(stream, Window()):
            found = [tracker for tracker in newest.documents if tracker["tracking_number"] in wanted]
            for tracker in found:
                if wanted.pop(tracker["tracking_number"], ...) is None:
                    yield tracker
            if not found or not wanted:
                return

    def _watch(self, number: str) -> Document | None:
        if self._settings.tracking_carrier is None:
            return None
        try:
            answer = self._http.post(
                "/v1/trackers",
                params={"pending_pickup": "true"},
                json={"tracking_number": number, "carrier_name": self._settings.tracking_carrier},
                extensions={"hub.retry": True},  # a number that is watched already gives its tracker
            )
        except RejectedError:
            return None  # the carrier does not know the number
        return document(answer)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
