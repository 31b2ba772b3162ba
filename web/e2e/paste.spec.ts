// Pastes from other programs into the editor, under the page's real policy; what they become is tested sample by sample in
// src/features/editor/paste.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, newDocument, owner, text, trust } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

const SAMPLES = resolve(import.meta.dirname, '../src/features/editor/paste/fixtures')
const PICTURE = resolve(import.meta.dirname, '../../docs/images/document-light-wide.png')
const sample = (name: string) => readFileSync(`${SAMPLES}/${name}`, 'utf8')

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  await ana.context.grantPermissions(['clipboard-read', 'clipboard-write'])
})
test.afterAll(() => server.stop())

/** An empty document with the caret in it. */
async function open(page: Page, title: string): Promise<void> {
  await page.goto(server.url)
  await newDocument(page, title)
  await text(page).click()
}

const paste = (page: Page, data: Record<string, string>) => text(page).evaluate((target, data) => {
  const transfer = new DataTransfer()
  for (const [type, value] of Object.entries(data)) transfer.setData(type, value)
  target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }))
}, data)

test('[EDIT-1] what is bold in Google Docs is bold, and nothing else; Word lists are lists', async () => {
  const { page } = ana
  await open(page, 'From elsewhere')
  const broken: string[] = []
  page.on('console', (message) => /Content Security Policy/.test(message.text()) && broken.push(message.text()))
  await paste(page, { 'text/html': sample('docs-styles.html') })
  await expect(text(page).locator('strong').first()).toHaveText('bold')
  await expect(text(page).locator('p').first().locator('strong')).toHaveText(['bold', 'all'])
  await expect(text(page).locator('em').first()).toHaveText('italic')
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  await paste(page, { 'text/html': sample('word-bullets-nested.html') })
  await expect(text(page).locator('ul > li > ul > li > ul > li')).toHaveText('Deeper')
  await expect(text(page)).not.toContainText('·')
  expect(broken).toEqual([])
})

test('[EDIT-2] Markdown and cells become what they say; one undo leaves the plain text, a second nothing', async () => {
  const { page } = ana
  await open(page, 'Recognised')
  await paste(page, { 'text/plain': '# Plan\n\n- [x] Ask\n- [ ] Hire\n\nWe **grow**.\n' })
  await expect(text(page).locator('h1')).toHaveText('Plan')
  await expect(text(page).locator('li[data-checked="true"]')).toContainText('Ask')
  await expect(page.getByText('Pasted as Markdown.')).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(text(page).locator('p')).toHaveText(['# Plan', '- [x] Ask', '- [ ] Hire', 'We **grow**.'])
  await expect(text(page).locator('h1')).toHaveCount(0)
  await page.keyboard.press('Control+z')
  await expect(text(page)).toHaveText('')

  await paste(page, { 'text/plain': 'Country\tGrowth\nNorway\t11\n' })
  await expect(text(page).locator('th')).toHaveText(['Country', 'Growth'])
  await page.getByRole('button', { name: 'Keep the plain text instead' }).click()
  await expect(text(page).locator('table')).toHaveCount(0)
  await expect(text(page)).toContainText('Country\tGrowth')
})

test('[EDIT-2] Ctrl-Shift-V pastes the text as it is', async () => {
  const { page } = ana
  await open(page, 'Plain')
  await page.evaluate(() => navigator.clipboard.write([new ClipboardItem({
    'text/plain': new Blob(['# Not a heading\n- not an item'], { type: 'text/plain' }),
    'text/html': new Blob(['<h1>A heading</h1><ul><li>an item</li></ul>'], { type: 'text/html' }),
  })]))
  await page.keyboard.press('Control+Shift+v')
  await expect(text(page).locator('p')).toHaveText(['# Not a heading', '- not an item'])
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+v')
  await expect(text(page).locator('h1')).toHaveText('A heading')
})

test('[EDIT-3] images: one that is missing is said to be and can be uploaded, one in the text is uploaded, one elsewhere is offered to be stored', async () => {
  const { page } = ana
  await open(page, 'Images')
  await paste(page, { 'text/html': sample('word-local-image.html') })
  await expect(page.getByText('The image “Growth since 2020” is missing')).toBeVisible()
  await expect(page.getByText('1 image did not come with the text')).toBeVisible()
  await look(page, 'paste-missing')
  const chooser = page.waitForEvent('filechooser')
  await text(page).getByRole('button', { name: 'Upload', exact: true }).click()
  await (await chooser).setFiles(PICTURE)
  const shown = () => text(page).locator('.picture img').evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth > 0))
  await expect.poll(shown).toEqual([true])
  await expect(text(page).locator('.picture img')).toHaveAttribute('alt', 'Growth since 2020')

  await text(page).getByText('And after it.').click()
  const inText = `data:image/png;base64,${readFileSync(PICTURE).toString('base64')}`
  await expect(text(page).locator('.picture.selected')).toHaveCount(0)
  await page.keyboard.press('End')
  await paste(page, { 'text/html': `<p>One more:</p><img alt="in the text" src="${inText}"><p>The end.</p>` })
  await expect.poll(shown).toEqual([true, true])
  await expect(trust(page)).toHaveText(/^Saved/)

  await text(page).getByText('The end.').click()
  await page.keyboard.press('End')
  await paste(page, { 'text/html': '<p>Elsewhere:</p><img alt="far" src="https://pictures.invalid/far.png">' })
  await expect(page.getByText('1 image is loaded from another website')).toBeVisible()
  await page.getByRole('button', { name: 'Store a copy here' }).click()
  await expect(page.getByText('1 image could not be copied')).toBeVisible()
})

test('[EDIT-4] 200 KB come in parts, and are one step of undo', async () => {
  const { page } = ana
  await open(page, 'Long')
  const line = 'The home market grows by three percent a year, and the north by eleven, which is more.'
  const lines = Array.from({ length: 2_300 }, (_, index) => `${index} ${line}`)
  await page.evaluate(() => {
    const seen = window as unknown as { tasks: number[] }
    seen.tasks = []
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })
  })
  await paste(page, { 'text/plain': lines.join('\n') })
  await expect(text(page).locator('p')).toHaveCount(2_300)
  const longest = await page.evaluate(() => Math.max(0, ...(window as unknown as { tasks: number[] }).tasks))
  console.log(`200 KB: the page was blocked for ${Math.round(longest)} ms at most`)
  await expect(text(page).locator('p').last()).toHaveText(`2299 ${line}`)
  await page.keyboard.type(' And more.')
  await expect(text(page).locator('p').last()).toHaveText(`2299 ${line} And more.`)
  await page.keyboard.press('Control+z')
  await expect(text(page).locator('p').last()).toHaveText(`2299 ${line}`)
  await page.keyboard.press('Control+z')
  await expect(text(page)).toHaveText('')
})
