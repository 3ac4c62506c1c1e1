"""A client makes a deal in a real browser and locks its money, in each way that token and wallet allow."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from scripts.stack import Stack
from tests.browser.journey import LOCK, Journey
from tests.browser.wallet import TestWallet
from tests.browser.watched import WatchedPage

Install = Callable[[], WatchedPage]


@pytest.fixture
def client(with_wallet: Install, stack: Stack) -> Journey:
    return Journey(with_wallet(), stack)


def test_permit__one_signature_and_one_transaction__opens_the_deal(client: Journey, client_wallet: TestWallet) -> None:
    client.draft(Title="Funded by permit")
    client.click("Connect Test Wallet")
    expect(client.page.locator("#ways")).to_contain_text("Your wallet will ask 2 times")
    client.watched.photograph("check-connected")
    client.click("Sign for 400 000.00 TUSD")
    client.expect_status("Nothing was sent yet")
    client.watched.photograph("check-signed")
    client.click(LOCK)
    client.expect_deal("Funded by permit")
    assert client_wallet.prompts == ["eth_requestAccounts", "eth_signTypedData_v4", "eth_sendTransaction"]
    client.watched.photograph("deal-scheduled")


def test_approve__two_transactions__opens_the_deal(client: Journey, client_wallet: TestWallet) -> None:
    client.draft(Title="Funded by approval")
    client.click("Connect Test Wallet")
    client.page.get_by_label("Two transactions").check()
    client.click("Allow 400 000.00 TUSD")
    client.expect_status("Nothing is locked yet")
    assert client_wallet.prompts[1:] == ["eth_sendTransaction"], "the second prompt needs a click of its own"
    client.click(LOCK)
    client.expect_deal("Funded by approval")
    assert len(client_wallet.sent) == 2


def test_coin__one_transaction__opens_the_deal(client: Journey, client_wallet: TestWallet) -> None:
    client.fill(
        "base",
        Title="Funded in ETH",
        Price_per_unit="",
        Base_per_period="5",
        Share_per_unit="0.05",
        Budget="80",
        Last_day="2008-07-29",
    )
    client.page.get_by_label("Paid in").select_option(label="ETH (the chain’s coin)")
    expect(client.page.locator("[data-token-symbol]").first).to_have_text("ETH")
    client.check()
    client.watched.photograph("check-base")
    client.click("Connect Test Wallet")
    client.click("Lock 80.00 ETH")
    client.expect_deal("Funded in ETH")
    assert int(client_wallet.sent[0]["value"], 16) == 80 * 10**18


def test_refusal__at_each_prompt__leaves_the_page_ready(client: Journey, client_wallet: TestWallet) -> None:
    client.draft(Title="Refused at first")
    client_wallet.refuse["eth_requestAccounts"] = 4001
    client.click("Connect Test Wallet")
    client.expect_status("Nothing was sent. You refused it in the wallet.")
    client.click("Connect Test Wallet")
    client_wallet.refuse["eth_signTypedData_v4"] = 4001
    client.click("Sign for")
    client.expect_status("Nothing was sent. You refused it in the wallet.")
    client.watched.photograph("check-refused")
    client.click("Sign for")
    client_wallet.refuse["eth_sendTransaction"] = -32002
    client.click(LOCK)
    client.expect_status("Nothing was sent. The wallet has a request open already.")
    client.click(LOCK)
    client.expect_deal("Refused at first")
    assert client_wallet.prompts.count("eth_sendTransaction") == 2


def test_wallet__on_another_chain__is_told_and_switched(client: Journey, client_wallet: TestWallet) -> None:
    client.draft()
    client_wallet.chain_now = 1
    client.click("Connect Test Wallet")
    client.expect_status("Nothing was sent. The wallet is on chain 1; this deal is on Local test chain, chain 31337.")
    assert client_wallet.sent == []
    client.watched.photograph("check-wrong-chain")
    client_wallet.refuse["wallet_switchEthereumChain"] = 4902
    client.click("Switch to Local test chain")
    client.expect_status("The wallet does not know Local test chain")
    client.click("Switch to Local test chain")
    expect(client.page.locator("#fund").get_by_role("button", name="Sign for")).to_be_visible()


def test_wallet__changes_chain_while_open__is_noticed(client: Journey, client_wallet: TestWallet) -> None:
    client.draft()
    client.click("Connect Test Wallet")
    expect(client.page.locator("#fund").get_by_role("button", name="Sign for")).to_be_visible()
    client_wallet.chain_now = 10
    client.page.evaluate("walletEvent('chainChanged', '0xa')")
    client.expect_status("The wallet is on chain 10")


def test_wallet__of_another_account__is_warned_and_told_of_its_balance(
    client: Journey, client_wallet: TestWallet, stack: Stack
) -> None:
    client.draft()
    client_wallet.account = stack.keys["stranger"].address
    client.click("Connect Test Wallet")
    client.expect_status("Nothing was sent. This account has 0.00 TUSD; the deal locks 400 000.00 TUSD.")
    client.watched.photograph("check-poor")
    client_wallet.account = stack.keys["client"].address
    client.page.evaluate(f"walletEvent('accountsChanged', ['{client_wallet.account}'])")
    expect(client.page.locator("#fund").get_by_role("button", name="Sign for")).to_be_visible()


def test_wallet__announced_late__is_found(context, watched: WatchedPage, client_wallet: TestWallet, stack: Stack) -> None:  # type: ignore[no-untyped-def]
    client_wallet.install(context, name="Late Wallet", delay=1_500)
    journey = Journey(watched, stack)
    journey.draft()
    expect(watched.page.locator("#actions")).to_contain_text("No wallet has shown itself in this browser yet")
    watched.photograph("check-no-wallet")
    expect(watched.page.get_by_role("button", name="Connect Late Wallet")).to_be_visible()


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("the token", lambda step: step.update(to="0x" + "66" * 20)),
        (
            "the amount",
            lambda step: step.update(data=step["data"].replace(f"{400_000 * 10**6:064x}", f"{400_001 * 10**6:064x}")),
        ),
        ("the coins sent along", lambda step: step.update(value="1")),
        ("the call", lambda step: step.update(data="0xa9059cbb" + step["data"][10:])),
    ],
)
def test_draft__tampered_on_the_way__is_refused_before_any_prompt(
    client: Journey, client_wallet: TestWallet, word: str, change: Callable[[dict[str, str]], None]
) -> None:
    client.draft()

    def tamper(route) -> None:  # type: ignore[no-untyped-def]
        answer = route.fetch()
        plan = answer.json()
        change(plan["ways"][1]["transactions"][0])
        route.fulfill(response=answer, json=plan)

    client.page.route("**/funding*", tamper)
    client.click("Connect Test Wallet")
    client.page.get_by_label("Two transactions").check()
    client.click("Allow")
    client.expect_status(f"Nothing was sent. The draft’s transaction differs from this page: {word} is")
    assert client_wallet.sent == []


def test_permit__tampered_on_the_way__is_refused_before_any_prompt(client: Journey, client_wallet: TestWallet) -> None:
    client.draft()

    def tamper(route) -> None:  # type: ignore[no-untyped-def]
        answer = route.fetch()
        plan = answer.json()
        plan["ways"][0]["signature"]["typed_data"]["message"]["spender"] = "0x" + "66" * 20
        route.fulfill(response=answer, json=plan)

    client.page.route("**/funding*", tamper)
    client.click("Connect Test Wallet")
    client.click("Sign for")
    client.expect_status("the contract is 0x6666666666666666666666666666666666666666")
    assert "eth_signTypedData_v4" not in client_wallet.prompts


def test_form__wallet__fills_the_client_in(client: Journey, client_wallet: TestWallet) -> None:
    client.fill(Client="")
    client.page.get_by_role("button", name="Use the address of Test Wallet").click()
    expect(client.field("Client")).to_have_value(client_wallet.account)
