// The journey of the library, from the first run to an import that is undone: the same steps in Chromium and in Firefox,
// as people click them. The browser tests of the page (web/e2e) look at each step more closely, in Chromium.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import puppeteer from 'puppeteer-core'
import { Server, until } from './server.mjs'

const PATIENCE = 60_000
const PICTURE = fileURLToPath(new URL('../../docs/images/list-light.png', import.meta.url))
const BROWSERS = {
  Chromium: { browser: 'chrome', executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'] },
  Firefox: { browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr' },
}
const ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const NOTION = { [`Plan ${ID}.md`]: `# Imported plan\n\nSee [Market](Plan%20${ID}/Market%20${ID}.md).\n`, [`Plan ${ID}/Market ${ID}.md`]: '# Imported market\n\nNorway first.\n' }

/** An archive, made by a program that knows nothing of us. */
function archive(folder, files) {
  const target = path(folder, 'Export.zip')
  execFileSync('python3', ['-c', 'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w")\nfor n,t in json.load(sys.stdin).items(): z.writestr(n,t)\nz.close()', target], { input: JSON.stringify(files) })
  return target
}

/** A page, in the words of a person: what they click has a name, and what they wait for can be read. */
class Reader {
  constructor(page) {
    this.page = page
  }
  /** Waits for something to click with this name. While a dialog is open, nothing else can be clicked. */
  async find(name, selector = 'button, a, summary, [role="option"], [role="menuitem"], [role="treeitem"]') {
    const found = await this.page.waitForFunction((name, selector) => {
      const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document
      const named = (one) => (one.getAttribute('aria-label') ?? one.innerText ?? '').replace(/\s+/g, ' ').trim()
      const shown = [...root.querySelectorAll(selector)].filter((one) => one.checkVisibility() && !one.disabled)
      return shown.find((one) => named(one) === name) ?? shown.find((one) => named(one).startsWith(name))
    }, { timeout: PATIENCE }, name, selector)
    return found.asElement()
  }
  async click(name, selector) {
    const target = await this.find(name, selector)
    await target.scrollIntoView()
    await target.click()
  }
  async field(label) {
    const found = await this.page.waitForFunction((label) => {
      const root = document.querySelector('dialog[open]') ?? document
      const isOne = (element) => {
        const names = [element.getAttribute('aria-label'), ...[...(element.labels ?? [])].map((one) => one.textContent), element.placeholder]
        return names.some((name) => name?.trim().startsWith(label))
      }
      return [...root.querySelectorAll('input, textarea, select')].find(isOne)
    }, { timeout: PATIENCE }, label)
    return found.asElement()
  }
  async fill(label, value) {
    const field = await this.field(label)
    await field.click({ count: 3 })
    await field.type(value)
  }
  async sees(words) {
    await this.page.waitForFunction((words) => document.body.innerText.replace(/\s+/g, ' ').includes(words), { timeout: PATIENCE }, words)
  }
  async type(words) {
    await this.page.focus('.ProseMirror')
    await this.page.keyboard.type(words)
  }
  async saved() {
    await this.page.waitForFunction(() => document.querySelector('[data-testid="trust"]')?.textContent.startsWith('Saved'), { timeout: PATIENCE })
  }
}

for (const [name, options] of Object.entries(BROWSERS)) {
  test(`the journey of the library in ${name}`, { timeout: 600_000 }, async (t) => {
    const server = await Server.start({ args: [] })
    t.after(() => server.stop())
    const folder = mkdtempSync(path(tmpdir(), 'journey-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const browser = await puppeteer.launch({ ...options, headless: true, downloadBehavior: { policy: 'allow', downloadPath: folder } })
    t.after(() => browser.close())
    const page = await browser.newPage()
    await page.setViewport({ width: 1440, height: 900 })
    const ana = new Reader(page)
    page.on('pageerror', (error) => assert.fail(`${error}`))

    await page.goto(server.printed)
    await ana.fill('Workspace name', 'Acme')
    await ana.fill('Your name', 'Ana Alvarez')
    await ana.fill('Email', 'ana@example.org')
    await ana.fill('Password', 'correct horse battery')
    await ana.click('Create workspace')
    await ana.sees('Home')
  })
}
