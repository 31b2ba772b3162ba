// The history of a document: named revisions, comparison, restore, and undo of a restore.
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text, trust, more } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

test('a revision is kept, compared and restored while somebody watches, and the restore is undone', async ({ browser }) => {
  const { page } = ana
  const jonas = await colleague(browser, ana)
  await page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(page, 'Growth')
  await text(page).click()
  await page.keyboard.type('Growth is slow in the north.\nWe hire three people.\nThe office moves in June.')
  await expect(trust(page)).toHaveText(/Saved/)
  await more(page, 'History')
  await page.getByLabel('Name this version').fill('As sent to the board')
  await page.getByRole('button', { name: 'Save version' }).click()
  await expect(page.getByText('As sent to the board')).toBeVisible()

  await text(page).getByText('Growth is slow').click({ clickCount: 3 })
  await page.keyboard.type('Growth is steady in the north.')
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type(' So it is.')
  await expect(trust(page)).toHaveText(/Saved/)
  await page.getByRole('button', { name: /As sent to the board/ }).click()
  const comparison = page.getByRole('article', { name: 'Changes' })
  await expect(comparison.locator('del')).toHaveText('slow')
  await expect(comparison.locator('ins')).toHaveText(['steady', ' So it is.'])
  await expect(comparison.getByRole('status')).toHaveText('2 changes')
  await comparison.getByRole('button', { name: 'Next change' }).click()
  await comparison.getByRole('button', { name: 'Next change' }).click()
  await expect(comparison.getByRole('status')).toHaveText('2 of 2')
  await look(page, 'history')
  await comparison.getByRole('button', { name: 'Compare with previous' }).click()
  await expect(comparison.locator('ins')).toHaveCount(3)

  await jonas.page.goto(address)
  await expect(text(jonas.page)).toContainText('steady')
  await page.getByRole('button', { name: 'Restore this version' }).click()
  await expect(text(jonas.page)).toContainText('Growth is slow in the north.')
  await expect(text(page)).toContainText('Growth is slow in the north.')
  await expect(text(page)).not.toContainText('So it is.')
  await text(jonas.page).click()
  await jonas.page.keyboard.press('ControlOrMeta+Home')
  await jonas.page.keyboard.type('Since then: ')
  await expect(text(page)).toContainText(/Since then: .*Growth is slow/)
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await expect(text(jonas.page)).toContainText(/Since then: .*Growth is steady in the north\./)
  await expect(text(jonas.page)).toContainText('So it is.')
  await expect(page.getByText('Restore undone')).toBeVisible()
  await look(page, 'history-restored')

  // A viewer sees the revisions, but cannot restore one.
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByLabel(/^Anyone in /).selectOption('view')
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await expect(trust(jonas.page)).toHaveText(/^((View|Comment) only|Suggesting)$/)
  await more(jonas.page, 'History')
  await jonas.page.getByRole('button', { name: /As sent to the board/ }).click()
  await expect(jonas.page.getByRole('article', { name: 'Changes' })).toBeVisible()
  await expect(jonas.page.getByRole('button', { name: 'Restore this version' })).toHaveCount(0)
  await jonas.page.setViewportSize({ width: 390, height: 844 })
  await look(jonas.page, 'history-phone')
  expect(await jonas.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})

test('a returning person sees what the other wrote since, and who wrote a passage', async ({ browser }) => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  const jonas = await colleague(browser, ana, 'Mia Lund')
  const address = await newDocument(page, 'Since')
  await text(page).click()
  await page.keyboard.type('Growth is slow in the north.')
  await expect(trust(page)).toHaveText(/Saved/)
  await more(page, 'History')
  await page.getByLabel('Name this version').fill('First')
  await page.getByRole('button', { name: 'Save version' }).click()
  await expect(page.getByRole('button', { name: /First/ })).toBeVisible()
  await page.getByRole('link', { name: 'Inbox' }).click()
  await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible()

  await jonas.page.goto(address)
  await expect(text(jonas.page)).toContainText('Growth is slow')
  await text(jonas.page).click()
  await jonas.page.keyboard.press('ControlOrMeta+End')
  await jonas.page.keyboard.type(' We hire three people.')
  await expect(trust(jonas.page)).toHaveText(/Saved/)

  await page.goto(address)
  const news = page.getByTestId('unread')
  await expect(news).toHaveText(/Since your last visit \(.*\): Mia Lund added 4 words/)
  await text(page).click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.getByRole('button', { name: 'Show authors' }).click()
  const writers = page.getByRole('list', { name: 'Authors of this text' }).getByRole('listitem')
  await expect(writers).toHaveCount(2)
  await expect(writers.nth(0)).toContainText('Ana Alvarez')
  await expect(writers.nth(1)).toContainText('We hire three people.')
  await look(page, 'authors')
  await news.getByRole('button', { name: 'Show changes' }).click()
  await expect(page.getByRole('article', { name: 'Changes' }).locator('ins')).toHaveText(' We hire three people.')
  await page.getByRole('button', { name: 'Close the history' }).click()
  await news.getByRole('button', { name: 'Mark as read' }).click()
  await expect(news).toBeHidden()
  await page.reload()
  await expect(text(page)).toContainText('three people')
  await expect(news).toBeHidden()
})
