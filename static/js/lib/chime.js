// Two soft notes, made here: no file, and never alone. Browsers allow sound only after somebody pressed something.

import { load, save } from "./storage.js";

const KEY = "chinwag.match.sound";

export class Chime {
  #context = null;

  get on() {
    return load(KEY, true);
  }

  set on(wanted) {
    save(KEY, wanted ? null : false);
  }

  /** Whether it would be heard. */
  get ready() {
    return this.on && this.#context?.state === "running";
  }

  /** To be called while a button is pressed. */
  async unlock() {
    if (!window.AudioContext) return;
    this.#context ??= new AudioContext();
    await this.#context.resume().catch(() => {});
  }

  ring() {
    if (!this.ready) return;
    const now = this.#context.currentTime;
    [[587.33, 0], [880, 0.16]].forEach(([pitch, wait]) => this.#note(pitch, now + wait));
  }

  #note(pitch, at) {
    const tone = new OscillatorNode(this.#context, { frequency: pitch });
    const volume = new GainNode(this.#context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.9);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + 1);
  }
}
