// The certified library `oauth4webapi`, which leaves each step to the application, and checks each answer to the letter of its specification.

import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";
import { equal, key, refused, settings, step } from "./steps.mjs";

const { issuer, shop, robot, tv, user, redirect_uri } = settings;
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: shop.id };
const secret = oauth.ClientSecretBasic(shop.secret);
const browser = new Browser(issuer);

// The metadata of both specifications.
const [as] = await step("discovery", async () => {
  const ways = ["oidc", "oauth2"].map(async (algorithm) => {
    const reply = await oauth.discoveryRequest(new URL(issuer), { ...insecure, algorithm });
    return oauth.processDiscoveryResponse(new URL(issuer), reply);
  });
  return Promise.all(ways);
});

async function request(more) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    client_id: shop.id,
    redirect_uri,
    response_type: "code",
    scope: "openid profile reports:read",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...more,
  });
  return { parameters, verifier, state, nonce };
}

const authorizeUrl = (parameters) => new URL(`${as.authorization_endpoint}?${parameters}`);

async function exchange(url, { verifier, state, nonce }) {
  const answered = oauth.validateAuthResponse(as, client, url, state);
  const reply = await oauth.authorizationCodeGrantRequest(as, client, secret, answered, redirect_uri, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, reply, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, reply, insecure);
  return tokens;
}

const first = await request({});
const tokens = await step("login, consent and the code for tokens", async () => {
  return exchange(await browser.letIn(authorizeUrl(first.parameters), user), first);
});
const { sub, sid } = oauth.getValidatedIdTokenClaims(tokens);

await step("the access token as RFC 9068 has it", async () => {
  const there = new Request(new URL("/scoped", issuer), { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(as, there, issuer, insecure);
  equal([claims.sub, claims.client_id], [sub, shop.id]);
  equal(typeof sid, "string");
});
await step("userinfo", async () => {
  const reply = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
  equal((await oauth.processUserInfoResponse(as, client, sub, reply)).preferred_username, user.username);
});
await step("a protected resource says whom to ask", async () => {
  const resource = new URL(issuer);
  const reply = await oauth.resourceDiscoveryRequest(resource, insecure);
  equal((await oauth.processResourceDiscoveryResponse(resource, reply)).authorization_servers, [issuer]);
});
const refresh = async (token) =>
  oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, secret, token, insecure));
const refreshed = await step("refresh", () => refresh(tokens.refresh_token));
await step("a refresh token that is replayed ends its family", async () => {
  await refused("invalid_grant", () => refresh(tokens.refresh_token));
  await refused("invalid_grant", () => refresh(refreshed.refresh_token));
});
await step("a pushed request, and an error that its answer carries", async () => {
  const pushed = await request({ prompt: "none", acr_values: "mfa" });
  const reply = await oauth.pushedAuthorizationRequest(as, client, secret, pushed.parameters, insecure);
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, reply);
  const { url } = await browser.open(authorizeUrl(new URLSearchParams({ client_id: shop.id, request_uri })));
  equal(typeof (await exchange(url, pushed)).id_token, "string");
  const stranger = await new Browser(issuer).open(authorizeUrl((await request({ prompt: "none" })).parameters));
  equal([stranger.url.searchParams.get("error"), stranger.url.searchParams.get("iss")], ["login_required", issuer]);
});
await step("introspection and revocation", async () => {
  const { url } = await browser.open(authorizeUrl(first.parameters));
  const own = await exchange(url, first);
  const introspect = async () =>
    oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, secret, own.access_token, insecure));
  equal((await introspect()).active, true);
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, secret, own.access_token, insecure));
  equal((await introspect()).active, false);
});
await step("a client of its own right, by its key", async () => {
  const machine = { client_id: robot.id };
  const proof = oauth.PrivateKeyJwt(await key());
  const reply = await oauth.clientCredentialsGrantRequest(as, machine, proof, { scope: "reports:read" }, insecure);
  equal((await oauth.processClientCredentialsResponse(as, machine, reply)).scope, "reports:read");
});
await step("a device", async () => {
  const device = { client_id: tv.id };
  const begin = async () => {
    const reply = await oauth.deviceAuthorizationRequest(as, device, oauth.None(), { scope: "reports:read" }, insecure);
    return oauth.processDeviceAuthorizationResponse(as, device, reply);
  };
  const poll = async (code) =>
    oauth.processDeviceCodeResponse(as, device, await oauth.deviceCodeGrantRequest(as, device, oauth.None(), code, insecure));
  const [waiting, wanted] = [await begin(), await begin()];
  await refused("authorization_pending", () => poll(waiting.device_code));
  await refused("slow_down", () => poll(waiting.device_code));
  await browser.letDeviceIn(wanted.verification_uri_complete);
  equal((await poll(wanted.device_code)).token_type, "bearer");
});
