// Mails as the example apps write them: a file each, in a folder.

import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { join } from 'node:path'

// Within which a mail has to be there, in milliseconds.
const LIFE = 10_000

/** The plain text of a mail (RFC 2046 multipart, in base64, quoted-printable or as it is). */
function plainText(source) {
  const [head, ...rest] = source.split(/\r?\n\r?\n/)
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1]
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`)
  const part = parts.find((part) => /content-type: text\/plain/i.test(part)) ?? ''
  const [headers, ...body] = part.trimStart().split(/\r?\n\r?\n/)
  const text = body.join('\r\n\r\n')
  if (/transfer-encoding: base64/i.test(headers)) return Buffer.from(text, 'base64').toString('utf8')
  if (/transfer-encoding: quoted-printable/i.test(headers)) return fromQuotedPrintable(text)
  return text
}

function fromQuotedPrintable(text) {
  const joined = text.replace(/=\r?\n/g, '')
  return Buffer.from(joined.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8')
}

/** A mailbox: what was written to an address in that folder. */
export class Mailbox {
  #folder
  #address
  #read = new Set()

  constructor(folder, address) {
    this.#folder = folder
    this.#address = address
  }

  /** The text of the next mail that nobody has read. */
  async next() {
    for (const end = Date.now() + LIFE; Date.now() < end; await pause(30)) {
      for (const file of readdirSync(this.#folder).filter((name) => name.endsWith('.eml')).sort()) {
        const source = readFileSync(join(this.#folder, file), 'utf8')
        if (this.#read.has(file) || !source.includes(this.#address)) continue
        this.#read.add(file)
        return plainText(source)
      }
    }
    throw new Error(`no mail came to ${this.#address}`)
  }

  /** The link in it. */
  async link() {
    return /https?:\/\/\S+/.exec(await this.next())[0]
  }
}
