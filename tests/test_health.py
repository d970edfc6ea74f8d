import pgteller
from pgteller.shell import create_app


def test_health(bank, db):
    reply = bank.get("/health/ready")
    assert (reply.status, reply["status"], reply["version"]) == (200, "ok", pgteller.__version__)
    (version,) = db.execute("SELECT current_setting('server_version')").fetchone()
    assert reply["postgresql"] == version


def test_life_needs_no_database():
    response = create_app("postgresql:///none?host=/nonexistent").test_client().get("/livez")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_a_database_that_is_away():
    client = create_app("postgresql:///none?host=/nonexistent").test_client()
    for response in (
        client.get("/health/ready"),
        client.post("/deposits", json={"account_id": "a", "amount": 1}),
    ):
        assert response.status_code == 503
        assert response.mimetype == "application/problem+json"
        assert response.json["code"] == "database_unavailable"
        assert response.headers["Retry-After"] == "1"
        assert "nonexistent" not in response.text
