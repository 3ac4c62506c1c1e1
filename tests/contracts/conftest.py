"""People, contracts and deals of the contract tests. Every fixture is valid; a test states only what matters to it."""

import json
from pathlib import Path

import clock
import moods
import pytest
from brownie import ZERO_ADDRESS, PerformanceEscrow, accounts, history, network, web3
from deals import Coin, Deal, People
from eth_utils import keccak
from paying import Stage as PayingStage
from signing import ascending, member
from terms import CUMULATIVE, DAY, HOUR, PER_PERIOD, Terms, per_unit

EXPORTED = Path(__file__).resolve().parents[2] / "escrow" / "abi" / "PerformanceEscrow.json"
NOW = clock.EPOCH
FORTUNE = 10**15
NAMES = ("client", "agency", "keeper", "stranger", "patron", "arbiter")
PARTIES = ("client", "agency", "token", "arbiter")


def pytest_ignore_collect(collection_path, config):
    """Tokens that burn all gas or answer with megabytes bring Ganache down, so Anvil alone plays them."""
    if collection_path.name == "test_hostile_tokens.py" and "ganache-cli" in (config.getoption("--network") or ()):
        return True
    return None


@pytest.fixture(scope="session", autouse=True)
def what_the_product_deploys():
    """To the byte. Brownie does not build a contract anew when only code that it embeds was changed."""
    if "0x" + PerformanceEscrow._build["bytecode"] != json.loads(EXPORTED.read_text())["bytecode"]:
        pytest.exit(f"the escrow in build/brownie is not the one in {EXPORTED.name}: make clean abi", returncode=1)


@pytest.fixture(scope="session", autouse=True)
def test_chain():
    # Ganache never mines what pays less than its base fee, and Brownie would offer 0.
    network.gas_price("2 gwei")
    clock.install()


@pytest.fixture(scope="module")
def people(module_isolation):
    """Each with a key of its own, coins, and nonce 0 used: Ganache executes raw transactions of nonce 0 again."""
    clock.pass_to(clock.EPOCH - DAY)
    found = {}
    for index, name in enumerate(NAMES):
        account = accounts.add(keccak(text=f"tests/contracts {name}").hex())
        accounts[index].transfer(account, "500 ether")
        account.transfer(account, 0)
        found[name] = account
    return found


@pytest.fixture(scope="module")
def client(people):
    return people["client"]


@pytest.fixture(scope="module")
def agency(people):
    return people["agency"]


@pytest.fixture(scope="module")
def keeper(people):
    """Submits what anyone may submit."""
    return people["keeper"]


@pytest.fixture(scope="module")
def stranger(people):
    return people["stranger"]


@pytest.fixture(scope="module")
def arbiter(people):
    return people["arbiter"]


@pytest.fixture(scope="module")
def patron(people):
    """Pays for deals of others."""
    return people["patron"]


@pytest.fixture(scope="module")
def escrow(PerformanceEscrow, keeper):
    return PerformanceEscrow.deploy({"from": keeper})


@pytest.fixture(scope="module")
def dollar(TestDollar, keeper, client, patron):
    token = TestDollar.deploy({"from": keeper})
    token.mint(client, FORTUNE, {"from": keeper})
    token.mint(patron, FORTUNE, {"from": keeper})
    return token


@pytest.fixture(scope="module")
def moody(MoodyToken, keeper, client, patron):
    token = MoodyToken.deploy({"from": keeper})
    token.mint(client, FORTUNE, {"from": keeper})
    token.mint(patron, FORTUNE, {"from": keeper})
    return token


@pytest.fixture(scope="module")
def oracle_a():
    return member("oracle a")


@pytest.fixture(scope="module")
def oracle_b():
    return member("oracle b")


@pytest.fixture(scope="module")
def oracle_c():
    return member("oracle c")


@pytest.fixture(scope="module")
def oracles(oracle_a, oracle_b, oracle_c):
    """All three in the order of their addresses, which is that of their indexes too."""
    return ascending([oracle_a, oracle_b, oracle_c])


@pytest.fixture(scope="module")
def create_committee(escrow, keeper):
    def create(members, least, most=None, *, admin=ZERO_ADDRESS, delay=0, salt=0, by=keeper, at=None, on=escrow):
        clock.next_transaction_at(at)
        addresses = [each.address for each in members]
        most = len(members) if most is None else most
        tx = on.createCommittee(admin, delay, least, most, addresses, salt, {"from": by})
        return bytes.fromhex(str(tx.events["CommitteeCreated"]["committee"])[2:])

    return create


@pytest.fixture(scope="module")
def committee(create_committee, oracles):
    """Of three without an admin; two or three of them must sign."""
    return create_committee(oracles, 2)


@pytest.fixture(scope="module")
def settled_chain(escrow, dollar, moody, committee):
    """Everything that a whole module shares is there, and it is EPOCH."""
    clock.pass_to(clock.EPOCH)


@pytest.fixture(autouse=True)
def isolation(settled_chain, fn_isolation):
    """Each test begins with the same chain, and without transactions that were undone.

    Brownie can keep one when another thread of its looks at the list meanwhile, and then waits for its nonce for ever.
    """
    history.clear()
    clock.next_transaction_at(None)


@pytest.fixture
def coin(request, dollar):
    """The dollar, or what `both_coins` says."""
    return Coin(None if getattr(request, "param", "dollar") == "eth" else dollar)


@pytest.fixture(scope="module")
def terms(client, agency, committee):
    """Three periods of 30 days from tomorrow, cumulative, 100 units for each counted one, up to a budget of 100,000."""
    return Terms(
        client=client.address,
        agency=agency.address,
        token=ZERO_ADDRESS,
        budget=100_000,
        open_before=NOW + DAY,
        committee=committee,
        quorum=2,
        arbiter=ZERO_ADDRESS,
        agreement=bytes.fromhex("a9" * 32),
        basis=CUMULATIVE,
        starts_at=NOW + DAY,
        period_length=30 * DAY,
        periods=3,
        report_grace=14 * DAY,
        challenge_window=0,
        ruling_window=0,
        self_report=0,
        notice_period=HOUR,
        retention_bps=0,
        base_per_period=0,
        cap=0,
        steps=(per_unit(100),),
        salt=1,
    )


@pytest.fixture
def make_deal(escrow, terms, coin, people, oracles):
    """A deal that is not opened yet; `token` is a contract to pay in, in place of the fixture's coin."""

    def make(*, token=None, on=escrow, **changes) -> Deal:
        money = Coin(token) if token else coin
        parties = {name: getattr(changes[name], "address", changes[name]) for name in PARTIES if name in changes}
        changed = terms.but(**{"token": money.address, **changes, **parties})
        return Deal(on, changed, money, People(**people), oracles)

    return make


@pytest.fixture
def open_deal(make_deal):
    def make(*, amount=None, by=None, at=None, **changes) -> Deal:
        deal = make_deal(**changes)
        deal.open(amount, by=by, at=at)
        return deal

    return make


@pytest.fixture
def open_contested(open_deal, people):
    """A deal with an arbiter: three days to dispute a report, five to rule, and the agency may report itself."""

    def make(**changes) -> Deal:
        disputes = {"arbiter": people["arbiter"], "challenge_window": 3 * DAY, "ruling_window": 5 * DAY}
        flag = 0 if changes.get("basis") == PER_PERIOD else 1
        return open_deal(**{**disputes, "self_report": flag, **changes})

    return make


@pytest.fixture
def moody_receiver(MoodyReceiver, people):
    """A party that is a contract; made anew for each test."""

    def make(mood: str = "Accepts"):
        receiver = MoodyReceiver.deploy({"from": people["keeper"]})
        receiver.setMood(moods.RECEIVER.index(mood), {"from": people["keeper"]})
        return receiver

    return make


@pytest.fixture
def paying_stage(escrow, moody_receiver, people, open_deal, open_contested, make_deal, oracles, committee):
    """Where the scenes of paying.py are made, with a party that is a contract."""
    return PayingStage(escrow, moody_receiver(), people, open_deal, open_contested, make_deal, oracles, committee)


@pytest.fixture
def signing_party(SigningParty, keeper):
    """A party that is a contract, whose signatures are those of the keeper (ERC-1271)."""
    return SigningParty.deploy({"from": keeper})


@pytest.fixture
def set_mood(moody, keeper):
    """How the moody token pays, and how it takes."""

    def change(*, paying: str = "Honest", taking: str = "Honest"):
        moody.setPayingMood(moods.TOKEN.index(paying), {"from": keeper})
        moody.setTakingMood(moods.TOKEN.index(taking), {"from": keeper})

    return change


@pytest.fixture
def set_code():
    """Replaces the code at an address, as a token that destroyed itself would."""

    def put(address: str, code: str) -> None:
        method = "anvil_setCode" if clock.is_anvil() else "evm_setAccountCode"
        web3.provider.make_request(method, [address, code])

    return put
