// Sign-in and contact forms: posted once, the cursor where something is to be mended.

import { closeMenus } from "./lib/controls.js";
import { confirmFirst, focusError, postOnce } from "./lib/forms.js";

postOnce();
confirmFirst();
closeMenus();
focusError();

/** A full international number chooses its country; the longest dialling code that fits wins. */
const country = document.getElementById("country");
document.getElementById("phone")?.addEventListener("input", ({ target }) => {
  const digits = target.value.replace(/^\s*00/, "+").replace(/[^\d+]/g, "");
  if (!digits.startsWith("+")) return;
  const fits = [...country.options]
    .filter((option) => digits.startsWith(`+${option.dataset.dial}`))
    .sort((a, b) => b.dataset.dial.length - a.dataset.dial.length);
  const best = fits[0]?.dataset.dial;
  // Countries that share a code (+1) keep the one that was chosen.
  if (best && country.selectedOptions[0]?.dataset.dial !== best) fits[0].selected = true;
});
