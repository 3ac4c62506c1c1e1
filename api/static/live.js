// Keeps a page as fresh as the index: the age of its figures grows by the second, and parts marked data-live are taken
// anew when the index has read another block. Without it a reload does the same.

const EVERY = 5_000;
const OLD = 60;
const place = document.querySelector("[data-age]");
const words = Object.fromEntries(["block", "time", "ago"].map((name) => [name, place?.querySelector(`[data-${name}]`)]));
const date = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});
let age = Number(place?.dataset.age ?? 0);
let block = Number(place?.dataset.block ?? 0);
let since = performance.now();

function showAge() {
  const seconds = age + Math.floor((performance.now() - since) / 1_000);
  words.ago.textContent = seconds < 120 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} minutes ago`;
  place.classList.toggle("old", seconds >= OLD);
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch("/api/v1/status").catch(() => null);
  if (!answer?.ok) return;
  const status = await answer.json();
  [age, since] = [status.age_seconds, performance.now()];
  words.block.textContent = status.block_number.toLocaleString("en-GB").replaceAll(",", "\u202f");
  words.time.dateTime = status.block_at;
  words.time.textContent = `${date.format(new Date(status.block_at)).replace(" at ", ", ")} UTC`;
  showAge();
  if (status.block_number !== block) await renew(status.block_number);
}

/** Parts are replaced one by one, so what the reader opened or works on elsewhere stays as it is. */
async function renew(number) {
  const places = [...document.querySelectorAll("[data-live]")];
  if (!places.length || places.some((part) => part.contains(document.activeElement))) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const news = [...page.querySelectorAll("[data-live]")];
  if (news.length !== places.length) return;
  block = number;
  places.forEach((part, index) => {
    if (part.innerHTML !== news[index].innerHTML) part.replaceChildren(...news[index].childNodes);
  });
}

if (place) {
  setInterval(showAge, 1_000);
  setInterval(refresh, EVERY);
  showAge();
}
