// What those who look after the server have to say, on a page that is open already. Loaded when there is something.

/** Shows it as the page would if it were opened now, with the button that says it was read. */
export async function showNotice() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".caution");
  if (!fresh) return;
  const words = fresh.querySelector("p");
  document.querySelector(".caution")?.remove();
  document.querySelector(".app").before(fresh);
  // Read aloud when it is filled, not when it is put there.
  const text = [...words.childNodes];
  words.replaceChildren();
  words.setAttribute("role", "alert");
  requestAnimationFrame(() => words.append(...text));
}
