// A published document on the web: put there, read signed out, and taken back.
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, newDocument, owner, text } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

test('[PUB-1] [PUB-2] a published document is put on the web, read without an account, and taken back', async ({ browser }) => {
  const { page } = ana
  await newDocument(page, 'Market entry')
  await text(page).click()
  await page.keyboard.type('Norway first.\nWhy: short distances, known customers.')
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Publish on the web' }).click()
  const dialog = page.getByRole('dialog', { name: /on the web/ })
  await expect(dialog.getByText('Request approval first.')).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Put on the web' })).toBeDisabled()
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  const id = page.url().split('/').at(-1) ?? ''
  await page.evaluate(async (id) => {
    const call = async (path: string, body: object) => (await fetch(`/api/v1/documents/${id}/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).text()
    const me = (await (await fetch('/api/v1/me')).json()).account_id
    const { approval_id } = JSON.parse(await call('approvals', { steps: [{ name: 'Lead', people: [{ kind: 'account', id: me }] }] }))
    await call(`approvals/${approval_id}/decide`, { verdict: 'approve' })
  }, id)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Publish on the web' }).click()
  await dialog.getByRole('button', { name: 'Publish and put on the web' }).click()
  const address = await dialog.getByLabel('Address', { exact: true }).inputValue()
  await dialog.getByLabel('Ask readers “Was this helpful?”').check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('helpful to 0, not to 0')).toBeVisible()
  await look(page, 'publish-dialog')

  const context = await browser.newContext({ colorScheme: 'dark' })
  const visitor = await context.newPage()
  for (const width of [1440, 390]) {
    await visitor.setViewportSize({ width, height: 844 })
    await visitor.goto(address)
    await expect(visitor.getByRole('heading', { name: 'Market entry' })).toBeVisible()
    await expect(visitor.getByText('short distances')).toBeVisible()
    expect((await new AxeBuilder({ page: visitor }).analyze()).violations).toEqual([])
    await visitor.screenshot({ path: `test-results/public-page-${width}.png`, fullPage: true })
  }
  await visitor.getByRole('button', { name: 'Yes' }).click()
  await expect(visitor.getByText('Thank you for your answer.')).toBeVisible()
  // "Done" also saves a box that was just ticked.
  await dialog.getByLabel('Let search engines list it').check()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toBeHidden()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Publish on the web' }).click()
  await expect(dialog.getByLabel('Let search engines list it')).toBeChecked()
  await dialog.getByRole('button', { name: 'Take off the web' }).click()
  await page.getByRole('dialog', { name: 'Take this off the web?' }).getByRole('button', { name: 'Take off the web' }).click()
  await expect(dialog.getByRole('button', { name: 'Put on the web' })).toBeVisible()
  await visitor.goto(address)
  await expect(visitor.getByText('no longer public')).toBeVisible()
  await context.close()
})
