"""The keys: encrypted keystore files in the format of eth-account, opened once at the start. Knows nothing to sign."""

import json
from pathlib import Path

from escrow.accounts import Account
from escrow.errors import KeystoreProblem
from escrow.ids import Address
from escrow.report import sign_digest
from escrow.signing import address_of
from oracle.secret_file import read_secret, write_secret


class Signer:
    """Signs digests that its caller has locked in the journal. The key never leaves, also not into a message."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.address = address_of(key)

    def sign(self, digest: bytes) -> str:
        """The same for the same digest, since the nonce follows from it (RFC 6979)."""
        return sign_digest(digest, self._key)


def read_key(keystore: Path, password_file: Path) -> bytes:
    """KeystoreProblem where others may read either file, or the password is another one's."""
    text, password = read_secret(keystore), read_secret(password_file)
    try:
        return bytes(Account.decrypt(json.loads(text), password))
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError):
        # The library's message can hold parts of the file.
        raise KeystoreProblem(str(keystore), f"does not open with the password in {password_file}") from None


def new_keystore(keystore: Path, password_file: Path) -> Address:
    """A new key in a new file, encrypted by the password in the other one."""
    password = read_secret(password_file)
    if not password:
        raise KeystoreProblem(str(password_file), "is empty")
    account = Account.create()
    write_secret(keystore, json.dumps(Account.encrypt(account.key, password)) + "\n")
    return address_of(bytes(account.key))
