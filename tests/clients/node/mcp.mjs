// The MCP client of the protocol's authors at the example `mcp-server`: all that it is told is an address and the id of a client.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Browser } from "./browser.mjs";
import { equal, settings, step } from "./steps.mjs";

const { issuer, agent, user, redirect_uri } = settings;
const browser = new Browser(issuer);
const address = new URL("/mcp", issuer);

// What an application that is an MCP client writes: where its user is sent, and what it keeps.
class Login {
  redirectUrl = redirect_uri;
  clientMetadata = { redirect_uris: [redirect_uri], scope: "notes:read notes:write" };
  clientInformation = () => ({ client_id: agent });
  saveClientInformation = () => {};
  state = () => "the state";
  tokens = () => this.kept;
  saveTokens = (tokens) => (this.kept = tokens);
  codeVerifier = () => this.verifier;
  saveCodeVerifier = (verifier) => (this.verifier = verifier);
  redirectToAuthorization = (url) => (this.sentTo = url);
}

async function connect(login) {
  const transport = new StreamableHTTPClientTransport(address, { authProvider: login });
  const client = new Client({ name: "a test", version: "1" });
  await client.connect(transport);
  return client;
}

const login = new Login();
await step("a 401 sends the user to the login", async () => {
  const transport = new StreamableHTTPClientTransport(address, { authProvider: login });
  try {
    await new Client({ name: "a test", version: "1" }).connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const back = await browser.letIn(login.sentTo, user);
    equal([back.searchParams.get("state"), back.searchParams.get("iss")], ["the state", issuer]);
    return transport.finishAuth(back.searchParams.get("code"));
  }
  throw new Error("it was let in without a token");
});
const client = await step("the connection", () => connect(login));
const text = async (name, text) => (await client.callTool({ name, arguments: { text } })).content[0].text;

await step("the tools", async () => {
  equal((await client.listTools()).tools.map((tool) => tool.name), ["list_notes", "add_note"]);
  equal(await text("add_note", "buy milk"), "added");
  equal(await text("list_notes"), "buy milk");
});
await step("a token that is refused is refreshed", async () => {
  login.kept = { ...login.kept, access_token: "gone" };
  equal(await text("list_notes"), "buy milk");
  equal(login.kept.access_token === "gone", false);
});
await step("a tool beyond what was allowed is refused, and says what it wants", async () => {
  const message = (name) => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: { text: "x" } } });
  const call = (token, name, headers) =>
    fetch(address, { method: "POST", body: message(name), headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers } });
  const narrow = await fetch(new URL("/auth/token", issuer), {
    method: "POST",
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: login.kept.refresh_token, client_id: agent, scope: "notes:read" }),
  });
  const { access_token } = await narrow.json();
  equal((await call(access_token, "list_notes")).status, 200);
  const refused = await call(access_token, "add_note");
  equal([refused.status, /error="insufficient_scope", scope="notes:write"/.test(refused.headers.get("www-authenticate"))], [403, true]);
  equal((await call(access_token, "list_notes", { origin: "https://evil.example" })).status, 403);
});
