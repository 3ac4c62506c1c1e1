// The form: the client's address from a wallet, and the symbol of the token that is chosen. Works without it.

import { connect, explain, watchWallets } from "./wallet.js";

document.getElementById("fault-summary")?.focus();

const token = document.getElementById("token");
token?.addEventListener("change", () => {
  const symbol = token.selectedOptions[0]?.textContent.split(" ")[0] ?? "";
  for (const place of document.querySelectorAll("[data-token-symbol]")) place.textContent = symbol;
});

const fill = document.querySelector("[data-fill]");
let wallet = null;
watchWallets((wallets) => {
  wallet = wallets[0] ?? null;
  if (wallet) Object.assign(fill, { hidden: false, textContent: `Use the address of ${wallet.name}` });
});
fill?.addEventListener("click", async () => {
  const field = document.getElementById(fill.dataset.fill);
  try {
    field.value = await connect(wallet);
    fill.after("");
  } catch (error) {
    fill.textContent = explain(error).replace("Nothing was sent. ", "");
  }
});
