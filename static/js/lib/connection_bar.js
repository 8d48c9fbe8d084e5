// The slim line that speaks only when something is wrong, or has just been put right.

const ICONS = { lost: "pending", draining: "pending", offline: "warning", back: "sent" };

export class ConnectionBar {
  #bar = document.getElementById("connection");
  #waiting = () => 0;
  #state = "connecting";
  #timers = [];

  constructor(link, waiting) {
    this.#waiting = waiting ?? this.#waiting;
    link.watch((state) => this.#enter(state));
    addEventListener("offline", () => this.#enter("offline"));
    addEventListener("online", () => this.#state === "offline" && this.#enter("lost"));
    // The page is not connected yet: the same patience as after a loss.
    this.#later(() => this.#state === "connecting" && this.#enter("lost"), 2_000);
  }

  /** The queue changed; the offline line counts it. */
  refresh() {
    if (this.#state === "offline") this.#show("offline", this.#offlineText());
  }

  /** "You were away: 14 new messages loaded", for four seconds. */
  welcomeBack(count) {
    if (!count) return;
    this.#show("back", `You were away: ${count} new ${count === 1 ? "message" : "messages"} loaded`);
    this.#later(() => this.#state === "ready" && this.#clear(), 4_000);
  }

  #enter(state) {
    if (state === this.#state || (state === "lost" && ["offline", "draining"].includes(this.#state))) return;
    this.#state = state;
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    if (state === "ready") return this.#clear();
    if (state === "offline") return this.#show("offline", this.#offlineText());
    if (state === "draining") this.#show("draining", "Server restarting, back in a moment");
    // A blink is not worth a word; a long silence means that there is no way through.
    if (state === "lost") this.#later(() => this.#show("lost", "Reconnecting…"), 2_000);
    this.#later(() => this.#enter("offline"), 15_000);
  }

  #offlineText() {
    const count = this.#waiting();
    return "Offline — messages will be sent when you are back" + (count ? ` (${count} waiting)` : "");
  }

  #show(kind, text) {
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("class", "icon");
    icon.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#icon-${ICONS[kind]}`);
    icon.append(use);
    this.#bar.className = `connection connection--${kind}`;
    this.#bar.replaceChildren(icon, text);
  }

  #clear() {
    this.#bar.replaceChildren();
  }

  #later(task, ms) {
    this.#timers.push(setTimeout(task, ms));
  }
}
