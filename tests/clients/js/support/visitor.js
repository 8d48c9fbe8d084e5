// A browser with script off: it keeps cookies, reads forms out of pages and submits them as they stand.

export class Visitor {
  #cookies = new Map();
  /** What the forms of the last page held as proof that it was given to this browser. */
  #formToken = '';

  constructor(server) {
    this.server = server;
  }

  /** What this browser would send as its Cookie header. */
  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The values of all cookies held, for looking into them. */
  get cookieValues() {
    return [...this.#cookies.values()];
  }

  async get(path) {
    return this.#request(path, {});
  }

  /** Loads a page, fills in the form that posts to `action` and submits it. */
  async submit(path, action, fields) {
    const page = await this.get(path);
    const form = formsIn(page.text).find((form) => (form.action || path) === action);
    if (!form) throw new Error(`no form for ${action} on ${path} (status ${page.status}, location ${page.location})`);
    return this.post(action, { ...form.fields, ...fields });
  }

  /** Submits a form as one that stood on the last page. */
  async post(path, fields) {
    return this.#request(path, { method: 'POST', body: new URLSearchParams({ form_token: this.#formToken, ...fields }) });
  }

  async #request(path, options) {
    // A browser says where a form came from; the server must believe nothing less.
    const headers = { cookie: this.cookie, ...(options.method ? { origin: this.server.url } : {}) };
    const response = await fetch(this.server.url + path, { redirect: 'manual', headers, ...options });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    const [form] = formsIn(text).filter(({ fields }) => fields.form_token);
    if (form) this.#formToken = form.fields.form_token;
    return { status: response.status, location: response.headers.get('location'), text };
  }

  #keep(setCookie) {
    const [pair, ...attributes] = setCookie.split(';').map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const isGone = attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute));
    if (isGone) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

/** The forms of a page with the values their fields carry. Enough for our own, well-formed pages. */
function formsIn(html) {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, attributes, inside]) => ({
    action: attribute(attributes, 'action'),
    fields: Object.fromEntries(
      [...inside.matchAll(/<input\b([^>]*)>/gs)]
        .map(([, input]) => ({
          name: attribute(input, 'name'),
          value: attribute(input, 'value') ?? '',
          type: attribute(input, 'type'),
          checked: /\bchecked\b/.test(input),
        }))
        .filter(({ name, type, checked }) => name && (!['checkbox', 'radio'].includes(type) || checked))
        .map(({ name, value }) => [name, value]),
    ),
  }));
}

function attribute(tag, name) {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*"([^"]*)"`, 's').exec(tag);
  return found && unescapeHtml(found[1]);
}

function unescapeHtml(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot));/gi, (_, decimal, hex, name) =>
    name ? named[name.toLowerCase()] : String.fromCodePoint(Number.parseInt(decimal ?? hex, decimal ? 10 : 16)));
}
