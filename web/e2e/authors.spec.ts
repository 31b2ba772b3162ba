// Who wrote a text: by person, with a legend, by mouse and by keyboard; and the words that the page adds to the server's
// HTML, in its language.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, more, newDocument, owner, text, trust } from './server'

let server: Server
let ana: Person
let mia: Person
let address: string

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  mia = await colleague(browser, ana, 'Mia Lund')
  await ana.page.getByRole('link', { name: 'Documents' }).click()
  address = await newDocument(ana.page, 'Growth in the north')
  const path = `/api/v1/documents/${address.split('/').at(-1)}/content`
  await ana.page.evaluate(async (path) => {
    const etag = (await fetch(path)).headers.get('etag') ?? '"0"'
    const body = '# Growth\n\nGrowth is slow in the north, and our costs are high.\n\n> [!WARNING]\n> The office closes in June.\n\nWe hire three people.\n'
    const answer = await fetch(path, { method: 'PUT', headers: { 'content-type': 'text/markdown', 'if-match': etag }, body })
    if (!answer.ok) throw new Error(await answer.text())
  }, path)
  await mia.page.goto(address)
  await text(mia.page).getByText('We hire three people.').click()
  await mia.page.keyboard.press('End')
  await mia.page.keyboard.type(' They begin in the spring, in Oslo.')
  await expect(trust(mia.page)).toHaveText(/Saved/)
  await expect(text(ana.page)).toContainText('in Oslo.')
  await more(ana.page, 'History')
  await ana.page.getByLabel('Name this version').fill('For the board')
  await ana.page.getByRole('button', { name: 'Save version' }).click()
  await ana.page.getByRole('button', { name: 'Close the history' }).click()
})
test.afterAll(() => server.stop())

async function whoWrote(page: Page, [history, version, who]: readonly [string, RegExp, string]): Promise<void> {
  await more(page, history)
  await page.getByRole('button', { name: version }).first().click()
  await page.getByRole('button', { name: who }).click()
}

test('[REV-14] people are told apart by colour, picked out, and named by mouse and keyboard', async () => {
  const { page } = ana
  await whoWrote(page, ['History', /For the board/, 'Who wrote this'])
  const article = page.getByRole('article', { name: 'Changes' })
  const legend = article.getByRole('group', { name: 'Authors' })
  await expect(legend.getByRole('button')).toHaveText(['Everybody', 'Ana Alvarez', 'Mia Lund'])
  const hers = article.locator('ins').filter({ hasText: 'in Oslo' })
  const anas = article.locator('ins').filter({ hasText: 'We hire three people.' })
  await expect(anas).toHaveAttribute('title', /^Ana Alvarez, /)
  await expect(hers).toHaveAttribute('title', /^Mia Lund, /)
  const ground = (mark: typeof hers) => mark.evaluate((element) => getComputedStyle(element).backgroundColor)
  expect(await ground(hers)).not.toBe(await ground(anas))
  await expect(article.locator('[data-callout]')).toHaveAttribute('data-title', 'Warning')
  await look(page, 'who-wrote')

  // One person is selected, and the words of the others fade.
  await legend.getByRole('button', { name: 'Mia Lund' }).click()
  await expect(anas).toHaveClass(/faded/)
  await expect(hers).not.toHaveClass(/faded/)
  await look(page, 'who-wrote-one')
  await legend.getByRole('button', { name: 'Everybody' }).click()
  await expect(anas).not.toHaveClass(/faded/)

  // By mouse, and by keyboard: one stop of Tab, and arrows.
  await hers.click()
  await expect(article.locator('.who')).toHaveText(/^Mia Lund, /)
  await article.locator('ins').first().focus()
  await expect(article.locator('.who')).toHaveText(/^Ana Alvarez, /)
  await page.keyboard.press('End')
  await expect(hers).toBeFocused()
  await expect(article.locator('.who')).toHaveText(/^Mia Lund, /)
  await page.keyboard.press('ArrowUp')
  await expect(article.locator('.who')).toHaveText(/^Ana Alvarez, /)
  await page.keyboard.press('Home')
  await expect(article.locator('ins').first()).toBeFocused()
  await expect(article.locator('ins[tabindex="0"]')).toHaveCount(1)
  for (const [name, width] of [['tablet', 1024], ['phone', 390]] as const) {
    await page.setViewportSize({ width, height: 844 })
    await look(page, `who-wrote-${name}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('[WORD-13] callouts in a comparison are named in the language of the page', async ({ browser }) => {
  const context = await browser.newContext({ storageState: await mia.context.storageState(), locale: 'de-DE' })
  const page = await context.newPage()
  await page.goto(address)
  await page.getByRole('button', { name: 'Weitere Aktionen' }).click()
  await page.getByRole('menuitem', { name: 'Verlauf' }).click()
  await page.getByRole('button', { name: /For the board/ }).first().click()
  await page.getByRole('button', { name: 'Text dieser Version' }).click()
  const callout = page.getByRole('article', { name: 'Änderungen' }).locator('[data-callout]')
  await expect(callout).toHaveAttribute('data-title', 'Warnung')
  expect(await callout.evaluate((box) => getComputedStyle(box, '::before').content)).toBe('"Warnung"')
  await context.close()
})
