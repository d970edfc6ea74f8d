"""What tests of the console without JavaScript share."""

import pytest

from tests.http_helpers import fresh
from tests.pages import Browser


@pytest.fixture
def browser(client_with):
    return Browser(client_with().application.test_client())


@pytest.fixture
def api(client_with):
    """Asks the API."""
    client = client_with()

    def api(method, path, body=None, **headers):
        reply = client.open(path, method=method, json=body, headers=headers)
        assert reply.status_code < 400, reply.json
        return reply.json

    return api


@pytest.fixture
def opened(api):
    """Opens an account, with some money."""

    def opened(amount=0, currency="EUR", **metadata):
        account_id = fresh()
        given = {"account_id": account_id, "currency": currency, "metadata": metadata}
        api("POST", "/accounts", given)
        if amount:
            api("POST", "/deposits", {"account_id": account_id, "amount": amount})
        return account_id

    return opened


@pytest.fixture
def balance(api):
    return lambda account_id: api("GET", f"/accounts/{account_id}/balance")["balance"]
