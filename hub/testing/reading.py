"""What every connector that reads must do."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from datetime import datetime, timedelta

from hub.api import ConfigError, Stream, Window
from hub.clock import utc_parse
from hub.http.pin import origin
from hub.testing.subject import Subject
from hub.testing.wire import links_elsewhere

NO_SUCH_ID = "999999999"


class ReadingChecks(Subject):
    """Nothing is lost: not between pages, not after a crash, not at the edges of a window."""

    def test_a_declared_stream_can_be_read(self, readable: Stream) -> None:
        with self.connected() as hub:
            documents = hub.documents(readable.name)
        assert documents, f"the sandbox has no document in {readable.name}: the checks need some"

    def test_every_document_carries_its_id(self, readable: Stream) -> None:
        with self.connected() as hub:
            documents = hub.documents(readable.name)
        ids = self.ids(readable.name, documents)
        assert len(set(ids)) == len(ids), f"two documents of {readable.name} have one id"

    def test_reading_leaves_nothing_behind(self, readable: Stream) -> None:
        with self.connected() as hub:
            first = deepcopy(hub.documents(readable.name))
            again = hub.documents(readable.name)
        assert again == first, "a second reading gives something else: a connector keeps nothing between calls"

    def test_only_the_last_page_says_that_nothing_follows(self, readable: Stream) -> None:
        with self.connected() as hub:
            resumes = [page.resume for page in hub.pages(readable.name)]
        assert resumes, "not even one page: an empty window is one empty page"
        assert resumes[-1] is None, "the last page carries a resume point: the hub would read on for ever"
        assert None not in resumes[:-1], "a page in the middle says that the window is exhausted"

    def test_resume_points_survive_being_stored(self, readable: Stream) -> None:
        with self.connected() as hub:
            resumes = [page.resume for page in hub.pages(readable.name)]
        assert json.loads(json.dumps(resumes)) == resumes, "a resume point is not plain JSON"

    def test_resuming_from_any_page_loses_nothing(self, readable: Stream) -> None:
        with self.connected() as hub:
            pages = hub.pages(readable.name)
            for place, page in enumerate(pages[:-1]):
                rest = [document for later in pages[place + 1 :] for document in later.documents]
                resumed = hub.documents(readable.name, Window(resume=json.loads(json.dumps(page.resume))))
                lost = set(self.ids(readable.name, rest)) - set(self.ids(readable.name, resumed))
                assert not lost, f"resuming after page {place + 1} of {len(pages)} loses {sorted(lost)[:5]}"

    def test_a_window_holds_everything_that_was_modified_in_it(self, windowed: Stream) -> None:
        """The edges count: a record modified at the very moment of `since` belongs to the window."""
        with self.connected() as hub:
            documents = hub.documents(windowed.name)
            stamps = self._stamps(windowed.name, documents)
            moments = sorted(set(stamps.values()))
            for since in moments[len(moments) // 2 :: max(1, len(moments) // 4)]:
                for until in (None, moments[-1], moments[-1] + timedelta(seconds=1)):
                    wanted = {id_ for id_, at in stamps.items() if since <= at and (until is None or at < until)}
                    got = self.ids(windowed.name, hub.documents(windowed.name, Window(since=since, until=until)))
                    lost = wanted - set(got)
                    assert not lost, f"the window [{since}, {until}) loses {sorted(lost)[:5]}"

    def test_fetching_gives_what_was_asked_for_and_leaves_out_what_is_gone(self, fetchable: Stream) -> None:
        with self.connected() as hub:
            known = self.ids(fetchable.name, hub.documents(fetchable.name))
            ids = known[-3:-1] or known
            fetched = list(hub.connector.fetch(fetchable.name, [*ids, NO_SUCH_ID]))
        got = sorted(self.ids(fetchable.name, fetched))
        assert got == sorted(ids), f"asked for {sorted(ids)} and one that does not exist, got {got}"

    def test_a_link_to_another_host_is_not_followed(self, readable: Stream) -> None:
        """The client carries credentials, and a `next` link comes from the remote."""
        with self.connected(alter=links_elsewhere) as hub, suppress(ConfigError):
            hub.documents(readable.name)
        assert len({origin(request.url) for request in hub.requests}) <= 1

    def _stamps(self, stream: str, documents: list[dict[str, object]]) -> dict[str, datetime]:
        mapping = self.mapping(stream)
        stamps = {mapping.external_id(d): self.decoded(stream, d).get("updated_at") for d in documents}
        return {id_: utc_parse(text) for id_, text in stamps.items() if text}
