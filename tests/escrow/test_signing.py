"""Signatures and reports without a chain."""

from random import Random

import pytest
from eth_account import Account
from eth_keys.backends import CoinCurveECCBackend, get_backend

from escrow.errors import SignatureProblem, ValueProblem
from escrow.report import report_digest
from escrow.signing import address_of, compact, recover, sign_digest
from tests import factories

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DIGEST = report_digest(factories.report(), factories.domain())
KEY = factories.key("oracle_a")


def _high_s(signature: str) -> str:
    """The other signature that holds for the same digest and signer."""
    raw = bytes.fromhex(signature[2:])
    s = ORDER - int.from_bytes(raw[32:64], "big")
    return f"0x{raw[:32].hex()}{s:064x}{27 + 28 - raw[64]:02x}"


def test_sign_digest__random_digests__equals_eth_accounts_and_has_a_low_s() -> None:
    rng = Random(14)
    for _ in range(200):
        digest, key = rng.randbytes(32), rng.randbytes(32)
        signature = sign_digest(digest, key)
        signed = Account.unsafe_sign_hash(digest, key)
        assert signature == "0x" + bytes(signed.signature).hex()
        assert int(signature[66:130], 16) <= ORDER // 2
        assert recover(digest, signature) == address_of(key) == Account.from_key(key).address


def test_eth_account__signs_transactions__with_coincurve_too() -> None:
    assert isinstance(get_backend(), CoinCurveECCBackend)


def test_recover__high_s__refused_although_it_would_recover() -> None:
    signature = sign_digest(DIGEST, KEY)
    twin = _high_s(signature)
    assert Account._recover_hash(DIGEST, signature=twin) == address_of(KEY)
    with pytest.raises(SignatureProblem) as caught:
        recover(DIGEST, twin, deal_id=factories.report().deal_id, position=2)
    assert caught.value.data == {"deal_id": factories.report().deal_id, "given": 2}


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0x",
        sign_digest(DIGEST, KEY)[:-2],
        sign_digest(DIGEST, KEY) + "00",
        sign_digest(DIGEST, KEY)[2:],
        sign_digest(DIGEST, KEY)[:-2] + "00",
        sign_digest(DIGEST, KEY)[:-2] + "1d",
        "0x" + "00" * 64 + "1b",
        "0x" + "ff" * 32 + "00" * 31 + "01" + "1b",
        "0x" + "zz" * 65,
        None,
    ],
)
def test_recover__not_a_signature__named_error(signature: str) -> None:
    with pytest.raises(SignatureProblem):
        recover(DIGEST, signature)


def test_recover__another_report__is_a_stranger() -> None:
    other = report_digest(factories.report(value=259), factories.domain())
    assert recover(other, sign_digest(DIGEST, KEY)) != address_of(KEY)


def test_compact__both_parities__keep_r_s_and_v() -> None:
    seen = set()
    for number in range(20):
        signature = sign_digest(number.to_bytes(32, "big"), KEY)
        r, vs = compact(signature)
        v = 27 + (vs[0] >> 7)
        s = bytes([vs[0] & 0x7F]) + vs[1:]
        assert "0x" + (r + s + bytes([v])).hex() == signature
        seen.add(v)
    assert seen == {27, 28}


@pytest.mark.parametrize("value", [-1, 2**64])
def test_report_digest__value_beyond_its_type__named_error(value: int) -> None:
    with pytest.raises(ValueProblem) as caught:
        report_digest(factories.report(value=value), factories.domain())
    assert caught.value.limit == 2**64 - 1
