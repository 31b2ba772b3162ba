// A document's past: kept under a name, compared, brought back, and the bringing back taken back.
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text, trust } from './server'

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

test('a version is kept, compared, restored while somebody looks on, and the restore is taken back', async ({ browser }) => {
  const { page } = ana
  const jonas = await colleague(browser, ana)
  await page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(page, 'Growth')
  await text(page).click()
  await page.keyboard.type('Growth is slow in the north.\nWe hire three people.\nThe office moves in June.')
  await expect(trust(page)).toHaveText(/Saved on the server/)
  await page.getByRole('button', { name: 'History' }).click()
  await page.getByLabel(/Keep the text as it is now/).fill('As sent to the board')
  await page.getByRole('button', { name: 'Keep it' }).click()
  await expect(page.getByText('As sent to the board')).toBeVisible()

  await text(page).getByText('Growth is slow').click({ clickCount: 3 })
  await page.keyboard.type('Growth is steady in the north.')
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type(' So it is.')
  await expect(trust(page)).toHaveText(/Saved on the server/)
  await page.getByRole('button', { name: /As sent to the board/ }).click()
  const comparison = page.getByRole('article', { name: 'What differs' })
  await expect(comparison.locator('del')).toHaveText('slow')
  await expect(comparison.locator('ins')).toHaveText(['steady', ' So it is.'])
  await expect(comparison.getByRole('status')).toHaveText('2 changes')
  await comparison.getByRole('button', { name: 'Next change' }).click()
  await comparison.getByRole('button', { name: 'Next change' }).click()
  await expect(comparison.getByRole('status')).toHaveText('2 of 2')
  await look(page, 'history')
  await comparison.getByRole('button', { name: 'In this version' }).click()
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
  await page.getByRole('status').getByRole('button', { name: 'Take it back' }).click()
  await expect(text(jonas.page)).toContainText(/Since then: .*Growth is steady in the north\./)
  await expect(text(jonas.page)).toContainText('So it is.')
  await expect(page.getByText('A restore was taken back')).toBeVisible()
  await look(page, 'history-restored')

  // Who may only look sees the versions and cannot bring one back.
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByLabel('Everybody in the workspace').selectOption('view')
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(trust(jonas.page)).toHaveText(/Read-only/)
  await jonas.page.getByRole('button', { name: 'History' }).click()
  await jonas.page.getByRole('button', { name: /As sent to the board/ }).click()
  await expect(jonas.page.getByRole('article', { name: 'What differs' })).toBeVisible()
  await expect(jonas.page.getByRole('button', { name: 'Restore this version' })).toHaveCount(0)
  await jonas.page.setViewportSize({ width: 390, height: 844 })
  await look(jonas.page, 'history-phone')
  expect(await jonas.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})
