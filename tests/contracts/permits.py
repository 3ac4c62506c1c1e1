"""ERC-2612 permits for the test dollar."""

from brownie import web3
from signing import key_of, sign_plainly
from terms import Domain, permit_digest_of


def permit(dollar, escrow, owner, amount: int, *, deadline: int, signer=None) -> tuple:
    """Deadline and signature of a permit of the owner for the escrow, signed by the owner where nobody is named."""
    message = {
        "owner": owner.address,
        "spender": escrow.address,
        "value": amount,
        "nonce": dollar.nonces(owner),
        "deadline": deadline,
    }
    digest = permit_digest_of("Test Dollar", Domain(web3.eth.chain_id, dollar.address), message)
    return deadline, sign_plainly(digest, key_of(signer or owner))
