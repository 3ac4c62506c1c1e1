"""A finding that the web side answers. See docs/threats.md."""

from fastapi.routing import APIRoute

from api.app import JSON_ROUTERS, PAGE_ROUTERS
from api.settings import ApiSettings
from tests import factories
from tests.api.events import Life, committee_events
from tests.api.served import Served

READING = {"GET", "HEAD"}


def writing() -> set[str]:
    """What can be asked for by another method than those that read."""
    routes = [route for router in (*JSON_ROUTERS, *PAGE_ROUTERS) for route in router.routes if isinstance(route, APIRoute)]
    return {route.path for route in routes if not route.methods <= READING}


def test_finding__f49_a_user_would_move_the_deal_of_another__finds_drafts_alone_to_write(served: Served) -> None:
    assert writing() == {"/deals/new", "/drafts", "/drafts/{draft_id}/permit"}
    life = Life(factories.terms())
    served.mine_all([committee_events(), life.open("client")])
    before = served.index.digest
    for call in ("refund", "decline", "settle", "withdraw", "notice"):
        answer = served.http.post(f"/api/v1/deals/{life.deal_id}/{call}", json={"from": factories.person("agency")})
        assert answer.status_code in (404, 405)
    assert served.index.digest == before


def test_finding__f49_the_web_server_is_taken_over__has_no_key_to_sign_with() -> None:
    secrets = ("key", "secret", "password", "mnemonic", "account")
    assert [name for name in ApiSettings.model_fields if any(word in name for word in secrets)] == []
