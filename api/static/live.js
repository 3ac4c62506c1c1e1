// Keeps a page as fresh as the index: the age of its figures grows by the second, and parts marked data-live are
// taken anew when the server has new ones. Without it a reload does the same.

const EVERY = 5_000;
const OLD = 60;
const loaded = performance.now();
let latest = loaded;

function showAge() {
  for (const place of document.querySelectorAll("[data-age]")) {
    const seconds = Number(place.dataset.age) + Math.floor((performance.now() - latest) / 1000);
    const words = place.querySelector("[data-age-words]");
    words.textContent = seconds < 120 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} minutes ago`;
    place.classList.toggle("old", seconds >= OLD);
  }
}

/** Parts are replaced one by one, so what the reader opened or focuses elsewhere stays as it is. */
async function refresh() {
  const places = [...document.querySelectorAll("[data-live]")];
  if (document.hidden || !places.length || places.some((place) => place.contains(document.activeElement))) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const news = [...page.querySelectorAll("[data-live]")];
  if (news.length !== places.length) return location.reload();
  latest = performance.now();
  places.forEach((place, index) => {
    if (place.innerHTML !== news[index].innerHTML) place.replaceChildren(...news[index].childNodes);
  });
  showAge();
}

setInterval(showAge, 1_000);
setInterval(refresh, EVERY);
showAge();
