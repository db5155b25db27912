// A browser as far as a login needs one: cookies, redirects and forms. It stops where it would leave the server.

const unescape = (text) =>
  text.replaceAll("&quot;", '"').replaceAll("&#34;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found ? unescape(found[1]) : undefined;
};

// The form with this action: where it goes, and its fields.
function form(page, action) {
  for (const [, tag, inside] of page.text.matchAll(/(<form[^>]*>)([\s\S]*?)<\/form>/g)) {
    const target = new URL(attribute(tag, "action") ?? "", page.url);
    if (target.pathname !== action) continue;
    const inputs = [...inside.matchAll(/<input[^>]*>/g)].map(([input]) => input).filter((input) => attribute(input, "type") !== "checkbox");
    return { target, fields: inputs.map((input) => [attribute(input, "name"), attribute(input, "value") ?? ""]) };
  }
  throw new Error(`no form for ${action} at ${page.url} (${page.status}): ${page.text.slice(0, 2000)}`);
}

export class Browser {
  #cookies = new Map();

  constructor(server) {
    this.server = server;
  }

  // Follows redirects as long as they stay at the server; a page elsewhere is its address alone.
  async open(url, request = {}) {
    let [next, how] = [new URL(url), request];
    while (next.origin === new URL(this.server).origin) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(next, { ...how, redirect: "manual", headers: { accept: "text/html", cookie, ...how.headers } });
      for (const set of response.headers.getSetCookie()) this.#keep(set);
      if (response.status !== 303) return { url: next, status: response.status, text: await response.text() };
      [next, how] = [new URL(response.headers.get("location"), next), {}];
    }
    return { url: next, status: 0, text: "" };
  }

  #keep(set) {
    const [pair] = set.split(";");
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (value === "" || /max-age=0/i.test(set)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }

  // Fills in the form with this action and sends it.
  async submit(page, action, values) {
    const { target, fields } = form(page, action);
    const body = new URLSearchParams({ ...Object.fromEntries(fields), ...values });
    return this.open(target, { method: "POST", body, headers: { origin: new URL(this.server).origin } });
  }

  // Logs the user in, lets the client in, and answers where the browser is sent then.
  async letIn(url, { username, password }) {
    const login = await this.open(url);
    const consent = await this.submit(login, "/auth/login", { username, password });
    return (await this.submit(consent, "/auth/consent", { decision: "allow" })).url;
  }

  // Lets a device in, as somebody who is logged in.
  async letDeviceIn(url) {
    const asked = await this.open(url);
    const done = await this.submit(asked, "/auth/device", { decision: "allow" });
    if (done.status !== 200) throw new Error(`the device is not let in: ${done.status} ${done.text}`);
  }
}
