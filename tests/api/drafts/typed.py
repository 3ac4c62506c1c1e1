"""A form as somebody fills it in, sound by default: a test states only what matters to it."""

from escrow.money import Token
from tests.factories import TOKEN, person

DOLLAR = Token(TOKEN, "TUSD", 6)
KEY = "ab" * 32


def typed(**changes: str) -> dict[str, str]:
    default = {
        "kind": "price",
        "key": KEY,
        "title": "Customers won by telephone",
        "unit": "customer",
        "account": "bank-telephone",
        "goal": "call",
        "test_field": "customer",
        "test_operator": "is",
        "test_value": "yes",
        "first_day": "2008-05-01",
        "last_day": "2008-07-31",
        "periods": "1",
        "reports": "months",
        "token": f"{TOKEN}:6",
        "price": "500",
        "budget": "400 000",
        "client": person("client"),
        "agency": person("agency"),
        "committee": "0x" + "c0" * 12,
        "quorum": "2",
        "fund_by": "",
        "grace": "30",
        "notice": "14",
        "cap": "",
        "retention": "0",
        "basis": "0",
    }
    return default | changes
