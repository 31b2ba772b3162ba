// The pages of the account and of the members.
import AxeBuilder from '@axe-core/playwright'
import { type Page, expect, test } from '@playwright/test'
import { Server, colleague, newDocument, owner, text, trust, account, settings } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
test.beforeAll(async () => {
  server = await Server.start()
})
test.afterAll(() => server.stop())

/** Colours fade when the theme changes: wait until they are final. */
const accessible = (page: Page) => expect.poll(async () => (await new AxeBuilder({ page }).analyze()).violations).toEqual([])

test('a person changes their account, and an admin the roles of others', async ({ browser }) => {
  const ana = await owner(browser, server)
  const jonas = await colleague(browser, ana)
  const address = await newDocument(ana.page, 'Plan')
  await jonas.page.goto(address)
  await expect(trust(jonas.page)).toHaveText(/Saved/)

  await test.step('name, colour and password', async () => {
    await settings(ana.page, 'Profile')
    await ana.page.getByLabel('Your name').fill('Ana A. Alvarez')
    await ana.page.getByLabel('Color 7').check()
    await ana.page.getByRole('button', { name: 'Save' }).click()
    await expect(ana.page.getByText('Open documents show the change')).toBeVisible()
    await expect(ana.page.getByRole('button', { name: 'Your account' })).toHaveText(/Ana A. Alvarez/)
    await ana.page.getByLabel('Current password').fill('wrong wrong')
    await expect(ana.page.getByLabel('New password')).toHaveAccessibleDescription(/At least 8 characters/)
    await ana.page.getByLabel('New password').fill('quite another battery')
    await ana.page.getByRole('button', { name: 'Change password' }).click()
    await expect(ana.page.getByRole('alert')).toHaveText('Wrong password.')
    await ana.page.getByLabel('Current password').fill('correct horse battery')
    await ana.page.getByRole('button', { name: 'Change password' }).click()
    await expect(ana.page.getByText('Your other devices were signed out')).toBeVisible()
    await expect(ana.page.getByText(/This device, signed in/)).toBeVisible()
    await accessible(ana.page)
    await ana.page.screenshot({ path: 'test-results/account-light.png', fullPage: true })
    await account(ana.page, 'Dark', 'menuitemradio')
    await accessible(ana.page)
    await ana.page.screenshot({ path: 'test-results/account-dark.png', fullPage: true })
  })

  await test.step('a role, while the other is in a document', async () => {
    const newSpace = jonas.page.getByRole('button', { name: 'New space' })
    await expect(newSpace).toBeVisible()
    await settings(ana.page, 'Members')
    await ana.page.getByLabel('Role of Jonas Berg').selectOption('viewer')
    await expect(trust(jonas.page)).toHaveText(/^((View|Comment) only|Suggesting)$/)
    // What the role does not allow is no longer offered, without a reload.
    await expect(newSpace).toBeHidden()
    await ana.page.screenshot({ path: 'test-results/members-dark.png', fullPage: true })
    await ana.page.getByLabel('Role of Jonas Berg').selectOption('analyst')
    // His page stays in Suggesting until he chooses another mode.
    await expect(async () => {
      await jonas.page.getByRole('button', { name: 'Mode: Suggesting' }).click()
      await jonas.page.getByRole('menuitemradio', { name: 'Editing' }).click({ timeout: 3_000 })
    }).toPass({ timeout: 60_000 })
    await expect(trust(jonas.page)).toHaveText(/Saved/)
    await text(jonas.page).click()
    await jonas.page.keyboard.type('Written again.')
  })

  await test.step('an account is disabled and enabled', async () => {
    await ana.page.getByLabel('More for Jonas Berg').selectOption('Deactivate')
    await expect(trust(jonas.page)).toHaveText("Can't save: you are signed out")
    await expect(ana.page.getByRole('heading', { name: 'Deactivated' })).toBeVisible()
    await account(ana.page, 'Light', 'menuitemradio')
    await accessible(ana.page)
    await ana.page.screenshot({ path: 'test-results/members-light.png', fullPage: true })
    await ana.page.getByRole('button', { name: 'Reactivate' }).click()
    await expect(ana.page.getByLabel('Role of Jonas Berg')).toBeVisible()
  })
})

test('a person chooses which notifications are mailed, and unsubscribes from a mail', async ({ browser }) => {
  // No mail server listens there; the choices are stored all the same.
  const mailing = await Server.start([], { CONSILIUM_SMTP_URL: 'smtp://127.0.0.1:1' })
  const { page } = await owner(browser, mailing)
  await settings(page, 'Notifications')
  const mails = page.getByRole('region', { name: 'Email notifications' })
  await expect(mails.getByText(/until your email address is confirmed/)).toBeVisible()
  await expect(mails.getByLabel('Someone mentions you')).toHaveValue('now')
  await mails.getByLabel(/^Someone replies to you/).selectOption('never')
  await expect(mails.getByText('Saved.')).toBeVisible()
  await page.reload()
  await expect(mails.getByLabel(/^Someone replies to you/)).toHaveValue('never')
  await accessible(page)
  await mails.screenshot({ path: 'test-results/mails-light.png' })
  await page.goto(`${mailing.url}/mails#01980000-0000-7000-8000-000000000000`)
  await accessible(page)
  await page.screenshot({ path: 'test-results/mails-stop-light.png' })
  await page.getByRole('button', { name: 'Turn off all' }).click()
  await expect(page.getByRole('status')).toHaveText(/^This link doesn't work/)
  await mailing.stop()
})
