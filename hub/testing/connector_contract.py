"""What every connector must do, as a suite that its author subclasses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretBytes, SecretStr

from hub.api import AuthError, HubError, Stream, UnavailableError
from hub.plugins import spec_faults
from hub.testing.calling import CallingChecks
from hub.testing.reading import ReadingChecks
from hub.testing.wire import always, once
from hub.testing.writing import WritingChecks

if TYPE_CHECKING:
    import pytest

SECRET_WORDS = ("secret", "token", "password", "key")
PAUSE = 7  # seconds for which a remote asks us to wait
NO_SUCH_NUMBER = "NO-SUCH-NUMBER-0"


class ConnectorContract(ReadingChecks, WritingChecks, CallingChecks):
    """Subclass it in a test module:

    class TestAcme(ConnectorContract):
        spec = SPEC
        settings = {"url": "https://acme.test", "token": "a-secret-token"}
        sandbox = AcmeSandbox

    Docstring of `Subject`: what else it can be told.
    """

    def test_the_spec_is_sound(self) -> None:
        assert list(spec_faults(self.spec)) == []

    def test_the_mapping_of_every_stream_is_sound(self, stream: Stream) -> None:
        mapping = self.mapping(stream.name)
        assert (mapping.stream, mapping.entity) == (stream.name, stream.entity)

    def test_blind_spots_are_fields_that_are_read(self, stream: Stream) -> None:
        fields = {path.partition(".")[0] for path in self.mapping(stream.name).mapping.fields}
        unknown = set(stream.blind_to) - fields
        assert not unknown, f"{stream.name} is blind to {sorted(unknown)}, which its mapping does not read anyway"

    def test_settings_hide_their_secrets(self) -> None:
        settings = self.spec.settings.model_validate(self.settings)
        for name in type(settings).model_fields:
            looks_secret = any(word in name.lower().split("_") for word in SECRET_WORDS) and name not in self.public
            assert not looks_secret or isinstance(getattr(settings, name), SecretStr | SecretBytes | None), (
                f"the setting {name} is not a SecretStr"
            )
        for secret in self._secrets():
            assert secret not in f"{settings!r} {settings} {settings.model_dump_json()}"

    def test_check_accepts_a_remote_that_works(self) -> None:
        with self.connected() as hub:
            hub.connector.check()

    def test_refused_credentials_are_told_from_an_outage(self) -> None:
        assert self._trouble(401) is AuthError
        assert self._trouble(503) is UnavailableError

    def test_a_pause_that_the_remote_asks_for_is_kept(self) -> None:
        if self.spec.http:
            with self.connected(once(429, retry_after=str(PAUSE))) as hub:
                hub.connector.check()
            assert sum(hub.clock.naps) >= PAUSE, "the remote asked for a pause and did not get it"

    def test_secrets_are_not_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        with self.connected() as hub:
            hub.connector.check()
        for secret in self._secrets():
            assert secret not in caplog.text

    def test_tracking_answers_for_the_numbers_it_knows(self, trackable: Stream) -> None:
        numbers = self.numbers.get(trackable.name, ())
        assert numbers, f"give the contract numbers to track in {trackable.name}"
        with self.connected() as hub:
            documents = list(hub.connector.track(trackable.name, [*numbers, NO_SUCH_NUMBER]))
        assert len(documents) == len(numbers), "one document a known number"
        assert len(set(self.ids(trackable.name, documents))) == len(numbers)

    def _trouble(self, status: int) -> type[HubError]:
        expected = {401: AuthError, 503: UnavailableError}[status]
        if not self.spec.http:
            return expected
        with self.connected(always(status)) as hub:
            try:
                hub.connector.check()
            except HubError as error:
                return type(error)
        raise AssertionError(f"check() is content although the remote answers {status}")

    def _secrets(self) -> list[str]:
        settings = self.spec.settings.model_validate(self.settings)
        values = (getattr(settings, name) for name in type(settings).model_fields)
        return [str(value.get_secret_value()) for value in values if isinstance(value, SecretStr)]
