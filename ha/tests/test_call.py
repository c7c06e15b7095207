import pytest

from ha.call import call
from ha.http import Answer, Route, serve
from ha.settings import Secrets, Settings
from ha.tests.test_settings import RAW


@pytest.mark.parametrize(("order", "token"), [(None, "reads"), ({"x": 1}, "orders")])
def test_an_agent_is_asked_itself_whatever_proxy_there_is(
    monkeypatch: pytest.MonkeyPatch, order: object, token: str
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serve(0, [Route("POST", "/told", lambda body: Answer(200, body), token)], "127.0.0.1") as server:
        secrets = Secrets(read_token="reads", peer_token="orders")
        settings = Settings.parse({**RAW, "agent_port": server.server_port}, secrets, me="postgres-1")
        assert call("POST", settings, "127.0.0.1", "told", 5, order).json() == order
        server.shutdown()
