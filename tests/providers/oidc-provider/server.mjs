// A certified OpenID provider on loopback, for the login scenarios of the conformance package.
//
// POST / starts one more provider, on a port of its own, and answers {"issuer"}: a scenario shares nothing with another. What a
// scenario may set stands under /test/ of its issuer: POST clients (RFC 7591 metadata), POST accounts ({"sub", …claims}), POST
// rotate (new keys, the old ones are gone), GET requests (what was asked of it so far).
//
// The program prints `ready http://127.0.0.1:PORT` and ends when its standard input does, so that it outlives no test.

import { generateKeyPair } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

import { Provider } from 'oidc-provider';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA'];
const API = 'https://api.example.org';

async function signingKeys() {
  const generate = promisify(generateKeyPair);
  const key = async (alg, type, options) => {
    const { privateKey } = await generate(type, options);
    return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg };
  };
  return {
    keys: await Promise.all([
      key('RS256', 'rsa', { modulusLength: 2048 }),
      key('PS256', 'rsa', { modulusLength: 2048 }),
      key('ES256', 'ec', { namedCurve: 'P-256' }),
      key('ES384', 'ec', { namedCurve: 'P-384' }),
      key('ES512', 'ec', { namedCurve: 'P-521' }),
      key('Ed25519', 'ed25519', {}),
      key('EdDSA', 'ed25519', {}),
    ]),
  };
}

// Keeps what the provider writes, and outlives it: a rotation of the keys replaces the provider, not what it knows.
function storage() {
  const rows = new Map();
  const find = (test) => [...rows.values()].find(test);
  const isOf = (model, grant) => (row) => row.model === model && row.payload.grantId === grant;
  return (model) => ({
    upsert: async (id, payload) => { rows.set(`${model}:${id}`, { model, payload }); },
    find: async (id) => rows.get(`${model}:${id}`)?.payload,
    findByUid: async (uid) => find((row) => row.model === model && row.payload.uid === uid)?.payload,
    findByUserCode: async (code) => find((row) => row.model === model && row.payload.userCode === code)?.payload,
    consume: async (id) => { rows.get(`${model}:${id}`).payload.consumed = Math.floor(Date.now() / 1000); },
    destroy: async (id) => { rows.delete(`${model}:${id}`); },
    revokeByGrantId: async (grant) => {
      for (const [key, row] of rows) if (isOf(model, grant)(row)) rows.delete(key);
    },
  });
}

function configuration(adapter, accounts, jwks) {
  return {
    adapter,
    jwks,
    findAccount: async (_ctx, sub) => accounts.has(sub)
      ? { accountId: sub, claims: async () => ({ sub, ...accounts.get(sub) }) }
      : undefined,
    claims: {
      acr: null, auth_time: null, iss: null, sid: null,
      openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username', 'picture'],
    },
    scopes: ['openid', 'offline_access', 'reports:read', 'reports:write'],
    cookies: { keys: ['a key of a test'] },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: {
      idTokenSigningAlgValues: ALGORITHMS,
      clientAuthSigningAlgValues: ALGORITHMS,
      userinfoSigningAlgValues: ALGORITHMS,
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      jwtUserinfo: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      // A client's tokens of its own are for the API: signed ones (RFC 9068) or opaque ones, as its name says. A person's
      // are for UserInfo, unless another resource is asked for.
      resourceIndicators: {
        enabled: true,
        defaultResource: async (ctx) =>
          ctx.oidc.params.grant_type === 'client_credentials' ? API : undefined,
        getResourceServerInfo: async (_ctx, resource, client) => ({
          audience: resource,
          scope: 'reports:read reports:write',
          accessTokenFormat: client.clientId.includes('opaque') ? 'opaque' : 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    // The applications under test listen on loopback, where the provider's own client would not go.
    fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  };
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}');
}

function answer(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function listen(handler) {
  const server = createServer((request, response) => {
    Promise.resolve(handler(request, response)).catch((error) => answer(response, 500, { error: `${error}` }));
  });
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  return `http://127.0.0.1:${server.address().port}`;
}

async function start() {
  const [accounts, adapter, requests] = [new Map(), storage(), []];
  let handle;
  const issuer = await listen((request, response) => handle(request, response));
  let provider;
  const renew = async () => { provider = new Provider(issuer, configuration(adapter, accounts, await signingKeys())); };
  await renew();
  const tests = {
    'POST /test/clients': async (client) => { await adapter('Client').upsert(client.client_id, client); },
    'POST /test/accounts': async ({ sub, ...claims }) => { accounts.set(sub, claims); },
    'POST /test/rotate': renew,
    'GET /test/requests': async () => requests,
  };
  handle = async (request, response) => {
    const asked = `${request.method} ${request.url.split('?')[0]}`;
    const test = tests[asked];
    if (test) return answer(response, 200, await test(await body(request)) ?? {});
    requests.push(asked);
    return provider.callback()(request, response);
  };
  return { issuer };
}

// The standard output is for the ready line. Advice for going live goes where it disturbs nobody.
console.info = console.warn;

const address = await listen(async (_request, response) => answer(response, 200, await start()));
process.stdin.on('end', () => process.exit(0)).resume();
console.log(`ready ${address}`);
