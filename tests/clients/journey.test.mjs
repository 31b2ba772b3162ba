// Goes through the whole library as a person would, from the first run to an undone import and downloads. The browser
// tests of the page (web/e2e) look at each step more closely. With JOURNEY_FIREFOX=1 (`make firefox`), the test also
// runs in Firefox ESR. Its driver stops answering in the dialogs for choosing and saving files, so there the page
// receives and hands over files without these dialogs.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join as path } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import puppeteer from 'puppeteer-core'
import { Server, temporary, until } from './server.mjs'

const PATIENCE = 60_000
const PICTURE = fileURLToPath(new URL('../../docs/images/list-light.png', import.meta.url))
const BROWSERS = {
  Chromium: { browser: 'chrome', executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'] },
  ...(process.env.JOURNEY_FIREFOX === '1' && { Firefox: { browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr' } }),
}
const ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const NOTION = { [`Plan ${ID}.md`]: `# Imported plan\n\nSee [Market](Plan%20${ID}/Market%20${ID}.md).\n`, [`Plan ${ID}/Market ${ID}.md`]: '# Imported market\n\nNorway first.\n' }

/** An archive, made by an independent program. */
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
  async title(words) {
    const field = await this.page.waitForSelector('[aria-label="Title"]', { timeout: PATIENCE })
    await field.click({ count: 3 })
    await field.type(words)
    await this.page.keyboard.press('Enter')
  }
  /** Drops a file on the text. */
  async drop(name, type, content) {
    await this.page.$eval('.ProseMirror', (target, name, type, encoded) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0))], name, { type }))
      const { left, top } = target.getBoundingClientRect()
      target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true, clientX: left + 20, clientY: top + 10 }))
    }, name, type, content.toString('base64'))
  }
  /** Chooses a file in a field. */
  async choose(label, file, withDialog) {
    const field = await this.field(label)
    if (withDialog) return field.uploadFile(file)
    await field.evaluate((input, name, encoded) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0))], name))
      input.files = dataTransfer.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
    }, file.split('/').at(-1), readFileSync(file).toString('base64'))
  }
  /** Makes the page keep the bytes of downloads in memory, instead of saving them as files. */
  async keepDownloads() {
    await this.page.evaluate(() => {
      window.kept = {}
      let made
      const { createObjectURL } = URL
      URL.createObjectURL = (blob) => createObjectURL.call(URL, (made = blob))
      HTMLAnchorElement.prototype.click = function () {
        void made.arrayBuffer().then((bytes) => (window.kept[this.download] = String.fromCharCode(...new Uint8Array(bytes))))
      }
    })
  }
  async saved() {
    await this.page.waitForFunction(() => document.querySelector('[data-testid="trust"]')?.textContent.startsWith('Saved'), { timeout: PATIENCE })
  }
}

for (const [name, options] of Object.entries(BROWSERS)) {
  test(`the journey of the library in ${name}`, { timeout: 600_000 }, async (t) => {
    const server = await Server.start({ args: [] })
    t.after(() => server.stop())
    const folder = temporary('journey-')
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const browser = await puppeteer.launch({ ...options, headless: name === 'Firefox' || 'shell', downloadBehavior: { policy: 'allow', downloadPath: folder } })
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

    // A space, and a document in it that begins with a template.
    await ana.click('New space')
    await ana.fill('Name', 'Strategy')
    await ana.click('Create space')
    await ana.sees('No pages yet')
    await ana.click('New page')
    await ana.title('Budget 2027')
    await ana.type('Ten people, two offices.')
    await ana.saved()
    await ana.click('Documents')
    await ana.click('From a template')
    await ana.sees('What we will not do')
    await ana.click('Use this template')
    await ana.title('Market entry')
    const address = page.url()

    // Written, with an image and a link to another page, and tagged.
    await ana.type('The competitors in Norway are three. See [[budget')
    await ana.click('Budget 2027', '[role="option"]')
    await ana.saved()
    await ana.drop('chart.png', 'image/png', readFileSync(PICTURE))
    await page.waitForFunction(() => {
      const image = document.querySelector('.ProseMirror .picture img')
      return image?.naturalWidth > 0 && !image.src.startsWith('blob:')
    }, { timeout: PATIENCE })
    await ana.fill('Add a tag', 'north')
    await page.keyboard.press('Enter')
    await ana.sees('north')
    await ana.saved()

    // Found by a word with a typo, and opened where it is.
    await ana.click('Search')
    await page.keyboard.type('competiters')
    await ana.click('Search all text for')
    await ana.click('The competitors in Norway')
    await page.waitForFunction(() => document.querySelector('.match')?.textContent === 'competitors', { timeout: PATIENCE })

    // Approved, published, and read without an account.
    await page.evaluate(async (id) => {
      const call = async (path, body) => (await fetch(`/api/v1/documents/${id}/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).text()
      const me = (await (await fetch('/api/v1/me')).json()).account_id
      const { approval_id } = JSON.parse(await call('approvals', { steps: [{ name: 'Lead', people: [{ kind: 'account', id: me }] }] }))
      await call(`approvals/${approval_id}/decide`, { verdict: 'approve' })
      await call('status', { status: 'published' })
    }, address.split('/').at(-1))
    await ana.click('More actions')
    await ana.click('Publish on the web')
    await ana.click('Put on the web')
    const shown = await page.waitForFunction(() => [...document.querySelectorAll('dialog[open] input')].map((one) => one.value).find((value) => value.includes('/p/')), { timeout: PATIENCE })
    const visitor = await (await browser.createBrowserContext()).newPage()
    await visitor.goto(await shown.jsonValue())
    assert.match(await visitor.$eval('body', (body) => body.innerText), /The competitors in Norway are three/)
    await visitor.waitForFunction(() => document.querySelector('img')?.naturalWidth > 0, { timeout: PATIENCE })
    // Firefox draws only what is in front.
    await visitor.close()
    await page.bringToFront()
    await page.keyboard.press('Escape')

    const hasFileDialogs = name !== 'Firefox'
    // An export of Notion is imported, and the import is undone.
    await ana.click('Strategy')
    await ana.click('Import')
    await ana.choose('Files to import', archive(folder, NOTION), hasFileDialogs)
    await ana.sees('This is an export of Notion: 2 pages')
    await ana.click('Import 2 pages')
    await ana.sees('2 pages imported')
    await ana.click('Undo import')
    await ana.sees('are in the trash')
    await ana.click('Close')
    await page.waitForFunction(() => !document.body.innerText.includes('Imported plan'), { timeout: PATIENCE })

    // The page is downloaded as PDF and Word.
    await page.goto(address)
    if (!hasFileDialogs) await ana.keepDownloads()
    const contentOf = async (ending) => {
      if (!hasFileDialogs) return page.evaluate((ending) => Object.entries(window.kept).find(([name]) => name.endsWith(ending))?.[1] ?? '', ending)
      const file = readdirSync(folder).find((found) => found.endsWith(ending))
      return file ? readFileSync(path(folder, file), 'latin1') : ''
    }
    for (const [kind, ending, begin] of [['PDF', 'pdf', '%PDF-'], ['Word', 'docx', 'PK']]) {
      await ana.click('More actions')
      await ana.click(`Download as ${kind}`)
      await ana.click('Download')
      // The dialog closes once the file is made and handed to the browser.
      await page.waitForFunction(() => !document.querySelector('dialog[open]'), { timeout: PATIENCE })
      let content
      await until(async () => (content = await contentOf(`.${ending}`)).length > 1_000, `the ${kind} file is there`, PATIENCE)
      assert.equal(content.slice(0, begin.length), begin)
    }
  })
}
