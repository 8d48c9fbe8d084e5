// Finding people while one types. Without it the form does the same, page by page.

const WAIT_MS = 200;
const LEAST = 2;

const form = document.getElementById("find");
const field = document.getElementById("q");
const list = document.getElementById("found");
const nobody = document.getElementById("nobody");
const news = document.getElementById("news");
const template = document.getElementById("found-template");
let timer = null;
let asked = null;

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, WAIT_MS);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  look();
});

// What was typed before this ran.
if (field.value !== field.defaultValue) look();

async function look() {
  const q = field.value.trim();
  // An answer that comes after the next question is nobody's.
  asked?.abort();
  asked = new AbortController();
  history.replaceState(null, "", q ? `/people?${new URLSearchParams({ q })}` : "/people");
  document.getElementById("q-error")?.remove();
  field.removeAttribute("aria-invalid");
  if (!q.split(/\s+/).some((word) => [...word.replace(/^@+/, "")].length >= LEAST)) return show([], "");
  try {
    const answer = await fetch(`/people.json?${new URLSearchParams({ q })}`, { headers: { accept: "application/json" }, signal: asked.signal });
    // Signed out meanwhile, or too fast: the form leads on, or says why.
    if (!answer.ok || answer.redirected) return form.submit();
    const found = await answer.json();
    show(found, found.length === 0 ? "Nobody was found." : `${found.length === 1 ? "One person" : `${found.length} people`} found.`);
    nobody.hidden = found.length > 0;
  } catch (error) {
    if (error.name !== "AbortError") form.submit();
  }
}

function show(found, words) {
  nobody.hidden = true;
  list.replaceChildren(...found.map(row));
  news.textContent = words;
}

function row({ user_id, name, username, initial, hue, online }) {
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.userId = user_id;
  const avatar = item.querySelector(".avatar");
  avatar.dataset.hue = hue;
  avatar.textContent = initial;
  avatar.classList.toggle("avatar--online", online);
  item.querySelector(".person__name bdi").textContent = name;
  item.querySelector(".person__detail bdi").textContent = username;
  const [add, open] = item.querySelectorAll("form");
  add.elements.who.value = `@${username}`;
  add.querySelector("button").setAttribute("aria-label", `Add ${name} to your contacts`);
  open.setAttribute("action", `/people/${user_id}/open`);
  open.querySelector("button").setAttribute("aria-label", `Message ${name}`);
  return item;
}
