// Reads the server's draft for itself: what the wallet is asked to sign must be what the page shows.
// A difference throws Refused, and nothing is asked of the wallet. Knows calldata; knows no wallet.

export const SELECTORS = {
  approve: "0x095ea7b3",
  open: "0xe879b6ff",
  openWithPermit: "0xa0a923b2",
};
const ZERO = "0x" + "0".repeat(40);

export class Refused extends Error {}

/** `shown`: contract, token, amount (base units, text), client and agency as the page shows them; addresses lower case. */
export function checkTransaction(transaction, shown) {
  const data = String(transaction.data).toLowerCase();
  const selector = data.slice(0, 10);
  if (!/^0x([0-9a-f]{2})*$/.test(data)) refuse("the data", data, "hex");
  if (selector === SELECTORS.approve) checkApproval(transaction, data, shown);
  else if (selector === SELECTORS.open || selector === SELECTORS.openWithPermit) checkOpening(transaction, data, selector, shown);
  else refuse("the call", selector, "an opening or an approval");
}

/** The permit that is signed: this owner lets this contract take this amount of this token, on this chain. */
export function checkPermit(permit, account, shown, chainId) {
  const { domain, message } = permit;
  expect("the kind of signature", permit.primaryType, "Permit");
  expect("the token", lower(domain.verifyingContract), shown.token);
  expect("the chain", Number(domain.chainId), chainId);
  expect("the owner", lower(message.owner), lower(account));
  expect("the contract", lower(message.spender), shown.contract);
  expect("the amount", String(message.value), shown.amount);
}

function checkApproval(transaction, data, shown) {
  expect("the token", lower(transaction.to), shown.token);
  expect("the contract", address(word(data, 0)), shown.contract);
  expect("the amount", word(data, 1).toString(), shown.amount);
  expect("the coins sent along", BigInt(transaction.value), 0n);
}

function checkOpening(transaction, data, selector, shown) {
  const isCoin = shown.token === ZERO;
  expect("the contract", lower(transaction.to), shown.contract);
  expect("the amount", word(data, 1).toString(), shown.amount);
  expect("the coins sent along", BigInt(transaction.value), isCoin ? BigInt(shown.amount) : 0n);
  if (isCoin && selector !== SELECTORS.open) refuse("the call", selector, SELECTORS.open);
  // The packed terms: in each of the first words an address stands in the lowest 160 bits.
  const terms = Number(word(data, 0)) / 32 + 1;
  expect("the client", address(word(data, terms)), shown.client);
  expect("the agency", address(word(data, terms + 1)), shown.agency);
  expect("the token", address(word(data, terms + 2)), shown.token);
}

function word(data, index) {
  const text = data.slice(10 + 64 * index, 74 + 64 * index);
  if (text.length !== 64) refuse("the data", `${data.length} digits`, "longer");
  return BigInt("0x" + text);
}

function address(value) {
  return "0x" + (value & ((1n << 160n) - 1n)).toString(16).padStart(40, "0");
}

function lower(text) {
  return String(text).toLowerCase();
}

function expect(what, given, wanted) {
  if (given !== wanted) refuse(what, given, wanted);
}

function refuse(what, given, wanted) {
  throw new Refused(`Nothing was sent. The draft’s transaction differs from this page: ${what} is ${given}, not ${wanted}.`);
}
