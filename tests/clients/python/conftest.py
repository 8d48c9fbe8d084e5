import pytest

from support.server import Server


@pytest.fixture(scope="module")
def server():
    """One server per file of tests; tests keep apart by signing in new people."""
    server = Server()
    server.start()
    yield server
    server.remove()
