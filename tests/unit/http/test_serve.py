"""A sandbox behind a real socket answers as it does in memory."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest

from hub.testing.serve import serve


def echo(request: httpx.Request) -> httpx.Response:
    seen = {"method": request.method, "path": request.url.raw_path.decode(), "body": request.content.decode()}
    return httpx.Response(201, json=seen | {"key": request.headers.get("X-Key")}, headers={"X-Total": "3"})


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_request_arrives_whole_and_the_answer_returns_whole(method):
    with serve(echo) as url, httpx.Client() as client:
        answer = client.request(method, f"{url}/a%20b/?q=%C3%A9&q=2", content="grüße", headers={"X-Key": "k"})
    assert answer.status_code == 201
    assert answer.headers["X-Total"] == "3"
    assert answer.json() == {"method": method, "path": "/a%20b/?q=%C3%A9&q=2", "body": "grüße", "key": "k"}


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("DELETE", 204)])
def test_answers_without_a_body_keep_the_connection_in_step(method, status):
    with serve(lambda request: httpx.Response(status)) as url, httpx.Client() as client:
        assert [client.request(method, url).status_code for _ in range(3)] == [status] * 3


def test_a_connection_is_kept_alive():
    ports = set()

    def ports_of(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    with serve(ports_of) as url, httpx.Client() as client:
        for _ in range(3):
            stream = client.get(url).extensions["network_stream"]
            ports.add(stream.get_extra_info("client_addr"))
    assert len(ports) == 1


def test_one_request_at_a_time_reaches_the_sandbox():
    inside, most = [], []

    def sandbox(request: httpx.Request) -> httpx.Response:
        inside.append(request)
        most.append(len(inside))
        threading.Event().wait(0.005)
        inside.pop()
        return httpx.Response(200)

    with serve(sandbox) as url:
        threads = [threading.Thread(target=httpx.get, args=(url,)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1] * 5


def test_a_given_port_is_taken(closed_port):
    with serve(echo, port=closed_port) as url:
        assert url == f"http://127.0.0.1:{closed_port}"
        assert httpx.get(url).status_code == 201


def test_after_the_end_nobody_listens_and_kept_connections_are_closed():
    with httpx.Client() as client:
        with serve(echo) as url:
            client.get(url)
        with pytest.raises(httpx.TransportError):
            client.get(url)


def test_a_client_that_hangs_up_disturbs_nobody():
    with serve(echo) as url:
        with socket.create_connection(("127.0.0.1", httpx.URL(url).port)) as peer:
            peer.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort")
        assert httpx.get(url).status_code == 201
