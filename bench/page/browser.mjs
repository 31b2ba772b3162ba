// What the measurements of the page share: a server with an owner, documents, and a browser.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')
const { chromium } = createRequire(join(root, 'web/package.json'))('@playwright/test')
const program = process.env.CONSILIUM_BIN ?? join(root, 'target/debug/consilium')
export const LINE = 'The home market grows by three percent a year, and the north by eleven, which is more.'

export const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]

export async function serve() {
  const data = mkdtempSync(join(tmpdir(), 'consilium-page-'))
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'ignore'] })
  const url = await new Promise((found, failed) => {
    child.stdout.once('data', (line) => found(String(line).trim()))
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)))
  })
  const stop = async () => {
    const gone = new Promise((end) => child.once('exit', end))
    child.kill('SIGTERM')
    await gone
    rmSync(data, { recursive: true, force: true })
  }
  return { url, origin: new URL(url).origin, stop }
}

export async function signUp(page, url) {
  await page.goto(url)
  for (const [label, value] of [['Workspace', 'Acme'], ['Your name', 'Ana'], [/mail/i, 'ana@example.org'], ['Password', 'correct horse battery']]) await page.getByLabel(label).fill(value)
  await page.locator('form button[type=submit]').click()
  await page.locator('.list h1').waitFor()
}

/** Makes a document over REST. */
export async function make(page, origin, title, text) {
  const headers = { origin }
  const made = await (await page.request.post(`${origin}/api/v1/documents`, { headers, data: { title } })).json()
  const id = made.id ?? made.document_id
  const { etag } = (await page.request.get(`${origin}/api/v1/documents/${id}/content`)).headers()
  if (text === '') return id
  const written = await page.request.put(`${origin}/api/v1/documents/${id}/content`, { headers: { ...headers, 'content-type': 'text/markdown', 'if-match': etag }, data: text })
  if (!written.ok()) throw new Error(`${written.status()} ${await written.text()}`)
  return id
}

export const editor = (page) => page.getByRole('textbox', { name: 'Document text' })

export async function open(page, origin, id, blocks) {
  await page.goto(`${origin}/documents/${id}`)
  await editor(page).waitFor()
  while ((await editor(page).evaluate((element) => element.children.length)) < blocks) await page.waitForTimeout(100)
  // What is loaded when the page has nothing else to do.
  await page.waitForTimeout(3_000)
}

/** The text of a document of some length: a heading for every twenty blocks, and paragraphs. */
export const blocks = (length) => Array.from({ length }, (_, index) => (index % 20 === 0 ? `## Part ${index}` : `${index} ${LINE}`)).join('\n\n')

export async function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] })
}

/** Writes a report between the marks of a section of PAGE.md, with UPDATE_TABLES=1. */
export function report(mark, text) {
  console.log(text)
  if (!process.env.UPDATE_TABLES) return
  const file = join(root, 'bench/PAGE.md')
  const marks = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- end -->)`)
  writeFileSync(file, readFileSync(file, 'utf8').replace(marks, `$1${text}$2`))
}
