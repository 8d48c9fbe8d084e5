// Where one writes: grows, keeps its draft, counts when it gets long, sends or saves an edit.

import { load, save } from "./storage.js";

const TYPING_EVERY_MS = 3_000;

export class Composer {
  #form = document.getElementById("composer");
  #box = document.getElementById("body");
  #editing = document.getElementById("editing");
  #error = document.getElementById("body-error");
  #draftKey;
  #limit;
  #target = null;
  #typedAt = 0;
  #warned = null;
  /** Set by the page: `send(body)`, `typing(on)`, and perhaps `save(item, body)`, `editLast()`, and `warn(body)`: what to think of before it is sent. */
  #acts;

  constructor({ draftKey, limit, signal, ...acts }) {
    this.#draftKey = draftKey;
    this.#limit = limit;
    this.#acts = acts;
    this.#box.value ||= load(draftKey, "");
    // The keyboard of a phone has no other way to a new line; its Send is the button.
    const touch = matchMedia("(pointer: coarse)").matches;
    this.#form.addEventListener("submit", (event) => this.#submit(event), { signal });
    this.#box.addEventListener("input", () => this.#changed(), { signal });
    this.#box.addEventListener("keydown", (event) => this.#pressed(event, touch), { signal });
    this.#box.addEventListener("blur", () => this.#stopTyping(), { signal });
    document.getElementById("stop-editing").addEventListener("click", () => this.stopEditing(), { signal });
    document.getElementById("send").addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    this.#fit();
  }

  focus() {
    this.#box.focus();
  }

  get isEditing() {
    return this.#target !== null;
  }

  edit(item) {
    this.#target = item;
    this.#editing.hidden = false;
    this.#box.value = item.body;
    this.#fit();
    this.#check();
    this.focus();
  }

  stopEditing() {
    this.#target = null;
    this.#editing.hidden = true;
    this.#box.value = load(this.#draftKey, "");
    this.#fit();
    this.#check();
    this.focus();
  }

  #submit(event) {
    event.preventDefault();
    const body = this.#box.value.replace(/^[\r\n]+|[\r\n]+$/g, "");
    if (!body.trim()) return this.focus();
    if (!this.#check() || this.#warns(body)) return this.focus();
    const target = this.#target;
    this.#typedAt = 0;
    if (!target) save(this.#draftKey, null);
    this.stopEditing();
    if (target) this.#acts.save(target, body);
    else this.#acts.send(body);
  }

  /** Whether there is something to think of first. Sent a second time, it has been thought of. */
  #warns(body) {
    const warning = this.#warned !== body && this.#acts.warn?.(body);
    this.#warned = warning ? body : null;
    this.#error.hidden = !warning;
    this.#error.textContent = warning || "";
    return Boolean(warning);
  }

  #pressed(event, touch) {
    const { key, shiftKey, isComposing } = event;
    if (key === "Enter" && !shiftKey && !isComposing && !touch) {
      event.preventDefault();
      this.#form.requestSubmit();
    } else if (key === "ArrowUp" && !this.#box.value && !event.altKey && this.#acts.editLast) {
      event.preventDefault();
      this.#acts.editLast();
    } else if (key === "Escape" && this.isEditing) {
      event.preventDefault();
      this.stopEditing();
    }
  }

  #changed() {
    this.#fit();
    this.#check();
    if (this.isEditing) return;
    save(this.#draftKey, this.#box.value || null);
    if (!this.#box.value) return this.#stopTyping();
    const now = Date.now();
    if (now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.#acts.typing(true);
  }

  #stopTyping() {
    if (this.#typedAt) this.#acts.typing(false);
    this.#typedAt = 0;
  }

  /** Whether it fits; says how much it is over, and that nothing will be cut. */
  #check() {
    const count = this.#box.value.length > this.#limit * 0.9 ? Array.from(this.#box.value).length : 0;
    const over = count > this.#limit;
    this.#error.hidden = !over && count < this.#limit * 0.9;
    this.#error.classList.toggle("composer__note--error", over);
    this.#error.textContent = this.#error.hidden
      ? ""
      : `${count.toLocaleString()} of ${this.#limit.toLocaleString()} characters.` +
        (over ? " Nothing is cut: please shorten it, or send it in two parts." : "");
    if (over) this.#box.setAttribute("aria-invalid", "true");
    else this.#box.removeAttribute("aria-invalid");
    return !over;
  }

  /** Up to eight lines, where the style sheet cannot do it alone. */
  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight + 2}px`;
  }
}

/** Keeps the page as tall as what the soft keyboard leaves free. */
export function followKeyboard() {
  const view = window.visualViewport;
  view?.addEventListener("resize", () => {
    if (view.scale === 1) document.documentElement.style.setProperty("--viewport", `${view.height}px`);
  });
}
