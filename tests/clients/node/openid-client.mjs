// The certified client `openid-client`, through each flow that it has and the example app too; tokens are checked by `jose` beside it.

import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { Browser } from "./browser.mjs";
import { equal, key, refused, settings, step } from "./steps.mjs";

const { issuer, shop, robot, tv, api, user, redirect_uri, logged_out } = settings;
// On loopback there is no TLS; ID tokens are checked by their signatures all the same.
const execute = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks];
const discover = (id, authentication) => oidc.discovery(new URL(issuer), id, undefined, authentication, { execute });

const config = await step("discovery", () => discover(shop.id, oidc.ClientSecretBasic(shop.secret)));
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
const browser = new Browser(issuer);

const verifier = oidc.randomPKCECodeVerifier();
const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
const asked = {
  redirect_uri,
  scope: "openid email offline_access reports:read",
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state: checks.expectedState,
  nonce: checks.expectedNonce,
};
const back = await step("login and consent", () => browser.letIn(oidc.buildAuthorizationUrl(config, asked), user));
const tokens = await step("the code for tokens", () => oidc.authorizationCodeGrant(config, back, checks));
const subject = tokens.claims().sub;

await step("the access token by jose", async () => {
  const { payload } = await jwtVerify(tokens.access_token, keys, { issuer, audience: issuer, typ: "at+jwt" });
  equal([payload.sub, payload.client_id], [subject, shop.id]);
});
await step("userinfo", async () => {
  equal((await oidc.fetchUserInfo(config, tokens.access_token, subject)).email, user.email);
});
await step("a protected resource", async () => {
  const reply = await oidc.fetchProtectedResource(config, tokens.access_token, new URL("/scoped", issuer), "GET");
  equal(await reply.text(), `hello ${user.username}`);
});
await step("introspection", async () => {
  const told = await oidc.tokenIntrospection(config, tokens.access_token);
  equal([told.active, told.client_id, told.sub], [true, shop.id, subject]);
});
await step("a code that is used again ends what it gave", async () => {
  const again = { ...asked, nonce: oidc.randomNonce() };
  const page = await browser.open(oidc.buildAuthorizationUrl(config, again));
  const more = { ...checks, expectedNonce: again.nonce };
  const first = await oidc.authorizationCodeGrant(config, page.url, more);
  await refused("invalid_grant", () => oidc.authorizationCodeGrant(config, page.url, more));
  equal((await oidc.tokenIntrospection(config, first.access_token)).active, false);
});
const refreshed = await step("refresh", () => oidc.refreshTokenGrant(config, tokens.refresh_token));
await step("a refresh token that is replayed ends its family", async () => {
  await refused("invalid_grant", () => oidc.refreshTokenGrant(config, tokens.refresh_token));
  await refused("invalid_grant", () => oidc.refreshTokenGrant(config, refreshed.refresh_token));
});
await step("a pushed request", async () => {
  const url = await oidc.buildAuthorizationUrlWithPAR(config, asked);
  equal(url.searchParams.has("redirect_uri"), false);
  const page = await browser.open(url);
  const pushed = await oidc.authorizationCodeGrant(config, page.url, checks);
  equal(pushed.claims().sub, subject);
  await oidc.tokenRevocation(config, pushed.refresh_token);
  await refused("invalid_grant", () => oidc.refreshTokenGrant(config, pushed.refresh_token));
});
await step("a client of its own right, by its secret", async () => {
  const machine = await discover(api.id, oidc.ClientSecretBasic(api.secret));
  const own = await oidc.clientCredentialsGrant(machine, { scope: "reports:read" });
  equal((await oidc.tokenIntrospection(machine, own.access_token)).scope, "reports:read");
  await oidc.tokenRevocation(machine, own.access_token);
  equal((await oidc.tokenIntrospection(machine, own.access_token)).active, false);
  await refused("invalid_scope", () => oidc.clientCredentialsGrant(machine, { scope: "admin" }));
});
await step("a client of its own right, by its key", async () => {
  const machine = await discover(robot.id, oidc.PrivateKeyJwt(await key()));
  const own = await oidc.clientCredentialsGrant(machine, { scope: "reports:read" });
  equal((await jwtVerify(own.access_token, keys, { issuer, audience: issuer })).payload.sub, robot.id);
});
await step("a device", async () => {
  const device = await discover(tv.id, oidc.None());
  const began = await oidc.initiateDeviceAuthorization(device, { scope: "reports:read" });
  await browser.letDeviceIn(began.verification_uri_complete);
  const own = await oidc.pollDeviceAuthorizationGrant(device, { ...began, interval: 0.01 });
  equal((await jwtVerify(own.access_token, keys, { issuer })).payload.sub, subject);
});
await step("logging out", async () => {
  const page = await browser.open(oidc.buildAuthorizationUrl(config, { ...asked, scope: "openid" }));
  const { id_token } = await oidc.authorizationCodeGrant(config, page.url, checks);
  const url = oidc.buildEndSessionUrl(config, { id_token_hint: id_token, post_logout_redirect_uri: logged_out, state: "s" });
  equal((await browser.open(url)).url.href, `${logged_out}?state=s`);
  const none = await browser.open(oidc.buildAuthorizationUrl(config, { ...asked, scope: "openid", prompt: "none" }));
  equal(none.url.searchParams.get("error"), "login_required");
});
