"""ERC-2612 permits for the test dollar."""

from brownie import web3
from signing import Member, sign_in_full
from terms import Domain, permit_digest_of


def permit(dollar, escrow, owner, amount: int, *, deadline: int, signer=None) -> tuple:
    """deadline, v, r, s of a permit of the owner for the escrow, signed by the owner where nobody is named."""
    message = {
        "owner": owner.address,
        "spender": escrow.address,
        "value": amount,
        "nonce": dollar.nonces(owner),
        "deadline": deadline,
    }
    digest = permit_digest_of("Test Dollar", Domain(web3.eth.chain_id, dollar.address), message)
    signer = signer or owner
    v, r, s = sign_in_full(digest, Member(signer.address, bytes.fromhex(signer.private_key[2:])))
    return deadline, v, r.to_bytes(32, "big"), s.to_bytes(32, "big")
