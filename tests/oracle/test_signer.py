"""Keys: encrypted files that only their owner can read, and what is said when one can't be used."""

import json
import stat
from pathlib import Path

import pytest

from escrow.accounts import Account
from escrow.errors import KeystoreProblem
from escrow.report import recover
from oracle.secret_file import write_secret
from oracle.signer import Signer, new_keystore, read_key
from tests import factories

KEY = factories.key("oracle-a")
DIGEST = b"\x12" * 32


@pytest.fixture
def password(tmp_path: Path) -> Path:
    write_secret(tmp_path / "password", "correct horse\n")
    return tmp_path / "password"


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    text = json.dumps(Account.encrypt(KEY, "correct horse", kdf="pbkdf2", iterations=1_000))
    write_secret(tmp_path / "key.json", text)
    return tmp_path / "key.json"


def test_read_key__right_password__is_the_key(keystore: Path, password: Path) -> None:
    assert read_key(keystore, password) == KEY


def test_new_keystore__is_encrypted_for_its_owner_alone_and_opens(tmp_path: Path, password: Path) -> None:
    path = tmp_path / "new.json"
    address = new_keystore(path, password)
    key = read_key(path, password)
    assert Signer(key).address == address
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["crypto"]["kdf"] == "scrypt" and key.hex() not in path.read_text()


def test_new_keystore__over_an_old_one__is_refused(keystore: Path, password: Path) -> None:
    before = keystore.read_text()
    with pytest.raises(KeystoreProblem, match="File exists"):
        new_keystore(keystore, password)
    assert keystore.read_text() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
@pytest.mark.parametrize("which", ["key.json", "password"])
def test_read_key__file_that_others_can_read__is_refused(keystore: Path, password: Path, which: str, mode: int) -> None:
    (keystore.parent / which).chmod(mode)
    with pytest.raises(KeystoreProblem, match="chmod 600"):
        read_key(keystore, password)


def test_read_key__wrong_password__is_refused_without_saying_it(keystore: Path, tmp_path: Path) -> None:
    write_secret(tmp_path / "wrong", "battery staple")
    with pytest.raises(KeystoreProblem, match="does not open") as refused:
        read_key(keystore, tmp_path / "wrong")
    assert "battery" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"crypto": {}, "version": 3}', '{"version": 9}'])
def test_read_key__file_that_is_no_keystore__is_refused(tmp_path: Path, password: Path, text: str) -> None:
    write_secret(tmp_path / "odd.json", text)
    with pytest.raises(KeystoreProblem, match="does not open"):
        read_key(tmp_path / "odd.json", password)


def test_read_key__missing_file__is_refused(tmp_path: Path, password: Path) -> None:
    with pytest.raises(KeystoreProblem, match="No such file"):
        read_key(tmp_path / "none.json", password)


def test_signer__same_digest__gives_the_same_signature_by_its_address() -> None:
    signature = Signer(KEY).sign(DIGEST)
    assert signature == Signer(KEY).sign(DIGEST)
    assert recover(DIGEST, signature) == Signer(KEY).address == factories.person("oracle-a")
