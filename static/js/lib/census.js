// How many are online and how many wait, asked for while somebody looks.

const EVERY_MS = 5_000;

/** Shows the numbers in `data-count="online"` and "waiting" as long as `wanted()`. */
export function countPeople(wanted = () => true) {
  const show = (what, count) => {
    for (const place of document.querySelectorAll(`[data-count=${what}]`)) place.textContent = count;
  };
  const look = async () => {
    if (document.visibilityState !== "visible" || !wanted()) return;
    const answer = await fetch("/match/now", { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const { online, waiting } = await answer.json();
    show("online", online);
    show("waiting", waiting);
  };
  const quietly = () => look().catch(() => {});
  setInterval(quietly, EVERY_MS);
  document.addEventListener("visibilitychange", quietly);
  return quietly;
}
