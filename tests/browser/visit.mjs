// A person's visit to an example app: `visit.mjs BASE MAIL_FOLDER LANGUAGE LOOKS`, where LOOKS is `both`, or `light` for pages that
// were looked at in the dark elsewhere. The person's browser asks for the other language, and they
// choose this one on the first page. Scripts are off: the pages have none. Each page is looked at as axe looks, light and dark, wide
// and narrow. CHROMIUM names the browser, PACKAGES where the packages are installed, SCREENSHOTS a folder for pictures of each page, for people.

import { strict as assert } from 'node:assert'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { Mailbox } from './mail.mjs'
import { WORDS } from './words.mjs'

const installed = createRequire(join(process.env.PACKAGES, 'package.json'))
const axe = installed('axe-core')
const { chromium } = installed('playwright-core')

const [base, mails, language, looks] = process.argv.slice(2)
const words = WORDS[language]
const person = `visitor-${language}`
const address = `${person}@example.com`
const mailbox = new Mailbox(mails, address)
const passwords = ['many small lanterns by the river', 'seven quiet boats at the pier', 'a long road under tall pines']
let password = passwords[0]

const executablePath = process.env.CHROMIUM
// Chromium's own sandbox wants rights that a container does not give, and these pages are ours.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
const other = { en: 'ko-KR', ko: 'en-US' }[language]
const context = await browser.newContext({ locale: other, javaScriptEnabled: false })
context.setDefaultTimeout(10_000)
const page = await context.newPage()
// Where axe runs, which is a script.
const auditor = await (await browser.newContext()).newPage()
const deadline = setTimeout(() => {
  console.error(`the visit takes too long, at ${page.url()}`)
  process.exit(1)
}, 240_000)

const seen = []
const DARK = looks === 'both' ? [[320, 'dark']] : []
const VIEWS = process.env.SCREENSHOTS ? [320, 1280].flatMap((width) => [[width, 'light'], [width, 'dark']]) : [[1280, 'light'], ...DARK]

/** Looks at the page that is open: its language, what axe finds, whether it fits a telephone; takes its pictures. */
async function look(name) {
  assert.equal(await page.getAttribute('html', 'lang'), language, `${name} is in the other language`)
  assert.ok(!/\{ ?\$|undefined/.test(await page.innerText('body')), `${name} says something to nobody`)
  const texts = await page.innerText('body')
  assert.equal(/[\uac00-\ud7a3]/.test(texts.replace('한국어', '')), language === 'ko', `${name}: ${texts}`)
  for (const [width, colorScheme] of VIEWS) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    await auditor.setViewportSize({ width, height: 800 })
    await auditor.emulateMedia({ colorScheme })
    await auditor.setContent(await page.content())
    await auditor.evaluate(axe.source)
    const found = await auditor.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
    const faults = found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`)
    assert.deepEqual(faults, [], `${name}, ${colorScheme}, ${width} px`)
    if (process.env.SCREENSHOTS) {
      mkdirSync(process.env.SCREENSHOTS, { recursive: true })
      await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}-${language}-${width}-${colorScheme}.png`), fullPage: true })
    }
  }
  await page.setViewportSize({ width: 320, height: 800 })
  const tooMuch = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(tooMuch <= 0, `${name} is ${tooMuch} px too wide for a telephone`)
  seen.push(name)
}

const path = () => new URL(page.url()).pathname
const click = (name) => page.getByRole('button', { name, exact: true }).click()
const follow = (name) => page.getByRole('link', { name, exact: true }).click()
const fill = (name, text) => page.locator(`input[name="${name}"]`).fill(text)

async function open(where) {
  await page.goto(new URL(where, base).href)
}

/** What has the keyboard after each Tab, from the top of the page. */
async function tabOrder(count) {
  const order = []
  for (let at = 0; at < count; at++) {
    order.push(await page.evaluate(() => document.activeElement.name || document.activeElement.textContent.trim()))
    await page.keyboard.press('Tab')
  }
  return order
}

async function chooseLanguage() {
  await open('/auth/login?next=%2Fauth%2Faccount')
  assert.equal(await page.getAttribute('html', 'lang'), other.slice(0, 2), 'the browser is asked first')
  await page.getByRole('button', { name: words.language, exact: true }).click()
  assert.equal(page.url(), `${base}/auth/login?next=%2Fauth%2Faccount`)
  await look('login')
  const order = await tabOrder(5)
  assert.deepEqual(order, ['username', 'password', 'remember', words.logIn, words.forgotten])
}

async function register() {
  await follow(words.register)
  await look('register')
  await fill('username', person)
  await fill('email', address)
  await fill('password', 'password')
  await click(words.registerButton)
  await look('register-refused')
  assert.equal(await page.inputValue('input[name="username"]'), person)
  assert.equal(await page.inputValue('input[name="password"]'), '', 'a password is never shown again')
  await fill('password', password)
  await click(words.registerButton)
  await page.waitForURL('**/register/sent')
  await look('register-sent')
  await page.goto(await mailbox.link())
  await look('verify')
  await click(words.verify)
  await page.waitForURL('**/auth/login*')
}

async function logIn(name) {
  await open('/auth/login?next=%2Fauth%2Faccount')
  await fill('username', person)
  await fill('password', password)
  await click(words.logIn)
  await page.waitForURL('**/auth/account')
  if (name) await look(name)
}

async function logOut() {
  await open('/auth/account')
  await click(words.logOut)
  await page.waitForURL(`${base}/`)
  await open('/auth/account')
  assert.equal(path(), '/auth/login', 'nobody is logged in')
}

async function refuseLogin() {
  await open('/auth/login')
  await fill('username', person)
  await fill('password', 'not the password')
  await click(words.logIn)
  await look('login-refused')
}

async function changePassword() {
  const change = async (current, next) => {
    await fill('current_password', current)
    await fill('new_password', next)
    await click(words.changePassword)
  }
  await change('not the password', passwords[1])
  await look('password-refused')
  await change(password, 'password')
  await look('password-weak')
  await change(password, passwords[1])
  await page.waitForURL('**/auth/account')
  password = passwords[1]
  await mailbox.next()
}

async function resetPassword() {
  await open('/auth/login')
  await follow(words.forgotten)
  await look('forgotten')
  await fill('email', address)
  await click(words.sendLink)
  await page.waitForURL('**/password/forgot/sent')
  await look('forgotten-sent')
  const link = await mailbox.link()
  await page.goto(link)
  await look('reset')
  await fill('new_password', 'password')
  await click(words.changePassword)
  await look('reset-refused')
  await fill('new_password', passwords[2])
  await click(words.changePassword)
  await page.waitForURL('**/auth/login')
  password = passwords[2]
  await mailbox.next()
  await page.goto(link)
  await fill('new_password', passwords[0])
  await click(words.changePassword)
  await look('reset-spent')
}

async function askForMagicLink() {
  await open('/auth/login')
  await follow(words.byMail)
  await look('magic-link')
  await fill('email', address)
  await click(words.sendLink)
  await page.waitForURL('**/magic-link/confirm')
  return mailbox.next()
}

async function logInByLink() {
  const mail = await askForMagicLink()
  await page.goto(/https?:\/\/\S+/.exec(mail)[0])
  await look('magic-link-confirm')
  await click(words.logIn)
  await page.waitForURL(`${base}/`)
}

async function logInByCode() {
  const mail = await askForMagicLink()
  await look('magic-link-code')
  await fill('code', 'AAAA-AAAA')
  await click(words.logIn)
  await look('magic-link-wrong')
  await fill('code', /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(mail)[0])
  await click(words.logIn)
  await page.waitForURL(`${base}/`)
}

async function seeTheRest() {
  await open('/auth/accounts')
  await look('accounts')
  await open('/auth/reauthenticate?next=%2F')
  await look('reauthenticate')
  await fill('password', 'not the password')
  await click(words.confirm)
  await look('reauthenticate-refused')
  await open('/.well-known/change-password')
  assert.equal(path(), '/auth/account')
  await open('/auth/nothing-here')
  await look('not-found')
  await open('/auth/email/resend')
  await look('resend')
  await open('/staff')
  await look('forbidden')
}

try {
  await chooseLanguage()
  await register()
  await refuseLogin()
  await logIn('account')
  await changePassword()
  await logOut()
  await resetPassword()
  await logIn()
  await logOut()
  await logInByLink()
  await logOut()
  await logInByCode()
  await seeTheRest()
} catch (error) {
  console.error(`at ${page.url()}, after ${seen.at(-1)}:`)
  throw error
} finally {
  clearTimeout(deadline)
  await browser.close()
}
console.log(`${seen.length} pages`)
