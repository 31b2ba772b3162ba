// Files in a text: pictures by drop, picker and paste with a caption and a width, files as cards, and what a reader sees.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

const PICTURE = resolve(import.meta.dirname, '../../docs/images/document-light-wide.png')

let server: Server
let ana: Person
let address: string

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  address = await newDocument(ana.page, 'Market entry')
})
test.afterAll(() => server.stop())

const text = (page: Page) => page.getByRole('textbox', { name: 'Document text' })
const shown = (page: Page) => expect.poll(() => text(page).locator('.picture img').evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth > 0)))

/** Drops a file on the text, or pastes it. */
async function give(page: Page, how: 'drop' | 'paste', name: string, type: string, content: Buffer): Promise<void> {
  await text(page).evaluate((target, [how, name, type, encoded]) => {
    const data = new DataTransfer()
    data.items.add(new File([Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0))], name, { type }))
    const at = target.getBoundingClientRect()
    const event = how === 'drop'
      ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true, clientX: at.left + 20, clientY: at.top + 10 })
      : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    target.dispatchEvent(event)
  }, [how, name, type, content.toString('base64')] as const)
}

test('[FILE-13] a picture is dropped, described, captioned and made narrower, and a reader sees it', async ({ browser }) => {
  const { page } = ana
  await text(page).click()
  await page.keyboard.type('Where we stand.')
  await give(page, 'drop', 'chart.png', 'image/png', readFileSync(PICTURE))
  await shown(page).toEqual([true])
  const picture = text(page).locator('.picture')
  await picture.locator('img').click()
  await page.getByLabel('Describe the image').fill('A chart of growth')
  await page.getByLabel('Caption').fill('Growth since 2020')
  await page.getByLabel('Caption').press('Enter')
  await expect(picture.locator('figcaption')).toHaveText('Growth since 2020')
  await expect(picture.getByRole('img', { name: 'A chart of growth' })).toBeVisible()

  const before = await picture.locator('.around').boundingBox()
  await picture.hover()
  const handle = await picture.getByRole('button', { name: 'Width of the image' }).boundingBox()
  if (!before || !handle) throw new Error('no picture')
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2)
  await page.mouse.down()
  await page.mouse.move(handle.x - 200, handle.y + handle.height / 2, { steps: 5 })
  await page.mouse.up()
  await expect.poll(async () => Math.round((await picture.locator('.around').boundingBox())?.width ?? 0)).toBeLessThan(before.width - 150)
  await look(page, 'files-picture')

  const jonas = await colleague(browser, ana)
  await jonas.page.goto(address)
  await shown(jonas.page).toEqual([true])
  await expect(jonas.page.getByText('Growth since 2020')).toBeVisible()
})

test('[FILE-13] a file becomes a card that downloads it, also one of many megabytes, and an upload can be cancelled', async () => {
  const { page } = ana
  await text(page).click()
  await page.keyboard.press('Control+End')
  await give(page, 'paste', 'budget.csv', 'text/csv', Buffer.from('country,growth\nNorway,11\n'))
  const card = text(page).locator('.file-card', { hasText: 'budget.csv' })
  await expect(card).toContainText('25 B')
  const [download] = await Promise.all([page.waitForEvent('download'), card.getByRole('link').click()])
  expect(readFileSync(await download.path(), 'utf8')).toContain('Norway,11')

  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Upload image or file' }).click()
  await (await chooser).setFiles({ name: 'minutes.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(9 << 20, 'minutes') })
  await expect(text(page).locator('.file-card', { hasText: 'minutes.bin' })).toContainText('9.4 MB')

  // The request never completes, so that the upload can be cancelled.
  await page.route('**/attachments?*', () => undefined)
  await give(page, 'paste', 'never.txt', 'text/plain', Buffer.from('x'))
  await expect(page.getByText('Uploading never.txt…')).toBeVisible()
  await page.getByRole('button', { name: 'Cancel upload' }).click()
  await expect(page.getByText('never.txt')).toBeHidden()
  await page.unroute('**/attachments?*')
  await look(page, 'files-cards')
  await page.setViewportSize({ width: 390, height: 844 })
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wider).toBeLessThanOrEqual(0)
  await page.screenshot({ path: 'test-results/files-phone.png', fullPage: true })
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('[FILE-13] an upload goes on while another page is open, and comes to the end of the text', async () => {
  const { page } = ana
  let go = () => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  await page.route('**/attachments?*', async (route) => {
    await held
    await route.continue()
  })
  await text(page).click()
  await give(page, 'paste', 'slow.txt', 'text/plain', Buffer.from('slowly'))
  await expect(page.getByText('Uploading slow.txt…')).toBeVisible()
  await page.getByRole('link', { name: 'Home', exact: true }).first().click()
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible()
  const written = page.waitForResponse((response) => response.request().method() === 'PUT' && response.url().endsWith('/content'))
  go()
  expect((await written).ok()).toBe(true)
  await page.unroute('**/attachments?*')
  await page.goto(address)
  await expect(text(page).locator('.file-card', { hasText: 'slow.txt' })).toContainText('6 B')
})

test('[FILE-13] offline, an upload says that it needs a connection', async () => {
  const { page, context } = ana
  await context.setOffline(true)
  await expect(page.getByText(/Offline/).first()).toBeVisible()
  await give(page, 'paste', 'later.txt', 'text/plain', Buffer.from('x'))
  await expect(page.getByRole('alert').filter({ hasText: 'An upload needs a connection' })).toBeVisible()
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await context.setOffline(false)
})

test('[FILE-1] the files of a document are listed, added and removed', async () => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents', exact: true }).click()
  await newDocument(page, 'With files')
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Files', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: /^Files of/ })
  await expect(dialog.getByText('No files yet.')).toBeVisible()
  await dialog.getByLabel('Add a file').setInputFiles({ name: 'numbers.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') })
  await expect(dialog.getByText('numbers.csv')).toBeVisible()
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('link', { name: 'Download numbers.csv' }).click()])
  expect(download.suggestedFilename()).toBe('numbers.csv')
  await dialog.getByRole('button', { name: 'Remove numbers.csv' }).click()
  await expect(dialog.getByText('No files yet.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Done', exact: true }).click()
})
