// The check page's wallet steps: connect, right chain, then one click for each prompt, until the index shows the deal.
// Pending is never shown as done: sent, then in a block, then known here.

import { Refused, checkPermit, checkTransaction } from "./check.js";
import { chainOf, connect, connectedAccount, explain, pause, receiptOf, send, sign, switchChain, watchWallets } from "./wallet.js";

const panel = document.getElementById("fund");
const { draft, deal, amountText } = panel.dataset;
const chain = { id: Number(panel.dataset.chain), name: panel.dataset.chainName, coin: panel.dataset.coin, node: panel.dataset.node };
const shown = Object.fromEntries(
  ["contract", "token", "amount", "client", "agency"].map((name) => [name, panel.dataset[name].toLowerCase()]),
);
const memory = `sent:${draft}`;
const [ways, status, actions] = ["ways", "status", "actions"].map((id) => document.getElementById(id));
const state = { wallets: [], wallet: null, account: null, onChain: null, plan: null, way: 0, steps: [], busy: false, done: false };

// What is to be done

async function use(wallet, prompting) {
  const account = prompting ? await connect(wallet) : await connectedAccount(wallet);
  if (!account) return;
  Object.assign(state, { wallet, account });
  wallet.provider.on?.("accountsChanged", (accounts) => changed({ account: accounts[0] ?? null }));
  wallet.provider.on?.("chainChanged", (id) => changed({ onChain: Number(id) }));
  await look();
}

/** Something changed in the wallet. A transaction that is on its way is followed to its end all the same. */
async function changed(news) {
  Object.assign(state, news);
  if (state.done || state.busy) return;
  if (!state.account) Object.assign(state, { wallet: null, plan: null, steps: [] });
  await look();
}

/** Asks the server what this account can do now. */
async function look() {
  if (!state.wallet) return draw();
  state.onChain = await chainOf(state.wallet);
  state.plan = null;
  if (state.onChain !== chain.id) {
    tell(`Nothing was sent. The wallet is on chain ${state.onChain}; this deal is on ${chain.name}, chain ${chain.id}.`);
    return draw();
  }
  state.plan = await ask(`/api/v1/drafts/${draft}/funding?payer=${state.account}`);
  choose(0);
  if (state.plan.problem) tell(`Nothing was sent. ${state.plan.problem.text}`, "error");
  else tell("");
  draw();
}

function choose(index) {
  state.way = index;
  const way = state.plan?.ways[index];
  const signing = way?.signature ? [{ kind: "sign", sentence: way.signature.sentence, verb: "Sign for" }] : [];
  const sending = (way?.transactions ?? []).map((transaction, at, all) => ({
    kind: "send", transaction, sentence: transaction.sentence, verb: at === all.length - 1 ? "Lock" : "Allow",
  }));
  if (way?.signature) sending.push({ kind: "send", transaction: null, sentence: way.signature.then, verb: "Lock" });
  state.steps = [...signing, ...sending].map((step) => ({ ...step, state: "to do" }));
}

async function perform(step) {
  if ((await chainOf(state.wallet)) !== chain.id) return look();
  if (step.kind === "sign") {
    const permit = state.plan.ways[state.way].signature.typed_data;
    checkPermit(permit, state.account, shown, chain.id);
    tell("Look at your wallet: it asks for a signature. Nothing moves by it.");
    const signature = await sign(state.wallet, state.account, permit);
    const body = { payer: state.account, deadline: String(permit.message.deadline), signature };
    state.steps[1].transaction = await ask(`/api/v1/drafts/${draft}/permit`, body);
    step.state = "signed";
    tell("Signed. Nothing was sent yet: the next click sends the transaction.");
    return;
  }
  checkTransaction(step.transaction, shown);
  tell("Look at your wallet: it asks you to confirm the transaction.");
  const hash = await send(state.wallet, state.account, step.transaction);
  const isLast = step === state.steps.at(-1);
  if (isLast) localStorage.setItem(memory, hash);
  step.state = "sent";
  draw();
  tell(`Sent as transaction ${hash}. It is not in a block yet.`);
  const receipt = await receiptOf(state.wallet, hash);
  if (Number(receipt.status) !== 1) {
    localStorage.removeItem(memory);
    step.state = "reverted";
    await look();
    tell("The transaction was reverted: no money moved, except the network fee.", "error");
    return;
  }
  step.state = `in block ${Number(receipt.blockNumber)}`;
  if (!isLast) return tell("The contract may take the amount now. Nothing is locked yet: the next click locks it.");
  state.done = true;
  await arrive(`In block ${Number(receipt.blockNumber)}. The money is locked. Waiting until this site has read that block.`);
}

/** Waits for the same index as everybody, then goes to the deal. */
async function arrive(words) {
  draw();
  tell(words);
  for (;;) {
    const answer = await fetch(`/api/v1/deals/${deal}`, { headers: { accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
      localStorage.removeItem(memory);
      return location.assign(`/deals/${deal}`);
    }
    await pause(700);
  }
}

/** JSON from the server; its problem documents become errors that name the problem. */
async function ask(path, body) {
  const options = { headers: { accept: "application/json", "content-type": "application/json" } };
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  const answer = await fetch(path, options).catch(() => null);
  if (!answer) throw new Refused("Nothing was sent. This site does not answer. Look at the connection, then try again.");
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(`Nothing was sent. ${data.detail ?? data.title ?? `The site answered ${answer.status}.`}`);
  return data;
}

// What is shown

function draw() {
  ways.replaceChildren(...(state.plan && !state.plan.problem ? plan() : []));
  actions.replaceChildren(...buttons());
}

function plan() {
  const { ways: list, warnings } = state.plan;
  const begun = state.steps.some((step) => step.state !== "to do");
  const parts = [element("p", `Account ${state.account}`)];
  parts.push(...warnings.map((text) => element("p", text, "notice")));
  if (list.length > 1 && !begun) {
    const group = element("fieldset");
    group.append(element("legend", "How to pay"));
    list.forEach((way, index) => {
      const label = element("label", "", "choice");
      const radio = Object.assign(element("input"), { type: "radio", name: "way", checked: index === state.way });
      radio.addEventListener("change", () => { choose(index); draw(); });
      label.append(radio, `${way.label} (${way.prompts} confirmations)`);
      group.append(label);
    });
    parts.push(group);
  }
  const count = state.steps.length;
  parts.push(element("p", `Your wallet will ask ${count === 1 ? "once" : `${count} times`}, each time after a click:`));
  const steps = element("ol");
  for (const step of state.steps) {
    const item = element("li", `${step.sentence} `);
    item.append(element("strong", step.state === "to do" ? "" : `${step.state}.`, step.state === "reverted" ? "bad" : "good"));
    steps.append(item);
  }
  return [...parts, steps];
}

function buttons() {
  if (state.done) return [];
  if (!state.wallet) {
    if (!state.wallets.length) return [element("p", "No wallet has shown itself in this browser yet. It may still come; or open this page’s link where your wallet is.", "muted")];
    return state.wallets.map((wallet) => button(`Connect ${wallet.name}`, () => use(wallet, true), wallet.icon));
  }
  if (state.onChain !== chain.id) {
    return [button(`Switch to ${chain.name}`, async () => { await switchChain(state.wallet, chain); await look(); })];
  }
  if (!state.plan || state.plan.problem) return [button("Look again", look)];
  const next = state.steps.find((step) => step.state === "to do" || step.state === "reverted");
  return next ? [button(`${next.verb} ${amountText}`, () => perform(next))] : [];
}

/** One click, one prompt: no button works while an earlier one is not done. */
function button(text, action, icon) {
  const result = element("button", text, icon === undefined ? "" : "wallet-button");
  result.type = "button";
  if (icon) result.prepend(Object.assign(element("img"), { src: icon, alt: "" }));
  result.disabled = state.busy;
  result.addEventListener("click", async () => {
    if (state.busy) return;
    state.busy = true;
    for (const other of actions.querySelectorAll("button")) other.disabled = true;
    result.setAttribute("aria-busy", "true");
    try {
      await action();
    } catch (error) {
      tell(error instanceof Refused ? error.message : explain(error, chain), "error");
    } finally {
      state.busy = false;
      draw();
    }
  });
  return result;
}

function tell(text, kind = "") {
  status.replaceChildren(...(text ? [element("p", text, `notice ${kind}`)] : []));
}

function element(name, text = "", className = "") {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

watchWallets(async (wallets) => {
  state.wallets = wallets;
  if (!state.wallet && !state.busy) draw();
});
if (localStorage.getItem(memory)) arrive(`Sent earlier as transaction ${localStorage.getItem(memory)}. Waiting until it is in a block and this site has read it.`);
