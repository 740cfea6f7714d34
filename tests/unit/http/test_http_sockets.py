"""The client against real sockets, and respx beneath it."""

from __future__ import annotations

import socket
import ssl
import threading

import httpx
import pytest
import respx
import trustme

from hub.errors import BadResponseError, ConfigError, UnavailableError
from hub.http import read_json
from hub.testing.serve import serve


def test_a_refused_connection_names_host_and_port(dial, closed_port):
    with pytest.raises(UnavailableError, match=rf"127\.0\.0\.1:{closed_port} refused the connection") as caught:
        dial(base=f"http://127.0.0.1:{closed_port}").post("/orders", json={})
    assert caught.value.context["sent"] == "no"


def test_an_unknown_host_is_named(dial):
    with pytest.raises(UnavailableError, match=r"no-such-shop\.invalid cannot be found") as caught:
        dial(base="http://no-such-shop.invalid").get("/")
    assert caught.value.context["sent"] == "no"


def test_a_cut_connection_leaves_the_outcome_of_a_write_unknown(dial):
    asked = []

    def shop(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ReadError("cut")

    with serve(shop) as url, pytest.raises(UnavailableError, match="broke off the connection") as caught:
        dial(base=url).post("/orders", json={})
    assert caught.value.context["sent"] == "unknown"
    assert len(asked) == 1


def test_a_cut_body_is_asked_for_again(dial):
    answers = [
        httpx.Response(200, json={"items": list(range(100))}, extensions={"cut": 20}),
        httpx.Response(200, json={"items": [1]}),
    ]
    with serve(lambda request: answers.pop(0)) as url:
        assert read_json(dial(base=url).get("/orders")) == {"items": [1]}


def test_a_body_that_stays_cut_is_an_outage(dial):
    with serve(lambda request: httpx.Response(200, json=list(range(100)), extensions={"cut": 20})) as url:
        client = dial(base=url)
        with pytest.raises(UnavailableError, match="broke off the connection"):
            client.get("/orders")


def test_a_slow_answer_is_an_outage_of_unknown_outcome(dial):
    late = threading.Event()

    def shop(request: httpx.Request) -> httpx.Response:
        late.wait(10)
        return httpx.Response(200)

    with serve(shop) as url:
        client = dial(base=url, timeout=0.05)
        with pytest.raises(UnavailableError, match="did not answer in time") as caught:
            client.post("/orders", json={})
        late.set()
    assert caught.value.context["sent"] == "unknown"


@pytest.mark.parametrize("how", ["link", "redirect"])
def test_the_authorization_header_never_reaches_a_foreign_host(dial, how):
    seen = []

    def foreign(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[])

    with serve(foreign) as elsewhere:

        def shop(request: httpx.Request) -> httpx.Response:
            assert request.headers["Authorization"] == "Token abcdefgh"
            if how == "redirect":
                return httpx.Response(307, headers={"Location": f"{elsewhere}/orders"})
            return httpx.Response(200, json={"next": f"{elsewhere}/orders"})

        with serve(shop) as url:
            client = dial(base=url)
            client.headers["Authorization"] = "Token abcdefgh"
            with pytest.raises(ConfigError):
                client.get(read_json(client.get("/orders"))["next"])
    assert seen == []


def server_tls(*names: str) -> tuple[trustme.CA, ssl.SSLContext]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return authority, context


def test_a_trusted_certificate_is_accepted(dial):
    authority, tls = server_tls("127.0.0.1")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with serve(lambda request: httpx.Response(200, json=str(request.url.scheme)), tls=tls) as url:
        assert dial(base=url, verify=trust).get("/").json() == "https"


def test_an_untrusted_certificate_is_a_matter_of_set_up(dial, clock):
    _, tls = server_tls("127.0.0.1")
    with serve(lambda request: httpx.Response(200), tls=tls) as url:
        client = dial(base=url)
        with pytest.raises(ConfigError, match="certificate cannot be trusted") as caught:
            client.get("/")
    assert "Renew the certificate" in caught.value.hint
    assert clock.naps == [], "asking again does not mend a certificate"


def test_a_certificate_for_another_name_says_so(dial):
    authority, tls = server_tls("other.test")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with serve(lambda request: httpx.Response(200), tls=tls) as url:
        client = dial(base=url, verify=trust)
        with pytest.raises(ConfigError, match="IP address mismatch"):
            client.get("/")


def test_https_on_a_port_of_plain_http_says_so(dial):
    with serve(lambda request: httpx.Response(200)) as url:
        client = dial(base=url.replace("http:", "https:"))
        with pytest.raises(ConfigError, match="does not speak TLS"):
            client.get("/")


def test_a_header_that_cannot_be_sent_is_a_matter_of_set_up(dial):
    with serve(lambda request: httpx.Response(200)) as url:
        client = dial(base=url, secrets=["abc\ndef"])
        client.headers["Authorization"] = "Token abc\ndef"
        with pytest.raises(ConfigError, match="cannot be sent") as caught:
            client.get("/")
    assert "abc" not in caught.value.message


def test_a_server_that_speaks_no_http_is_an_outage(dial):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def chatter() -> None:
            for _ in range(4):
                peer, _ = server.accept()
                with peer:
                    peer.recv(1000)
                    peer.sendall(b"220 mail.test ESMTP\r\n")

        thread = threading.Thread(target=chatter)
        thread.start()
        with pytest.raises(UnavailableError, match="broke off"):
            dial(base=f"http://127.0.0.1:{server.getsockname()[1]}").get("/")
        thread.join()


def test_html_over_a_real_socket_is_named(dial):
    with serve(lambda request: httpx.Response(200, html="<html><h1>Please log in</h1></html>")) as url:
        response = dial(base=url).get("/wp-json")
        with pytest.raises(BadResponseError, match=r"a web page \(text/html\).*Please log in"):
            read_json(response)


@respx.mock
def test_respx_intercepts_beneath_the_retries(dial):
    route = respx.get("https://shop.test/orders").mock(side_effect=[httpx.Response(503), httpx.Response(200, json=[])])
    assert dial().get("/orders").json() == []
    assert route.call_count == 2
