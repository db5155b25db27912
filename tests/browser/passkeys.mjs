// A person with a passkey before an example app: `passkeys.mjs BASE`. Chromium plays the authenticator (CDP, `WebAuthn`). They are alice of
// the demo. CHROMIUM names the browser, PACKAGES where the packages are installed.

import { strict as assert } from 'node:assert'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const installed = createRequire(join(process.env.PACKAGES, 'package.json'))
const axe = installed('axe-core')
const { chromium } = installed('playwright-core')

const [base] = process.argv.slice(2)
const executablePath = process.env.CHROMIUM
// Chromium's own sandbox wants rights that a container does not give, and these pages are ours.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
const context = await browser.newContext({ locale: 'en-US' })
context.setDefaultTimeout(15_000)
const page = await context.newPage()
const deadline = setTimeout(() => {
  console.error(`the visit takes too long, at ${page.url()}`)
  process.exit(1)
}, 240_000)

const complaints = []
page.on('console', (message) => {
  if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
})
page.on('pageerror', (error) => complaints.push(String(error)))

const cdp = await context.newCDPSession(page)
await cdp.send('WebAuthn.enable')

/** Adds an authenticator, and answers its id. */
async function plugIn(more = {}) {
  const options = {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true, ...more,
  }
  return (await cdp.send('WebAuthn.addVirtualAuthenticator', { options })).authenticatorId
}

const credentials = async (authenticatorId) => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
const presence = (authenticatorId, enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })

// A browser that offers nothing by itself: then what is clicked is what happens.
await page.addInitScript(() => {
  if (window.name === 'quiet') PublicKeyCredential.isConditionalMediationAvailable = async () => false
})
const quiet = (isQuiet) => page.evaluate((name) => { window.name = name }, isQuiet ? 'quiet' : '')

const open = (where) => page.goto(new URL(where, base).href)
const path = () => new URL(page.url()).pathname
const passkeyButton = () => page.locator('[data-passkey] button')

async function typePassword() {
  await page.fill('input[name="username"]', 'alice')
  await page.fill('input[name="password"]', 'correct horse battery staple')
  await page.click('form[action="/auth/login"] button')
}

async function logOut() {
  await context.clearCookies()
}

/** What axe finds on the page that is open. */
async function look(name) {
  const auditor = await (await browser.newContext()).newPage()
  await auditor.setContent(await page.content())
  await auditor.evaluate(axe.source)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const found = await auditor.evaluate((values) => axe.run(document, { runOnly: values }), tags)
  const faults = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join('; ')}`)
  assert.deepEqual(faults, [], name)
  await auditor.context().close()
  await page.setViewportSize({ width: 320, height: 800 })
  const tooMuch = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(tooMuch <= 0, `${name} is ${tooMuch} px too wide for a telephone`)
  await page.setViewportSize({ width: 1280, height: 800 })
}

async function make(device) {
  await open('/auth/login?next=%2Fauth%2Fpasskeys')
  await typePassword()
  await page.waitForURL('**/auth/passkeys')
  await look('passkeys')
  await page.fill('#name-new', 'My laptop')
  await passkeyButton().click()
  await page.waitForSelector('[data-codes]:not([hidden])')
  assert.equal(await page.locator('[data-codes] li').count(), 10, 'recovery codes come with the first factor')
  await look('recovery-codes')
  await page.click('[data-codes] a')
  await page.waitForURL('**/auth/passkeys')
  assert.equal(await page.locator('section h2').first().textContent(), 'My laptop')
  assert.equal((await credentials(device)).length, 1)
}

/** The browser knows that this device has one already: `excludeCredentials`. */
async function makeTwice(device) {
  await passkeyButton().click()
  await page.waitForSelector('[data-said="held"]:not([hidden])')
  assert.equal((await credentials(device)).length, 1)
}

/** The browser offers it where the user name is typed; the authenticator says yes by itself. */
async function autofill(device) {
  await logOut()
  await presence(device, false)
  await open('/auth/login?next=%2Fauth%2Faccount')
  assert.equal(await page.getAttribute('#username', 'autocomplete'), 'username webauthn')
  await look('login')
  // What waits in the page is answered once somebody is there when it begins.
  await presence(device, true)
  await page.reload()
  await page.waitForURL('**/auth/account')
}

async function clickToLogIn() {
  await logOut()
  await quiet(true)
  await open('/auth/login?next=%2Fprivate')
  await passkeyButton().click()
  await page.waitForURL('**/private')
  assert.equal(await page.textContent('body'), 'hello alice')
}

async function secondFactor() {
  await logOut()
  await open('/auth/login?next=%2Fprivate')
  await typePassword()
  await page.waitForURL('**/auth/mfa*')
  await look('mfa')
  await passkeyButton().click()
  await page.waitForURL('**/private')
}

async function stepUp(device) {
  const before = (await context.cookies()).find((cookie) => cookie.name === 'session').value
  await open('/auth/reauthenticate?next=%2Ffresh')
  await look('reauthenticate')
  await passkeyButton().click()
  await page.waitForURL('**/fresh')
  const after = (await context.cookies()).find((cookie) => cookie.name === 'session').value
  assert.notEqual(before, after, 'the session has a new id')
  assert.equal((await credentials(device)).length, 1)
}

/** Clicks on the login page, and is refused. */
async function refused(what) {
  await logOut()
  await open('/auth/login?next=%2Fprivate')
  await passkeyButton().click()
  await page.waitForSelector('[data-said="failed"]:not([hidden])')
  assert.equal(path(), '/auth/login', what)
}

/** Nobody is verified: neither the browser nor the server lets that pass. */
async function unverified(device) {
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId: device, isUserVerified: false })
  await refused('unverified')
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId: device, isUserVerified: true })
}

/** Makes an account with a passkey in place of a password, and logs in by it. */
async function signUp(device) {
  await logOut()
  await open('/auth/register?next=%2Fprivate')
  await look('register')
  await passkeyButton().click()
  assert.equal(path(), '/auth/register', 'a name is asked for first')
  await page.fill('input[name="username"]', 'alice')
  await page.fill('input[name="email"]', 'carol@example.com')
  await passkeyButton().click()
  await page.waitForSelector('[data-said="told"]:not([hidden])')
  await page.fill('input[name="username"]', 'carol')
  await passkeyButton().click()
  await page.waitForSelector('[data-codes]:not([hidden])')
  assert.equal(await page.locator('[data-codes] li').count(), 10, 'recovery codes come with it')
  await page.click('[data-codes] a')
  await page.waitForURL('**/auth/register/sent')
  assert.equal((await credentials(device)).length, 1)
  await open('/auth/login?next=%2Fprivate')
  await passkeyButton().click()
  await page.waitForURL('**/private')
  assert.equal(await page.textContent('body'), 'hello carol')
}

/** A copy of the key, whose counter has stayed behind. */
async function copied(device) {
  const [credential] = await credentials(device)
  assert.ok(credential.signCount > 1, 'it counts')
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: device })
  const copy = await plugIn()
  await cdp.send('WebAuthn.addCredential', { authenticatorId: copy, credential: { ...credential, signCount: 0 } })
  await refused('a copy')
}

try {
  const device = await plugIn()
  await make(device)
  await makeTwice(device)
  await autofill(device)
  await clickToLogIn()
  await secondFactor()
  await stepUp(device)
  await unverified(device)
  await copied(device)
  await cdp.send('WebAuthn.disable')
  await cdp.send('WebAuthn.enable')
  await signUp(await plugIn())
  assert.deepEqual(complaints, [])
} catch (error) {
  console.error(error, `at ${page.url()}`, complaints)
  process.exitCode = 1
} finally {
  clearTimeout(deadline)
  await browser.close()
}
