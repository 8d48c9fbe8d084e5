"""Forms of our pages, read without a browser."""

from html.parser import HTMLParser


def form_for(action, html):
    """The fields, with the values they carry, of the form on this page that posts to `action`."""
    parser = _Forms(action)
    parser.feed(html)
    if action not in parser.forms:
        raise LookupError(f"no form for {action}; there are {sorted(parser.forms)}")
    return parser.forms[action]


class _Forms(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self._page = page
        self._fields = None
        self.forms = {}

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            # A form without an action posts to the page it stands on.
            self._fields = self.forms.setdefault(attributes.get("action") or self._page, {})
        elif tag == "input" and self._fields is not None and attributes.get("name"):
            if attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes:
                self._fields[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._fields = None
