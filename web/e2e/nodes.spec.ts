// What a text can hold besides words: colours, scripts, sides, callouts, toggles, footnotes and cards; and pages that do
// not know them.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text, trust } from './server'

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

const bar = (page: Page) => page.getByRole('toolbar', { name: 'Formatting' })
const callout = (page: Page) => text(page).locator('[data-callout]')
const toggle = (page: Page) => text(page).locator('[data-type="details"]')

async function open(page: Page, title: string, words = ''): Promise<string> {
  await page.goto(server.url)
  await newDocument(page, title)
  await text(page).click()
  await page.keyboard.type(words)
  return new URL(page.url()).pathname.split('/').at(-1) ?? ''
}

/** Selects the word before the caret. */
const selectWord = (page: Page) => page.keyboard.press('Control+Shift+ArrowLeft')

async function slash(page: Page, name: string): Promise<void> {
  await page.keyboard.type(`/${name}`)
  await expect(page.getByRole('listbox', { name: 'Insert' }).getByRole('option').first()).toBeVisible()
  await page.keyboard.press('Enter')
}

/** Writes a text over REST. */
async function write(page: Page, id: string, words: string): Promise<void> {
  const address = `${server.url}/api/v1/documents/${id}/content`
  const etag = (await page.request.get(address)).headers().etag ?? ''
  const put = await page.request.put(address, { headers: { origin: server.url, 'content-type': 'text/markdown', 'if-match': etag }, data: words })
  expect(put.ok(), await put.text()).toBe(true)
}

/** The editor takes the focus back after a command of a menu. */
const focused = (page: Page) => expect(text(page)).toBeFocused()

const markdown = async (page: Page, id: string) => (await page.request.get(`${server.url}/api/v1/documents/${id}/content`)).text()

test('[EDIT-13] a key is for where the caret is now, also if the browser has not said yet that it moved', async () => {
  const { page } = ana
  await open(page, 'Keys', 'plain words')
  await selectWord(page)
  await expect(page.getByRole('toolbar', { name: 'Selected words' })).toBeVisible()
  await text(page).evaluate((element) => {
    getSelection()?.collapseToEnd()
    // Enter is pressed before the browser reports the new selection.
    element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true, cancelable: true }))
  })
  await expect(text(page).locator('p').first()).toHaveText('plain words')
})

test('[EDIT-13] words are highlighted, coloured, and put above or below the line', async () => {
  const { page } = ana
  const id = await open(page, 'Looks', 'plain ')
  await page.keyboard.press('Control+Shift+h')
  await page.keyboard.type('marked')
  await page.keyboard.press('Control+Shift+h')
  await page.keyboard.type(' and blue')
  await selectWord(page)
  const menu = page.getByRole('toolbar', { name: 'Selected words' })
  await menu.getByRole('button', { name: 'Colors' }).click()
  await page.getByRole('menuitem', { name: 'Highlight Blue' }).click()
  await focused(page)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await bar(page).getByRole('button', { name: 'Colors' }).click()
  await page.getByRole('menuitem', { name: 'No color' }).click()
  await focused(page)
  await page.keyboard.type('and red')
  await selectWord(page)
  await bar(page).getByRole('button', { name: 'Colors' }).click()
  await look(page, 'nodes-colors')
  await page.getByRole('menuitem', { name: 'Text color Red' }).click()
  await focused(page)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await bar(page).getByRole('button', { name: 'Colors' }).click()
  await page.getByRole('menuitem', { name: 'No color' }).click()
  await focused(page)
  await page.keyboard.type('H')
  await page.keyboard.press('Control+,')
  await page.keyboard.type('2')
  await page.keyboard.press('Control+,')
  await page.keyboard.type('O x')
  await page.keyboard.press('Control+.')
  await page.keyboard.type('2')
  await expect(text(page).locator('mark').first()).toHaveText('marked')
  await expect(text(page).locator('mark[data-color="blue"]')).toHaveText('blue')
  await expect(text(page).locator('span[data-color="red"]')).toHaveText('red')
  await expect(text(page).locator('sub')).toHaveText('2')
  await expect(text(page).locator('sup')).toHaveText('2')
  await expect(trust(page)).toHaveText('Saved')
  await page.reload()
  await expect(text(page).locator('sup')).toHaveText('2')
  expect(await markdown(page, id)).toContain('plain <mark>marked</mark> and')
  expect(await markdown(page, id)).toMatch(/ and <mark data-color="blue">blue<\/mark>\n\nand <span data-color="red">red<\/span>\n\nH<sub>2<\/sub>O x<sup>2<\/sup>\n/)
  // The colours are removed again.
  await text(page).getByText('red').dblclick()
  await menu.getByRole('button', { name: 'Colors' }).click()
  await page.getByRole('menuitem', { name: 'No color' }).click()
  await expect(text(page).locator('span[data-color="red"]')).toHaveCount(0)
})

test('[EDIT-13] paragraphs and headings are aligned', async () => {
  const { page } = ana
  const id = await open(page, 'Sides', '## Heading\nWords.')
  await page.keyboard.press('Control+Shift+r')
  await expect(text(page).locator('p[align="right"]')).toHaveText('Words.')
  await page.keyboard.press('ArrowUp')
  await bar(page).getByRole('button', { name: 'More tools' }).click()
  await page.getByRole('menuitem', { name: 'Align center' }).click()
  await expect(text(page).locator('h2[align="center"]')).toHaveText('Heading')
  await page.reload()
  await expect(text(page).locator('h2')).toHaveCSS('text-align', 'center')
  await text(page).locator('p').first().click()
  await page.keyboard.press('Control+Shift+l')
  await expect(text(page).locator('p').first()).not.toHaveAttribute('align')
  await expect(trust(page)).toHaveText('Saved')
  const { content } = await (await page.request.get(`${server.url}/api/v1/documents/${id}/content?format=json`)).json()
  expect(content.map(({ attrs }: { attrs: unknown }) => attrs)).toEqual([{ level: 2, textAlign: 'center' }, undefined])
})

test('[EDIT-13] a callout is inserted by slash, button and signs, and its kind is changed', async () => {
  const { page } = ana
  const id = await open(page, 'Callouts')
  await slash(page, 'warning')
  await page.keyboard.type('Do not restart.')
  await expect(callout(page)).toHaveAttribute('data-callout', 'warning')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.keyboard.type('[!tip] Look first.')
  await expect(callout(page).nth(1)).toHaveAttribute('data-callout', 'tip')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.keyboard.type('A note.')
  await bar(page).getByRole('button', { name: 'Callout' }).click()
  await expect(callout(page)).toHaveCount(3)
  await callout(page).nth(2).getByLabel('Kind of callout').selectOption('Important')
  await expect(callout(page).nth(2)).toHaveAttribute('data-callout', 'important')
  await expect(trust(page)).toHaveText('Saved')
  await page.reload()
  await expect(callout(page)).toHaveCount(3)
  expect(await markdown(page, id)).toBe('> [!WARNING]\n> Do not restart.\n\n> [!TIP]\n> Look first.\n\n> [!IMPORTANT]\n> A note.\n')
})

test('[EDIT-13] a toggle is opened by its button, which is no edit; finding opens it, too', async ({ browser }) => {
  const { page } = ana
  const id = await open(page, 'Toggles')
  await slash(page, 'toggle')
  await page.keyboard.type('How to check')
  await page.keyboard.press('Enter')
  await page.keyboard.type('Open the log.')
  await expect(toggle(page).getByText('Open the log.')).toBeVisible()
  await expect(trust(page)).toHaveText('Saved')
  expect(await markdown(page, id)).toBe('<details>\n<summary>How to check</summary>\n\nOpen the log.\n\n</details>\n')
  const jonas = await colleague(browser, ana)
  await page.goto(`${server.url}/documents/${id}`)
  await expect(toggle(page)).toBeVisible()
  await expect(toggle(page).getByText('Open the log.')).toBeHidden()
  const state = async () => (await page.request.get(`${server.url}/api/v1/documents/${id}/state`)).body()
  const before = await state()
  await toggle(page).getByRole('button', { name: 'Open toggle' }).click()
  await expect(toggle(page).getByText('Open the log.')).toBeVisible()
  expect((await state()).equals(before)).toBe(true)
  await toggle(page).getByRole('button', { name: 'Close toggle' }).click()
  await expect(toggle(page).getByText('Open the log.')).toBeHidden()
  await text(page).locator('summary').click()
  await page.keyboard.press('Control+f')
  await page.getByRole('textbox', { name: 'Find', exact: true }).fill('the log')
  await expect(toggle(page).getByText('Open the log.')).toBeVisible()
  await page.keyboard.press('Escape')
  // Paper shows it, open or not.
  await toggle(page).getByRole('button', { name: 'Close toggle' }).click()
  await page.emulateMedia({ media: 'print' })
  await expect(toggle(page).getByText('Open the log.')).toBeVisible()
  await page.emulateMedia({ media: null })
  await jonas.context.close()
})

test('[EDIT-17] a footnote is written, read, numbered in the order of the text, and taken away', async () => {
  const { page } = ana
  const id = await open(page, 'Footnotes', 'Growth slowed')
  const numbers = text(page).locator('a.footnote')
  const notes = page.locator('section.footnotes').getByRole('listitem')
  const card = (number: number) => page.locator('.footnote-card').filter({ has: page.getByRole('textbox', { name: `Footnote ${number}` }) })
  await page.keyboard.type(' ')
  await slash(page, 'endnote')
  await expect(card(1).getByRole('textbox')).toBeFocused()
  await page.keyboard.type('In real terms, see https://a.example/x.')
  await page.keyboard.press('Enter')
  await expect(card(1)).toHaveCount(0)
  await focused(page)
  await page.keyboard.type(' in May.')
  await expect(notes).toHaveText(['In real terms, see https://a.example/x.↩'])
  await expect(notes.getByRole('link')).toHaveAttribute('href', 'https://a.example/x')
  // A footnote inserted before it by the toolbar becomes the first one.
  await page.keyboard.press('Home')
  for (const _ of 'Growth') await page.keyboard.press('ArrowRight')
  const inBar = bar(page).getByRole('button', { name: 'Footnote' })
  if (await inBar.count() > 0) await inBar.click()
  else {
    await bar(page).getByRole('button', { name: 'More tools' }).click()
    await page.getByRole('menuitem', { name: 'Footnote' }).click()
  }
  await expect(card(1).getByRole('textbox')).toBeFocused()
  await page.keyboard.type('Of the north.')
  await card(1).getByRole('button', { name: 'Done' }).click()
  await expect(notes).toHaveText(['Of the north.↩', 'In real terms, see https://a.example/x.↩'])
  await expect(numbers.nth(1)).toHaveAttribute('aria-label', 'Footnote 2: In real terms, see https://a.example/x.')
  await expect(trust(page)).toHaveText('Saved')
  const said = 'Growth[^1] slowed[^2] in May.\n\n[^1]: Of the north.\n[^2]: In real terms, see https://a.example/x.\n'
  expect(await markdown(page, id)).toBe(said)
  await look(page, 'nodes-footnotes')
  // Another edits one note over REST while this page has it; the words around it stay as they are.
  await write(page, id, said.replace('real', 'nominal'))
  await expect(notes.nth(1)).toContainText('In nominal terms')
  // A click opens the note; its way back leads to the number.
  await notes.nth(1).getByRole('button', { name: 'Go to footnote 2' }).click()
  await expect(card(2).getByRole('textbox')).toHaveValue(/nominal/)
  await page.keyboard.press('Enter')
  await expect(card(2).getByRole('textbox')).toBeFocused()
  await page.keyboard.press('Escape')
  await numbers.first().click()
  await expect(card(1).getByRole('textbox')).toHaveValue('Of the north.')
  // What is typed at a selected number does not replace it.
  await page.keyboard.type('!')
  await expect(card(1).getByRole('textbox')).toHaveValue('Of the north.!')
  await page.keyboard.press('Escape')
  await expect(numbers).toHaveCount(2)
  // While reading, a click shows the note.
  const mode = async (name: string) => {
    await bar(page).or(page.getByRole('toolbar', { name: 'Comments' })).getByRole('button', { name: 'More tools' }).click()
    await page.getByRole('menuitem', { name, exact: true }).click()
  }
  await mode('Read only')
  await numbers.nth(1).click()
  await expect(page.locator('.footnote-card')).toHaveText('In nominal terms, see https://a.example/x.')
  await expect(page.locator('.footnote-card').getByRole('textbox')).toHaveCount(0)
  await mode('Edit')
  // The document is found by the words of its note.
  await expect(async () => {
    const found = await (await page.request.get(`${server.url}/api/v1/documents/search?q=nominal`)).json()
    expect(found.items.map(({ title }: { title: string }) => title)).toContain('Footnotes')
  }).toPass()
  await numbers.first().click()
  await card(1).getByRole('button', { name: 'Remove footnote' }).click()
  await expect(notes).toHaveText(['In nominal terms, see https://a.example/x.↩'])
  await page.keyboard.press('Control+z')
  await expect(numbers).toHaveCount(2)
  await numbers.first().click()
  await text(page).press('Delete')
  await expect(numbers).toHaveCount(1)
  await expect(trust(page)).toHaveText('Saved')
  expect(await markdown(page, id)).toBe('Growth slowed[^1] in May.\n\n[^1]: In nominal terms, see https://a.example/x.\n')
})

test('[EDIT-18] a page elsewhere is a card, and is loaded only when somebody asks for it', async () => {
  const { page } = ana
  const asked: string[] = []
  await page.route(/youtube|vimeo/, (route) => {
    asked.push(route.request().url())
    return route.fulfill({ contentType: 'text/html', body: '<p>The player</p>' })
  })
  const id = await open(page, 'Cards')
  const cards = text(page).locator('.embed-card')
  await slash(page, 'video')
  const dialog = page.getByRole('dialog', { name: 'Insert card' })
  await dialog.getByLabel('Address of the page').fill('ftp://x')
  await dialog.getByRole('button', { name: 'Insert' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await dialog.getByLabel('Address of the page').fill('https://youtu.be/dQw4w9WgXcQ')
  await dialog.getByLabel('Title').fill('A talk')
  await dialog.getByRole('button', { name: 'Insert' }).click()
  await expect(cards.getByText('A talk')).toBeVisible()
  const link = cards.getByRole('link', { name: 'Open A talk in a new tab' })
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer')
  await expect(trust(page)).toHaveText('Saved')
  await page.reload()
  await expect(cards).toHaveCount(1)
  expect(asked).toEqual([])
  await cards.getByRole('button', { name: 'Show here' }).click()
  await expect(cards.frameLocator('iframe').getByText('The player')).toBeVisible()
  expect(asked).toEqual(['https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ'])
  await look(page, 'nodes-card')
  await cards.getByRole('button', { name: 'Hide' }).click()
  await expect(cards.locator('iframe')).toHaveCount(0)
  await cards.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('dialog', { name: 'Edit card' }).getByLabel('Title').fill('A lecture')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(cards.getByText('A lecture')).toBeVisible()
  await expect(trust(page)).toHaveText('Saved')
  expect(await markdown(page, id)).toBe('![A lecture](<embed:https://youtu.be/dQw4w9WgXcQ>)\n')
  // A site that is not allowed has only a link. The policy of the page would not load it either.
  await write(page, id, '[Report](https://report.example/2027)\n')
  await expect(cards).toHaveCount(0)
  await text(page).getByRole('link', { name: 'Report' }).click()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await page.getByRole('toolbar', { name: 'Link' }).getByRole('button', { name: 'Show as card' }).click()
  await expect(cards.getByText('Report', { exact: true })).toBeVisible()
  await expect(cards.getByRole('button', { name: 'Show here' })).toBeHidden()
  await expect(trust(page)).toHaveText('Saved')
  expect(await markdown(page, id)).toBe('![Report](<embed:https://report.example/2027>)\n')
  await page.unroute(/youtube|vimeo/)
})

test('all of them, as they look', async () => {
  const { page } = ana
  const id = await open(page, 'Everything new')
  const said = [
    '## Where we stand', 'Growth is <mark>slow</mark> in the <mark data-color="blue">north</mark>, <span data-color="red">negative</span> in the <span data-color="green">south</span>. CO<sub>2</sub> and m<sup>2</sup>.',
    ...['NOTE', 'TIP', 'IMPORTANT', 'WARNING', 'CAUTION'].map((kind) => `> [!${kind}]\n> What this says.\n>\n> - one\n> - two`),
    '<details>\n<summary>How we counted</summary>\n\nBy hand.\n\n</details>',
  ].join('\n\n')
  await write(page, id, said)
  await expect(callout(page)).toHaveCount(5)
  await toggle(page).getByRole('button', { name: 'Open toggle' }).click()
  await look(page, 'nodes-wide')
  await page.setViewportSize({ width: 390, height: 844 })
  await look(page, 'nodes-phone')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('[SYNC-30] an open page whose editor is older than the server turns read-only, and keeps what it has not sent', async ({ browser }) => {
  const context = await browser.newContext({ storageState: await ana.context.storageState() })
  // As if the next server were of a later version.
  await context.addInitScript(() => {
    const Own = WebSocket
    window.WebSocket = class extends Own {
      constructor(url: string | URL, protocols?: string | string[]) {
        super('isOld' in window ? String(url).replace(/schema=\d+/, 'schema=2') : url, protocols)
      }
    }
  })
  const page = await context.newPage()
  const id = await open(page, 'Upgraded', 'Before.')
  await expect(trust(page)).toHaveText('Saved')
  await page.evaluate(() => Object.assign(window, { isOld: true }))
  await server.kill()
  await text(page).click()
  await page.keyboard.press('End')
  await page.keyboard.type(' Unsent.')
  await server.restart()
  const banner = page.getByRole('alert').filter({ hasText: 'Consilium was updated' })
  await expect(banner).toContainText('kept on this device', { timeout: 30_000 })
  await expect(text(page)).toHaveAttribute('contenteditable', 'false')
  await look(page, 'nodes-outdated')
  await write(page, id, 'Before.\n\n> [!NOTE]\n> New here.\n')
  await expect(text(page)).toHaveText('Before. Unsent.')
  await banner.getByRole('button', { name: 'Reload' }).click()
  await expect(callout(page)).toContainText('New here.')
  await expect(text(page)).toContainText('Before. Unsent.')
  await expect(trust(page)).toHaveText('Saved')
  expect(await markdown(page, id)).toBe('Before. Unsent.\n\n> [!NOTE]\n> New here.\n')

  // Edits that a page from before version 3 has stored, under a name without a version, are read and sent.
  await context.setOffline(true)
  await text(page).getByText('Unsent.').click()
  await page.keyboard.press('End')
  await page.keyboard.type(' Older.')
  await expect(trust(page)).toHaveText(/Offline/)
  await page.evaluate(async (id) => {
    const result = <T>(request: IDBRequest<T>) => new Promise<T>((done, fail) => {
      request.onsuccess = () => done(request.result)
      request.onerror = () => fail(request.error)
    })
    const name = (await indexedDB.databases()).map(({ name }) => name ?? '').find((name) => name.includes(id)) ?? ''
    const now = await result(indexedDB.open(name))
    const updates = await result(now.transaction('updates').objectStore('updates').getAll())
    const opening = indexedDB.open(name.replace(/:\d+$/, ''), 1)
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('updates', { autoIncrement: true })
      opening.result.createObjectStore('custom')
    }
    const earlier = await result(opening)
    const store = earlier.transaction('updates', 'readwrite').objectStore('updates')
    for (const update of updates) await result(store.add(update))
    earlier.close()
    await result(now.transaction('updates', 'readwrite').objectStore('updates').clear())
    now.close()
  }, id)
  await page.goto('about:blank')
  await context.setOffline(false)
  await page.goto(`${server.url}/documents/${id}`)
  await expect(text(page)).toContainText('Before. Unsent. Older.')
  await expect(trust(page)).toHaveText('Saved')
  expect(await markdown(page, id)).toBe('Before. Unsent. Older.\n\n> [!NOTE]\n> New here.\n')
  await context.close()
})
