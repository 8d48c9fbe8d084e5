// Desktop notifications while a tab lives. Asked for by a button in the settings, never on load.

import { load, save } from "./storage.js";

const KEY = "chinwag.notify";

export const possible = () => "Notification" in window;
export const wanted = () => possible() && Notification.permission === "granted" && load(KEY, false);
export const refused = () => possible() && Notification.permission === "denied";

export async function setWanted(on) {
  save(KEY, on && (await Notification.requestPermission()) === "granted");
}

/** One per chat: a newer message replaces the older. */
export function notify(title, body, path) {
  if (!wanted() || document.visibilityState === "visible") return;
  try {
    const note = new Notification(title, { body: body.slice(0, 200), tag: path });
    note.onclick = () => {
      window.focus();
      note.close();
      if (location.pathname !== path) location.assign(path);
    };
  } catch {
    // Some phones only allow them from a service worker.
  }
}
