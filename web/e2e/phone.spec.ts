// The pages of people and access on a phone: nothing is cut off.
import { expect, test } from '@playwright/test'
import { Server, colleague, newDocument, owner } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

test('every page fits 390 pixels', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  await colleague(browser, ana, 'Maximiliana Konstantinopoulos-Featherstonehaugh')
  await ana.page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(ana.page, 'A plan with a long name, as plans have')
  await ana.page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/', '/settings/members', '/settings/groups', '/settings/audit', '/settings/profile', new URL(address).pathname]) {
    await ana.page.goto(server.url + path)
    await ana.page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
    const overflow = await ana.page.evaluate(() => Math.max(...[document.documentElement, ...document.querySelectorAll('.rail')].map((part) => part.scrollWidth - part.clientWidth)))
    expect(overflow, path).toBeLessThanOrEqual(0)
    if (path.startsWith('/settings')) await expect(ana.page.getByRole('navigation', { name: 'Settings' }).locator('[aria-current]')).toBeInViewport({ ratio: 1 })
    await ana.page.screenshot({ path: `test-results/phone${path.replaceAll('/', '-').slice(0, 12)}.png` })
  }
  await ana.page.getByRole('button', { name: 'Share' }).click()
  await ana.page.getByText('Share links (0)').click()
  const wider = await ana.page.locator('dialog[open]').evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth)
  expect(wider).toBeLessThanOrEqual(0)
  await ana.page.screenshot({ path: 'test-results/phone-share.png' })
  await server.stop()
})
