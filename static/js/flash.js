// What a page says once: it can be clicked away, and a reload does not say it again.

const flash = document.querySelector(".flash");
flash.querySelector(".flash__close").addEventListener("click", () => {
  flash.remove();
  // The focus stays on the page that the sentence stood on.
  const main = document.getElementById("main");
  main.tabIndex = -1;
  main.focus({ preventScroll: true });
});

// Some sentences travel in the address.
const address = new URL(location.href);
for (const word of ["why", "sent"]) address.searchParams.delete(word);
if (address.href !== location.href) history.replaceState(history.state, "", address);
