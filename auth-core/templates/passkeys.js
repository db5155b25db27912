// Passkeys on the pages of the login routes: what `start` answers is asked of the browser, and what that answers goes to `finish`.
(() => {
  "use strict";
  const api = window.PublicKeyCredential;
  if (!api || !api.parseCreationOptionsFromJSON || !api.parseRequestOptionsFromJSON) return;

  // A ceremony lives for five minutes: one that waits in the background is begun anew before.
  const ANEW = 4 * 60 * 1000;
  // A page that nobody looks at, or that nobody has used for an hour, lets it be.
  const OFTEN = 15;
  let waiting = null;

  const send = async (path, body) => {
    const headers = { "Content-Type": "application/json", "Accept": "application/json" };
    const reply = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { ok: reply.ok, status: reply.status, said: await reply.json().catch(() => ({})) };
  };

  const begin = async (place, asked = {}) => {
    const begun = await send(place.dataset.start, asked);
    if (!begun.ok) throw Object.assign(new Error("not begun"), { said: begun.said });
    return begun.said.publicKey;
  };

  const say = (place, which) => {
    for (const line of place.querySelectorAll("[data-said]")) line.hidden = line.dataset.said !== which;
  };

  const unknown = async (options, id) => {
    const forget = api.signalUnknownCredential;
    if (forget) await forget.call(api, { rpId: options.rpId, credentialId: id }).catch(() => {});
  };

  const goOn = (place, said) => {
    location.assign(said.status === "mfa_required" ? place.dataset.pending : said.next || place.dataset.next);
  };

  const showCodes = (place, codes) => {
    const shown = place.querySelector("[data-codes]");
    const items = codes.map((code) => Object.assign(document.createElement("li"), { textContent: code }));
    shown.querySelector("ol").replaceChildren(...items);
    place.querySelector("[data-asked]").hidden = true;
    shown.hidden = false;
    shown.focus();
  };

  const make = async (place, asked) => {
    const options = await begin(place, asked);
    const publicKey = api.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    const named = place.querySelector("input");
    const body = { credential: credential.toJSON(), name: named ? named.value : "" };
    const { ok, status, said } = await send(place.dataset.finish, body);
    if (!ok) {
      // Refused, nobody knows it here, and the browser need not offer it. After an outage it may be kept all the same.
      if (status < 500) await unknown({ rpId: options.rp.id }, credential.id);
      throw Object.assign(new Error("refused"), { said });
    }
    if (said.recovery_codes) showCodes(place, said.recovery_codes);
    else goOn(place, said);
  };

  // Of what is typed into the form for a password, all but that.
  const signUp = async (place) => {
    const form = [...document.forms].find((form) => form.elements.username && form.elements.password);
    const fields = [...form.elements].filter((field) => field.name && field.name !== "password");
    if (!fields.every((field) => field.reportValidity())) return;
    const asked = Object.fromEntries(new FormData(form));
    delete asked.password;
    await make(place, asked);
    form.hidden = !place.querySelector("[data-codes]").hidden;
  };

  const use = async (place, more) => {
    const options = await begin(place);
    const publicKey = api.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey, ...more });
    const remember = document.querySelector("#remember");
    const body = { credential: credential.toJSON(), remember: Boolean(remember && remember.checked), next: place.dataset.next };
    const { ok, said } = await send(place.dataset.finish, body);
    if (ok) return goOn(place, said);
    if (said.hint === "unknown_credential") await unknown(options, credential.id);
    throw new Error("refused");
  };

  const offer = async (place, times = 0) => {
    if (!api.isConditionalMediationAvailable || !(await api.isConditionalMediationAvailable())) return;
    const controller = new AbortController();
    waiting = controller;
    const anew = setTimeout(() => controller.abort("anew"), ANEW);
    try {
      await use(place, { mediation: "conditional", signal: controller.signal });
    } catch (error) {
      // That nothing could be offered concerns nobody who did not ask.
      if (error && error.message === "refused") say(place, "failed");
      if (controller.signal.reason === "anew" && times < OFTEN) whenLookedAt(() => offer(place, times + 1));
    } finally {
      clearTimeout(anew);
    }
  };

  const whenLookedAt = (go) => {
    if (document.visibilityState === "visible") return go();
    document.addEventListener("visibilitychange", () => whenLookedAt(go), { once: true });
  };

  const does = { "make": (place) => make(place, {}), "sign-up": signUp, "use": (place) => use(place, {}) };

  const click = async (place, button) => {
    if (waiting) waiting.abort("clicked");
    say(place, null);
    button.disabled = true;
    try {
      await does[place.dataset.passkey](place);
    } catch (error) {
      const told = place.querySelector("[data-said=told]");
      const detail = told && error && error.said && (error.said.detail || error.said.title);
      if (detail) told.textContent = detail;
      say(place, error && error.name === "InvalidStateError" ? "held" : detail ? "told" : "failed");
    } finally {
      button.disabled = false;
    }
  };

  // All that an account has: what was removed here is offered no more.
  const signalKnown = async ({ rpId, user, ids }) => {
    const known = api.signalAllAcceptedCredentials;
    const all = { rpId, userId: user, allAcceptedCredentialIds: ids.split(" ").filter(Boolean) };
    if (known) await known.call(api, all).catch(() => {});
  };

  for (const known of document.querySelectorAll("[data-known-passkeys]")) signalKnown(known.dataset);

  for (const place of document.querySelectorAll("[data-passkey]")) {
    place.hidden = false;
    const button = place.querySelector("button");
    button.addEventListener("click", () => click(place, button));
    if ("autofill" in place.dataset) whenLookedAt(() => offer(place));
  }
})();
