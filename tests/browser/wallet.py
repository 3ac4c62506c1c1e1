"""A wallet for tests: announced in the page by EIP-6963, answering EIP-1193 from the local chain's unlocked accounts.

It counts its prompts, refuses when told to, and can be on another chain. The page can't reach the chain itself: its
content security policy forbids that, as it should.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from playwright.sync_api import BrowserContext

PROMPTS = frozenset(
    {
        "eth_requestAccounts",
        "eth_sendTransaction",
        "eth_signTypedData_v4",
        "wallet_switchEthereumChain",
        "wallet_addEthereumChain",
    }
)
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Crect width='8' height='8' rx='2' fill='%23f6851b'/%3E%3C/svg%3E"
)
_SCRIPT = """
(() => {
  const listeners = {};
  const provider = {
    async request({ method, params }) {
      const answer = JSON.parse(await window.testWallet(method, JSON.stringify(params ?? [])));
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
    on(name, listener) { (listeners[name] ??= []).push(listener); },
  };
  window.walletEvent = (name, value) => (listeners[name] ?? []).forEach((listener) => listener(value));
  const detail = Object.freeze({ info: { uuid: "test", name: NAME, icon: ICON, rdns: "org.example.test" }, provider });
  const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", () => setTimeout(announce, DELAY));
})();
"""


@dataclass
class TestWallet:
    """`refuse`: methods that the next prompt of their kind answers with the code, once each."""

    __test__ = False

    rpc_url: str
    account: str
    chain_id: int
    chain_now: int | None = None
    refuse: dict[str, int] = field(default_factory=dict)
    prompts: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    is_connected: bool = False

    def install(self, context: BrowserContext, name: str = "Test Wallet", delay: int = 0) -> None:
        """Every page of the context sees this wallet, `delay` milliseconds after it asked."""
        context.expose_function("testWallet", self._answer)
        script = _SCRIPT.replace("NAME", json.dumps(name)).replace("ICON", json.dumps(ICON))
        context.add_init_script(script.replace("DELAY", str(delay)))

    def _answer(self, method: str, params: str) -> str:
        if method in PROMPTS:
            self.prompts.append(method)
        if method in self.refuse:
            code = self.refuse.pop(method)
            return json.dumps({"error": {"code": code, "message": "the test wallet refuses"}})
        return json.dumps(self._do(method, json.loads(params)))

    def _do(self, method: str, params: list[Any]) -> dict[str, Any]:
        match method:
            case "eth_requestAccounts":
                self.is_connected = True
                return {"result": [self.account]}
            case "eth_accounts":
                return {"result": [self.account] if self.is_connected else []}
            case "eth_chainId":
                return {"result": hex(self.chain_now or self.chain_id)}
            case "wallet_switchEthereumChain":
                self.chain_now = int(params[0]["chainId"], 16)
                return {"result": None}
            case "eth_sendTransaction":
                self.sent.append(params[0])
            case "eth_signTypedData_v4":
                params[1] = json.loads(params[1])
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer: dict[str, Any] = httpx.post(self.rpc_url, json=request, timeout=20).json()
        return answer
