// What one may regret to have told a stranger. A gentle question, not a filter: it looks here only, and errs.

const MAIL = /[^\s@]+@[^\s@]+\.[^\s@.]{2,}/;
// Seven digits or more, with what people put between them; a date or a price has fewer, or other signs.
const PHONE = /(?:\+|\b)\d(?:[\s().-]{0,2}\d){6,}\b/;

/** What to ask before it is sent, or nothing. */
export function warning(text) {
  const what = MAIL.test(text) ? "an e-mail address" : PHONE.test(text) ? "a phone number" : null;
  return what && `This looks like ${what}. Share this? Press Send again.`;
}
