"""scripts/deploy.py, on the chain of the tests. Tree: trees/deploy.tree."""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from brownie import history, web3
from eth_utils import keccak
from refusals import refused
from terms import ZERO

from scripts import deploy

MOST_CODE = 24_576


@pytest.fixture
def run(capsys):
    """Runs the script and gives the settings that it prints."""

    def main() -> dict[str, str]:
        deploy.main()
        return dict(re.findall(r"^([A-Z_]+)=(\S+)$", capsys.readouterr().out, re.M))

    return main


@pytest.fixture
def pass_for_live(monkeypatch, stranger):
    """The chain of the tests passes for a live one, on which the stranger's account is named `treasury`."""

    deploy.require_factory(is_local=True)

    def change(chain_id: int) -> None:
        settings = SimpleNamespace(network_type="live", active_network={"chainid": chain_id})
        monkeypatch.setattr(deploy, "CONFIG", settings)
        monkeypatch.setattr("builtins.input", lambda prompt: "treasury")
        monkeypatch.setattr(deploy, "accounts", SimpleNamespace(load={"treasury": stranger}.__getitem__))

    return change


@contextmanager
def stopped(thing: str, given: object, limit: object):
    height = web3.eth.block_number
    with pytest.raises(deploy.DeployProblem) as caught:
        yield
    assert str(caught.value) == f"{thing} is {given}, and should be {limit}"
    assert web3.eth.block_number == height


def test_deploy__a_local_chain__deploys_the_escrow_and_names_it(run, PerformanceEscrow):
    printed = run()
    escrow = PerformanceEscrow.at(printed["ESCROW_ADDRESS"])
    assert escrow.eip712Domain()[1:5] == ("PerformanceEscrow", "1", int(printed["ESCROW_CHAIN_ID"]), escrow.address)
    assert len(web3.eth.get_code(escrow.address)) <= MOST_CODE
    block = web3.eth.get_block(int(printed["ESCROW_FROM_BLOCK"]))
    assert web3.eth.get_transaction_receipt(block["transactions"][0])["to"] == deploy.FACTORY


def test_deploy__a_local_chain__gives_the_escrow_the_address_of_its_code(run, PerformanceEscrow):
    code = bytes.fromhex(PerformanceEscrow._build["bytecode"])
    expected = keccak(b"\xff" + bytes.fromhex(deploy.FACTORY[2:]) + bytes(32) + keccak(code))[12:]
    assert bytes.fromhex(run()["ESCROW_ADDRESS"][2:]) == expected


def test_deploy__the_escrow_is_there_already__sends_nothing_and_names_it(pass_for_live, run):
    first = run()
    pass_for_live(web3.eth.chain_id)
    height = web3.eth.block_number
    assert run() == {name: first[name] for name in ("ESCROW_ADDRESS", "ESCROW_CHAIN_ID")}
    assert web3.eth.block_number == height


def test_deploy__the_factory_is_not_there__sends_nothing(pass_for_live, set_code):
    pass_for_live(web3.eth.chain_id)
    set_code(deploy.FACTORY, "0x00")
    with stopped(f"code at {deploy.FACTORY}", "0x00", deploy.FACTORY_CODE):
        deploy.main()


def test_deploy__a_local_chain_has_no_factory__is_given_one(run, set_code):
    set_code(deploy.FACTORY, "0x")
    run()
    assert len(web3.eth.get_code(deploy.FACTORY)) == 69


def test_deploy__a_local_chain__deploys_the_test_dollar_and_names_it(run, TestDollar):
    assert TestDollar.at(run()["API_TOKENS"]).symbol() == "TUSD"


def test_deploy__a_live_network__pays_from_the_account_that_was_named(pass_for_live, run, stranger):
    pass_for_live(web3.eth.chain_id)
    printed = run()
    block = web3.eth.get_block(int(printed["ESCROW_FROM_BLOCK"]), True)
    assert block["transactions"][0]["from"] == stranger


def test_deploy__a_live_network__deploys_no_test_dollar(pass_for_live, run):
    pass_for_live(web3.eth.chain_id)
    height = web3.eth.block_number
    assert "API_TOKENS" not in run()
    assert web3.eth.block_number == height + 1


def test_deploy__another_chain_than_the_one_meant__sends_nothing(pass_for_live):
    pass_for_live(11_155_111)
    with stopped(f"chain id of {deploy.network.show_active()}", web3.eth.chain_id, 11_155_111):
        deploy.main()


def test_deploy__a_fork_of_a_live_chain__sends_nothing(monkeypatch):
    monkeypatch.setattr(deploy, "web3", SimpleNamespace(eth=SimpleNamespace(chain_id=1)))
    with stopped(f"chain id of {deploy.network.show_active()}", 1, "31337 or 1337"):
        deploy.main()


def test_deploy__code_beyond_the_limit__sends_nothing(monkeypatch, escrow):
    size = len(web3.eth.get_code(escrow.address))
    monkeypatch.setattr(deploy, "MOST_CODE", size - 1)
    with stopped("code size of PerformanceEscrow", size, f"at most {size - 1}"):
        deploy.main()


def test_deploy__a_contract_that_was_not_created__is_refused(escrow, keeper):
    with refused("CreditProblem", keeper.address, ZERO, 0):
        escrow.withdraw(ZERO, keeper, {"from": keeper})
    failed = history[-1]
    with stopped(f"status of {failed.txid}", "Reverted", "Confirmed"):
        deploy.deploy(SimpleNamespace(deploy=lambda tx: failed), keeper)


def test_deploy__less_code_at_the_address_than_was_compiled__is_refused(escrow, set_code):
    size = len(web3.eth.get_code(escrow.address))
    set_code(escrow.address, "0x00")
    with stopped(f"code size at {escrow.address}", 1, size):
        deploy.require_code_arrived(escrow)


def test_deploy__the_second_half_of_the_code_is_not_there__is_refused(escrow, set_code):
    address = deploy.rare_calls_address(escrow)
    size = len(web3.eth.get_code(address))
    set_code(address, "0x00")
    with stopped(f"code size at {address}", 1, size):
        deploy.require_code_arrived(escrow)


def test_deploy__a_contract_with_another_domain__is_refused(dollar, escrow):
    with stopped("name of the domain", "Test Dollar", "PerformanceEscrow"):
        deploy.require_domain(dollar, web3.eth.chain_id)
    with stopped("chain id of the domain", web3.eth.chain_id, 1):
        deploy.require_domain(escrow, 1)
