// The directory of rooms: the list follows what is typed, and the form that makes one is posted once.

import { focusError, postOnce } from "./lib/forms.js";
import { localise } from "./lib/times.js";

class Directory {
  #box = document.getElementById("q");
  #rooms = [...document.getElementById("directory").children];
  #found = document.getElementById("found");

  constructor() {
    document.getElementById("find").hidden = true;
    document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
    this.#box.addEventListener("input", () => this.#filter());
  }

  #filter() {
    const words = this.#box.value.trim().toLowerCase();
    const fitting = this.#rooms.filter((room) => {
      room.hidden = !room.dataset.words.includes(words);
      return !room.hidden;
    });
    document.getElementById("no-rooms").hidden = fitting.length > 0;
    this.#found.textContent = words ? `${fitting.length} ${fitting.length === 1 ? "room" : "rooms"}` : "";
    history.replaceState(null, "", words ? `/rooms?q=${encodeURIComponent(words)}` : "/rooms");
  }
}

postOnce();
focusError();
localise();
new Directory();
