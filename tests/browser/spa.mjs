// The page of the guide "Single-page and mobile applications", on a port of its own, before a real Chromium with scripts on: `spa.mjs GUIDE`.
// It says at which origin the page is, reads a line of JSON (the app's base URL, a user's name and password), and visits the page. CORS is the
// application's own layer, so a gateway in front of the app stands for one here: it adds what lets that origin read the answers, and passes
// all else on as the browser sent it. CHROMIUM names the browser, PACKAGES where the packages are installed.

import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import readline from 'node:readline/promises'

const installed = createRequire(join(process.env.PACKAGES, 'package.json'))
const { chromium } = installed('playwright-core')

/** The first block of JavaScript below the heading, with another place of the API. */
function guideCode(api) {
  const [, section] = readFileSync(process.argv[2], 'utf8').split('\n## A page with the cookie\n')
  const [, code] = section.split('```js\n')
  const [block] = code.split('\n```')
  const moved = block.replace('const api = "https://api.example.com";', `const api = ${JSON.stringify(api)};`)
  assert.notEqual(moved, block, 'the guide names its API otherwise')
  return moved
}

const page = (api) => `<!doctype html>
<html lang="en"><title>Front end</title>
<p id="said"></p>
<form id="login" hidden><input name="username"><input name="password" type="password"><button>Log in</button></form>
<button id="out" hidden>Log out</button>
<script type="module">
${guideCode(api)}
const said = document.querySelector('#said'), form = document.querySelector('#login'), out = document.querySelector('#out')
function show(user) { said.textContent = 'hello ' + user.username; form.hidden = true; out.hidden = false }
function showLogin(why = 'nobody') { said.textContent = why; form.hidden = false; out.hidden = true }
form.onsubmit = async (event) => {
  event.preventDefault()
  try { show((await logIn(form.username.value, form.password.value)).user) } catch (problem) { showLogin(problem.code ?? String(problem)) }
}
out.onclick = async () => { await send('POST', '/auth/logout', {}); showLogin() }
window.send = send
await start()
</script></html>`

function listen(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://localhost:${server.address().port}`)))
}

let app, api
const front = http.createServer((_, reply) => reply.setHeader('content-type', 'text/html').end(page(api)))
const origin = await listen(front)
/** A page of another port that the application does not trust. */
const stranger = await listen(http.createServer((_, reply) => reply.setHeader('content-type', 'text/html').end('<!doctype html>')))

api = await listen(http.createServer((request, reply) => {
  reply.setHeader('vary', 'Origin')
  if (request.headers.origin === origin) {
    reply.setHeader('access-control-allow-origin', origin)
    reply.setHeader('access-control-allow-credentials', 'true')
    reply.setHeader('access-control-allow-methods', 'GET, POST, DELETE')
    reply.setHeader('access-control-allow-headers', 'authorization, content-type')
  }
  if (request.method === 'OPTIONS') return reply.writeHead(204).end()
  const onward = http.request(new URL(request.url, app), { method: request.method, headers: request.headers }, (answer) => {
    for (const [name, value] of Object.entries(answer.headers)) if (name !== 'vary') reply.setHeader(name, value)
    answer.pipe(reply.writeHead(answer.statusCode))
  })
  request.pipe(onward)
}))

console.log(origin)
const asked = JSON.parse(await readline.createInterface({ input: process.stdin }).question(''))
app = asked.app

const executablePath = process.env.CHROMIUM
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
const context = await browser.newContext()
context.setDefaultTimeout(10_000)
const tab = await context.newPage()
const deadline = setTimeout(() => {
  console.error('the visit takes too long')
  process.exit(1)
}, 120_000)

const says = (text) => tab.waitForFunction((text) => document.querySelector('#said')?.textContent === text, text)

async function logIn(password) {
  await tab.locator('input[name="username"]').fill(asked.username)
  await tab.locator('input[name="password"]').fill(password)
  await tab.getByRole('button', { name: 'Log in' }).click()
}

await tab.goto(origin)
await says('nobody')
await logIn('not the password')
await says('invalid_credentials')
await logIn(asked.password)
await says(`hello ${asked.username}`)
assert.equal(await tab.evaluate(() => document.cookie), '', 'no script reads the session')
await tab.reload()
await says(`hello ${asked.username}`)

const problem = await tab.evaluate(async () => {
  try {
    return await window.send('POST', '/auth/password/change', { current_password: 'wrong', new_password: 'eleven quiet lanterns by the lake' })
  } catch (problem) {
    return { code: problem.code, status: problem.status }
  }
})
assert.deepEqual(problem, { code: 'invalid_credentials', status: 401 })
const sessions = await tab.evaluate(async () => (await window.send('GET', '/auth/sessions')).sessions.length)
assert.ok(sessions >= 1)

// A page of another port is of the same site: its requests carry the cookie, and change nothing all the same.
const other = await context.newPage()
await other.goto(stranger)
for (const path of ['/auth/logout', '/auth/sessions/delete', '/auth/account/delete']) {
  const answered = other.waitForResponse(api + path)
  await other.evaluate(([url]) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ next: '/' }) }), [api + path])
  const answer = await answered
  // Chromium does not tell which cookies it sent with a request of this kind: it has the one that is for this address.
  assert.ok((await context.cookies(api + path)).some(({ name }) => name === 'session'), `the cookie is for ${path}`)
  assert.equal(answer.status(), 403, `${path} is refused`)
}
const read = await other.evaluate(([url]) => fetch(url, { credentials: 'include' }).then(() => 'read', () => 'refused'), [`${api}/auth/me`])
assert.equal(read, 'refused', 'it reads nothing')
await tab.reload()
await says(`hello ${asked.username}`)

await tab.getByRole('button', { name: 'Log out' }).click()
await says('nobody')
await tab.reload()
await says('nobody')

clearTimeout(deadline)
await browser.close()
process.exit(0)
