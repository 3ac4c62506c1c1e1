// Wallets of this browser: found by EIP-6963, asked by EIP-1193, their errors told in words, money first.
// Knows no deal and no page.

const found = new Map();
const watchers = new Set();

window.addEventListener("eip6963:announceProvider", (event) => {
  const { info, provider } = event.detail ?? {};
  if (!info?.uuid || !provider?.request || found.has(info.uuid)) return;
  found.set(info.uuid, { uuid: info.uuid, name: String(info.name).slice(0, 40), icon: safeIcon(info.icon), provider });
  for (const watcher of watchers) watcher(wallets());
});

/** Calls back now and for every wallet that announces itself later: some do so seconds after the page is loaded. */
export function watchWallets(watcher) {
  watchers.add(watcher);
  watcher(wallets());
  window.dispatchEvent(new Event("eip6963:requestProvider"));
}

function wallets() {
  return [...found.values()];
}

/** Only pictures that carry their own bytes: a wallet's icon must not make this page ask another host. */
function safeIcon(icon) {
  return typeof icon === "string" && icon.startsWith("data:image/") ? icon : "";
}

/** The account that the wallet gives to this page, or an error. */
export async function connect(wallet) {
  const accounts = await wallet.provider.request({ method: "eth_requestAccounts" });
  if (!accounts?.length) throw { code: 4100 };
  return accounts[0];
}

/** The account that this page has been given before, without a prompt; null if none. */
export async function connectedAccount(wallet) {
  try {
    return (await wallet.provider.request({ method: "eth_accounts" }))[0] ?? null;
  } catch {
    return null;
  }
}

export async function chainOf(wallet) {
  return Number(await wallet.provider.request({ method: "eth_chainId" }));
}

/** Asks the wallet to change to the chain; one that does not know it gets it added, if a public node is known. */
export async function switchChain(wallet, chain) {
  const chainId = "0x" + chain.id.toString(16);
  try {
    await wallet.provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  } catch (error) {
    if (codeOf(error) !== 4902 || !chain.node) throw error;
    const nativeCurrency = { name: chain.coin, symbol: chain.coin, decimals: 18 };
    const added = { chainId, chainName: chain.name, rpcUrls: [chain.node], nativeCurrency };
    await wallet.provider.request({ method: "wallet_addEthereumChain", params: [added] });
  }
}

export function sign(wallet, account, typedData) {
  return wallet.provider.request({ method: "eth_signTypedData_v4", params: [account, JSON.stringify(typedData)] });
}

/** The hash of the transaction, as soon as the wallet has sent it. */
export function send(wallet, account, transaction) {
  const { to, data } = transaction;
  const value = "0x" + BigInt(transaction.value).toString(16);
  return wallet.provider.request({ method: "eth_sendTransaction", params: [{ from: account, to, data, value }] });
}

/** The receipt once the transaction is in a block; asks the wallet's own node, every second. */
export async function receiptOf(wallet, hash, signal) {
  while (!signal?.aborted) {
    const receipt = await wallet.provider.request({ method: "eth_getTransactionReceipt", params: [hash] }).catch(() => null);
    if (receipt?.blockNumber) return receipt;
    await pause(1000);
  }
  return null;
}

export function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** What happened, in words that say first where the money is. */
export function explain(error, chain) {
  const nothing = "Nothing was sent.";
  switch (codeOf(error)) {
    case 4001:
      return `${nothing} You refused it in the wallet. You can try again whenever you like.`;
    case 4100:
      return `${nothing} The wallet has not given this page an account. Unlock it, or allow this site there.`;
    case 4902:
      return `${nothing} The wallet does not know ${chain?.name ?? "this chain"}. Add chain ${chain?.id ?? ""} to it, then try again.`;
    case -32002:
      return `${nothing} The wallet has a request open already. Look at its window, and answer it there.`;
  }
  return `${nothing} ${error?.message ? `The wallet says: ${String(error.message).slice(0, 200)}` : "The wallet gave no reason."}`;
}

/** Wallets put the code of the chain's own error one level down. */
function codeOf(error) {
  return error?.data?.originalError?.code ?? error?.code;
}
