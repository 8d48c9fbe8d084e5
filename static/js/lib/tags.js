// Words that one collects: typed and closed by Enter or a comma, taken away by their button or Backspace.

/** As the server reads them: case and width make no difference. */
const fold = (text) => text.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();

export class Tags {
  /** Called after each change. */
  onChange = () => {};
  #list = document.getElementById("tags-list");
  #box = document.getElementById("interest");
  #error = document.getElementById("interest-error");
  #template = document.getElementById("tag-template");
  #most = Number(this.#box.dataset.most);
  #longest = Number(this.#box.dataset.longest);
  #say;

  constructor(say) {
    this.#say = say;
    this.#box.addEventListener("keydown", (event) => this.#pressed(event));
    this.#box.addEventListener("input", () => this.#typed());
    this.#list.parentElement.addEventListener("click", ({ target }) => this.#clicked(target));
  }

  get values() {
    return [...this.#list.children].map((item) => item.dataset.tag);
  }

  set values(tags) {
    this.#list.replaceChildren(...tags.map((tag) => this.#item(tag)));
    this.onChange();
  }

  /** Takes what is typed but not closed yet. Says whether it could. */
  flush() {
    return this.#add(this.#box.value);
  }

  #typed() {
    this.#complain("");
    if (!/[,;\n]/.test(this.#box.value)) return;
    const parts = this.#box.value.split(/[,;\n]/);
    const rest = parts.pop();
    if (parts.every((part) => this.#add(part))) this.#box.value = rest.trimStart();
  }

  #pressed(event) {
    const { key, isComposing } = event;
    if (key === "Enter" && !isComposing && this.#box.value.trim()) {
      event.preventDefault();
      this.flush();
    } else if (key === "Backspace" && !this.#box.value && this.#list.lastElementChild) {
      this.#remove(this.#list.lastElementChild);
    }
  }

  #clicked(target) {
    const item = target.closest(".tags__remove")?.closest(".tags__item");
    if (!item) return target.closest(".tags__item") || this.#box.focus();
    const next = item.nextElementSibling ?? item.previousElementSibling;
    this.#remove(item);
    (next?.querySelector("button") ?? this.#box).focus();
  }

  #add(text) {
    const tag = fold(text);
    if (!tag) return true;
    if (!this.values.includes(tag)) {
      const tooLong = Array.from(tag).length > this.#longest && `An interest has up to ${this.#longest} characters.`;
      const tooMany = this.values.length >= this.#most && `That would be more than ${this.#most}. Take one away first.`;
      if (tooLong || tooMany) {
        this.#complain(tooLong || tooMany);
        this.#box.focus();
        return false;
      }
      this.#list.append(this.#item(tag));
      this.#say(`${tag} added`);
    }
    this.#box.value = "";
    this.onChange();
    return true;
  }

  #remove(item) {
    item.remove();
    this.#complain("");
    this.#say(`${item.dataset.tag} removed`);
    this.onChange();
  }

  #item(tag) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    item.dataset.tag = tag;
    item.querySelector("bdi").textContent = tag;
    item.querySelector("button").ariaLabel = `Remove ${tag}`;
    return item;
  }

  #complain(text) {
    this.#error.textContent = text;
    this.#error.hidden = !text;
  }
}
