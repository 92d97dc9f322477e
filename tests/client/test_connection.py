import httpx
import pytest

import readroom
from readroom import errors
from readroom.client import retries
from readroom.client.configuration import find_base_url, find_token, find_verify, keep_in_keyring, write_configuration
from readroom.client.testing import ServerDouble


def test_plain_http_is_refused_save_on_this_machine():
    with pytest.raises(errors.ConfigurationError, match="https"):
        readroom.Client(token="a", base_url="http://example.org/api/v1/")
    for host in ("localhost:1", "127.0.0.1:1", "[::1]:1"):
        readroom.Client(token="a", base_url=f"http://{host}/api/v1/").close()


def test_without_a_token_the_error_says_how_to_give_one():
    with pytest.raises(errors.ConfigurationError, match="READROOM_TOKEN"):
        readroom.Client(base_url="https://localhost/api/v1/")


@pytest.mark.parametrize("name", ["READROOM_TOKEN", "GRAND_CHALLENGE_AUTHORIZATION"])
def test_the_token_comes_from_the_environment(monkeypatch, name):
    monkeypatch.setenv(name, "BEARER  from-environment")
    server = ServerDouble()
    readroom.Client(base_url=server.base_url, transport=server).reader_studies.page()
    assert server.requests[0].headers["Authorization"] == "BEARER from-environment"


def test_address_token_and_certificate_come_from_the_configuration(monkeypatch, tmp_path):
    authority = tmp_path / "ca.pem"
    authority.touch()
    monkeypatch.setenv("READROOM_CONFIG", str(tmp_path / "kept" / "config.toml"))
    path = write_configuration(base_url=ServerDouble.base_url, token='odd"\\token', verify=str(authority))
    assert path.stat().st_mode & 0o077 == 0
    assert find_token("", ServerDouble.base_url) == 'odd"\\token'
    assert find_base_url("") == ServerDouble.base_url
    assert find_verify(True, ServerDouble.base_url) == str(authority)


def test_what_is_kept_for_one_server_goes_to_no_other(monkeypatch, tmp_path):
    monkeypatch.setenv("READROOM_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "ca.pem").touch()
    write_configuration(base_url=ServerDouble.base_url, token="secret", verify=str(tmp_path / "ca.pem"))
    for address in ("https://elsewhere.invalid/api/v1/", "https://double.invalid:444/api/v1/"):
        with pytest.raises(errors.ConfigurationError, match="There is no token for https"):
            find_token("", address)
        assert find_verify(True, address) is True


def test_the_path_of_an_address_may_be_left_out():
    for address in ("https://example.org", "https://example.org/", "https://example.org/api/v1"):
        assert find_base_url(address) == "https://example.org/api/v1/"
    assert find_base_url("https://example.org/sub/api/v1/") == "https://example.org/sub/api/v1/"


def test_the_token_comes_from_the_key_ring_of_its_server(monkeypatch):
    import keyring
    from keyring.backend import KeyringBackend

    kept = {}

    class InMemory(KeyringBackend):
        priority = 1

        def get_password(self, service, username):
            return kept.get((service, username))

        def set_password(self, service, username, password):
            kept[service, username] = password

        def delete_password(self, service, username):
            del kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    try:
        keep_in_keyring(ServerDouble.base_url, "from-the-ring")
        assert find_token("", ServerDouble.base_url) == "from-the-ring"
        with pytest.raises(errors.ConfigurationError):
            find_token("", "https://elsewhere.invalid/api/v1/")
    finally:
        keyring.set_keyring(before)


def test_a_page_that_is_not_of_this_api_is_told(monkeypatch):
    class Website(httpx.BaseTransport):
        def handle_request(self, request):
            return httpx.Response(200, html="<p>Welcome</p>", request=request)

    client = readroom.Client(token="a", base_url=ServerDouble.base_url, transport=Website())
    with pytest.raises(errors.ConfigurationError, match="does not answer as this API does"):
        client.interfaces.page()


def test_the_token_never_goes_to_another_server(client):
    for url in ("https://elsewhere.invalid/api/v1/x/", "https://double.invalid:444/api/v1/"):
        with pytest.raises(errors.ConfigurationError, match=r"not on double\.invalid; .* another server"):
            client(url=url)


@pytest.mark.parametrize("status", [429, 502, 503, 504, 507])
def test_a_busy_server_is_asked_again(client, server, status):
    server.failures = [(status, {}), (status, {})]
    assert client.reader_studies.page().total_count == 0
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequest),
        (401, errors.NotAuthenticated),
        (403, errors.PermissionDenied),
        (404, errors.NotFound),
        (500, errors.ServerFailed),
        (418, errors.RequestRefused),
    ],
)
def test_each_status_is_its_own_error_with_the_servers_words(client, server, status, kind):
    server.failures = [(status, {})]
    with pytest.raises(kind, match="not now") as caught:
        client.reader_studies.page()
    assert type(caught.value) is kind
    assert isinstance(caught.value, httpx.HTTPStatusError)
    assert caught.value.response.status_code == status


def test_field_errors_become_sentences():
    content = {"values": [{}, {"__all__": ["Not a number."]}], "title": ["Too long.", "Not unique."]}
    assert list(errors.to_sentences(content)) == ["values[1]: Not a number.", "title: Too long.", "title: Not unique."]


def test_retry_after_is_understood_in_both_forms():
    assert retries.retry_after({"Retry-After": "7"}) == 7
    assert retries.retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert retries.retry_after({"Retry-After": "soon"}) is None


class Broken(httpx.BaseTransport):
    def __init__(self, error, fails):
        self.error, self.fails, self.tries = error, fails, 0

    def handle_request(self, request):
        self.tries += 1
        if self.tries <= self.fails:
            raise self.error("gone", request=request)
        return httpx.Response(200, json={"count": 0, "results": []}, request=request)


def test_a_lost_connection_is_tried_again_when_that_is_safe():
    carrier = Broken(httpx.ReadError, fails=2)
    client = readroom.Client(token="a", base_url=ServerDouble.base_url, transport=carrier)
    assert len(client.reader_studies.page()) == 0
    assert carrier.tries == 3


def test_a_change_whose_answer_was_lost_is_not_sent_twice_without_a_key():
    carrier = Broken(httpx.ReadError, fails=1)
    client = readroom.Client(token="a", base_url=ServerDouble.base_url, transport=carrier)
    with pytest.raises(errors.ConnectionFailed):
        client("PATCH", path="reader-studies/display-sets/1/", json={})
    assert carrier.tries == 1


def test_a_change_that_never_left_is_sent_again():
    carrier = Broken(httpx.ConnectError, fails=1)
    client = readroom.Client(token="a", base_url=ServerDouble.base_url, transport=carrier)
    client("PATCH", path="reader-studies/display-sets/1/", json={})
    assert carrier.tries == 2


def test_a_certificate_that_is_not_known_is_told_at_once():
    class Stranger(Broken):
        def handle_request(self, request):
            self.tries += 1
            raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", request=request)

    carrier = Stranger(httpx.ConnectError, fails=99)
    client = readroom.Client(token="a", base_url=ServerDouble.base_url, transport=carrier)
    with pytest.raises(errors.ConnectionFailed, match="give the file of its authority: verify="):
        client.reader_studies.page()
    assert carrier.tries == 1


def test_a_server_that_is_not_there_is_named_after_all_tries():
    client = readroom.Client(token="a", base_url=ServerDouble.base_url, transport=Broken(httpx.ConnectError, fails=99))
    with pytest.raises(errors.ConnectionFailed, match="double.invalid did not answer"):
        client.reader_studies.page()


def test_numbers_that_only_a_lenient_parser_reads_are_read():
    class Lenient(httpx.BaseTransport):
        def handle_request(self, request):
            content = b'{"count": 1, "results": [{"pk": "1", "score": NaN}]}'
            return httpx.Response(200, content=content, headers={"Content-Type": "application/json"}, request=request)

    client = readroom.Client(token="a", base_url=ServerDouble.base_url, transport=Lenient())
    [answer] = client.reader_studies.answers.page()
    assert answer.score != answer.score
