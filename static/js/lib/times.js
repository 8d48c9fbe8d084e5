// Times as the reader's clock and language say them. The server writes UTC; this puts them right.

const language = document.documentElement.lang || "en";
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(language, { weekday: "long" });
const date = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
const fullDate = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });

const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
const daysAgo = (moment) => Math.round((midnight(new Date()) - midnight(moment)) / 86_400_000);

/** "14:05" */
export const timeLabel = (moment) => clock.format(moment);

/** "Today", "Yesterday", "Monday", "3 May", "3 May 2025" */
export function dayLabel(moment) {
  const days = daysAgo(moment);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days > 1 && days < 7) return weekday.format(moment);
  return (moment.getFullYear() === new Date().getFullYear() ? date : fullDate).format(moment);
}

/** The shortest that tells: a time today, a day before that. */
export const shortLabel = (moment) => (daysAgo(moment) === 0 ? timeLabel(moment) : dayLabel(moment));

/** "today 14:05", "3 May 14:05" */
export function longLabel(moment) {
  const day = dayLabel(moment);
  return `${/day$/i.test(day) && daysAgo(moment) < 2 ? day.toLowerCase() : day} ${timeLabel(moment)}`;
}

export const exactLabel = (moment) => exact.format(moment);
export const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** Shows `iso` in a <time>, with the exact moment as its tooltip. */
export function setTime(element, iso, label) {
  if (!iso) return;
  const moment = new Date(iso);
  element.dateTime = iso;
  element.textContent = label(moment);
  element.title = exactLabel(moment);
}

/** Puts every time that the server wrote into the reader's zone. */
export function localise(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const label = "long" in element.dataset ? longLabel : element.matches(".row__time") ? shortLabel : timeLabel;
    if (!element.closest(".log__divider")) setTime(element, element.dateTime, label);
  }
}
