// The verify page: any paste is cleaned, the resend clock counts, autofill may go on by itself.

import { focusError, postOnce } from "./lib/forms.js";

const form = document.getElementById("code-form");
const field = document.getElementById("code");
const resend = document.getElementById("resend");
const button = document.getElementById("resend-button");
const clock = document.getElementById("resend-clock");
const status = document.getElementById("resend-status");

postOnce();
focusError();

field.addEventListener("paste", (event) => {
  const code = codeIn(event.clipboardData.getData("text"));
  if (!code) return;
  event.preventDefault();
  field.value = code;
});

/** Six digits, however they are written, also in the midst of the whole SMS. */
function codeIn(text) {
  const runs = text.match(/\d[\d\s-]{4,12}\d/g) ?? [];
  return runs.map((run) => run.replace(/\D/g, "")).find((digits) => digits.length === 6);
}

// The time comes from the server, so a reload does not reset it.
const readyAt = Date.now() + Number(resend.dataset.resendIn) * 1_000;

function tick() {
  const left = Math.ceil((readyAt - Date.now()) / 1_000);
  const waits = left > 0;
  button.setAttribute("aria-disabled", String(waits));
  clock.textContent = waits
    ? `Send again in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
    : "A new code replaces this one.";
  if (waits) setTimeout(tick, 250);
  return waits;
}

if (tick()) {
  // Spoken once now and once when ready, not each second.
  status.textContent = clock.textContent;
  setTimeout(() => (status.textContent = "You can ask for a new code now."), readyAt - Date.now());
}

// Before the other listener, which would take a refused press for a sent one.
resend.addEventListener("submit", (event) => {
  if (Date.now() >= readyAt) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

// The browser offers the code of the SMS itself where it can.
if ("OTPCredential" in window) {
  const stop = new AbortController();
  form.addEventListener("submit", () => stop.abort());
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: stop.signal })
    .then(({ code }) => {
      field.value = code;
      form.requestSubmit();
    })
    .catch(() => {});
}
