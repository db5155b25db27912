"""A browser as far as a login needs one: cookies, redirects and forms. It stops where it would leave the server."""

import html.parser
import urllib.parse

import requests


class Forms(html.parser.HTMLParser):
    """The forms of a page: the path that each goes to, and its fields."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.found.append((attributes.get("action", ""), {}))
        elif tag == "input" and self.found and attributes.get("type") != "checkbox":
            self.found[-1][1][attributes["name"]] = attributes.get("value") or ""


class Browser:
    def __init__(self, server):
        self.server = server
        self.session = requests.Session()
        self.session.headers["accept"] = "text/html"

    def open(self, url, form=None):
        """Follows redirects as long as they stay at the server: where it ended, and the page there."""
        while url.startswith(self.server + "/"):
            method, headers = ("GET", {}) if form is None else ("POST", {"origin": self.server})
            reply = self.session.request(method, url, data=form, headers=headers, allow_redirects=False, timeout=30)
            if reply.status_code != 303:
                return url, reply
            url, form = urllib.parse.urljoin(url, reply.headers["location"]), None
        return url, None

    def submit(self, page, action, values):
        """Fills in the form with this action and sends it."""
        url, reply = page
        assert reply is not None, f"the browser has left for {url} already"
        for target, fields in Forms(reply.text).found:
            target = urllib.parse.urljoin(url, target)
            if urllib.parse.urlsplit(target).path == action:
                return self.open(target, {**fields, **values})
        raise AssertionError(f"no form for {action} at {url} ({reply.status_code}): {reply.text[:2000]}")

    def let_in(self, url, user):
        """Logs the user in, lets the client in, and answers where the browser is sent then."""
        login = self.open(url)
        consent = self.submit(login, "/auth/login", {"username": user["username"], "password": user["password"]})
        return self.submit(consent, "/auth/consent", {"decision": "allow"})[0]

    def let_device_in(self, url):
        """Lets a device in, as somebody who is logged in."""
        _, done = self.submit(self.open(url), "/auth/device", {"decision": "allow"})
        assert done.status_code == 200, (done.status_code, done.text)
