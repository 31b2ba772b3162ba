// A document is approved in two steps, changed afterwards, and says so.
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

test('a plan goes through a workflow, step by step, and a change after it is seen', async ({ browser }) => {
  const { page } = ana
  const jonas = await colleague(browser, ana)
  await page.getByRole('link', { name: 'Members' }).click()
  await page.getByLabel('Role of Jonas Berg').selectOption('manager')
  await page.getByRole('link', { name: 'Workflows' }).click()
  await page.getByLabel('Its name').fill('Plans')
  await page.getByLabel('Name', { exact: true }).fill('Strategy')
  await page.getByRole('combobox', { name: /^Who/ }).selectOption('Jonas Berg')
  await page.getByRole('button', { name: 'Another step' }).click()
  await page.getByLabel('Name', { exact: true }).last().fill('Board')
  await page.getByRole('combobox', { name: /^Who/ }).last().selectOption('Admins')
  await page.getByLabel('Within days (optional)').last().fill('5')
  await page.getByRole('button', { name: 'Make it' }).click()
  await expect(page.getByText('1. Strategy: Jonas Berg')).toBeVisible()
  await look(page, 'workflows')

  await page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(page, 'Plan 2027')
  await text(page).click()
  await page.keyboard.type('We enter one country a year.')
  await expect(trust(page)).toHaveText(/Saved on the server/)
  await page.getByRole('button', { name: 'Draft' }).click()
  await page.getByLabel('Have it approved by').selectOption('Plans')
  await page.getByLabel(/A word to them/).fill('Please by Friday.')
  await page.getByRole('button', { name: 'Ask for approval' }).click()
  await expect(page.getByRole('alert')).toHaveText(/may not approve this document: Jonas Berg/)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByLabel('Person or group').selectOption('Jonas Berg')
  await page.getByLabel('Level').last().selectOption('approve')
  await page.getByRole('button', { name: 'Give' }).click()
  await expect(page.getByLabel('What Jonas Berg may do')).toHaveValue('approve')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Ask for approval' }).click()
  await expect(page.getByTestId('approval')).toHaveText('In review: waits for Jonas Berg')
  await look(page, 'approval-pending')

  await jonas.page.getByRole('link', { name: 'Inbox' }).click()
  await jonas.page.getByRole('region', { name: 'Waits for you' }).getByRole('link').click()
  await jonas.page.getByLabel(/A word about it/).fill('Bold, and right.')
  await jonas.page.getByRole('button', { name: 'Approve', exact: true }).click()
  await expect(page.getByTestId('approval')).toHaveText('In review: waits for Ana Alvarez')
  await expect(page.getByText('Jonas Berg approved : Bold, and right.')).toBeVisible()
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await expect(page.getByTestId('approval')).toHaveText(/Approved by Jonas Berg and Ana Alvarez on/)
  await expect(page.getByTestId('approval')).not.toHaveText(/changed since/)

  await jonas.page.goto(address)
  await text(jonas.page).click()
  await jonas.page.keyboard.press('ControlOrMeta+End')
  await jonas.page.keyboard.type(' Or two.')
  await expect(trust(jonas.page)).toHaveText(/Saved on the server/)
  await page.reload()
  await expect(page.getByTestId('approval')).toHaveText(/changed since: \+2 −0 words/)
  await page.getByRole('button', { name: 'Compare' }).click()
  await expect(page.getByRole('article', { name: 'What differs' }).locator('ins')).toHaveText(' Or two.')
  await page.getByRole('button', { name: 'Approved' }).click()
  await look(page, 'approval-changed')
  await page.getByRole('button', { name: 'Publish' }).click()
  await expect(page.getByRole('button', { name: 'Published' })).toBeVisible()
  await page.getByRole('button', { name: 'Begin a new version' }).click()
  await expect(page.getByRole('button', { name: 'Draft' })).toBeVisible()
})
