// An admin creates a webhook, tests it, and sees its deliveries.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, newDocument, owner, settings } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person
let status = 204
const receiver = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(status).end())
})

test.beforeAll(async ({ browser }) => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  server = await Server.start([], { CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]' })
  ana = await owner(browser, server)
})
test.afterAll(async () => {
  await server.stop()
  receiver.close()
})

test('a webhook is created, receives events, fails, receives a delivery again, and is paused', async () => {
  const { page } = ana
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/events`
  await settings(page, 'Webhooks')
  await page.getByLabel('URL').fill('http://10.0.0.1/')
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await expect(page.getByRole('alert')).toHaveText(/private network/)
  await page.getByLabel('URL').fill(url)
  await page.getByLabel('Documents').check()
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await expect(page.getByLabel(/you won't see it again/)).toHaveValue(/^whsec_/)
  await page.getByRole('button', { name: `Deliveries to ${url}` }).click()
  await page.getByRole('button', { name: 'Send a test event' }).click()
  await expect(page.getByRole('row', { name: /webhook\.ping Delivered/ })).toBeVisible()

  status = 500
  await page.getByRole('link', { name: 'Documents' }).click()
  await newDocument(page, 'Heard of')
  await settings(page, 'Webhooks')
  await expect(page.getByRole('status')).toHaveText(/Failing since/)
  await page.getByRole('button', { name: `Deliveries to ${url}` }).click()
  await expect(page.getByRole('row', { name: /document\.create it answered 500; next attempt/ })).toBeVisible()
  await look(page, 'webhooks')
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await page.screenshot({ path: 'test-results/webhooks-phone.png', fullPage: true })
  await page.setViewportSize({ width: 1280, height: 800 })

  status = 204
  await page.getByRole('button', { name: 'Resend document.create' }).click()
  await expect(page.getByRole('row', { name: /document\.create Delivered/ })).toBeVisible()
  await page.getByRole('button', { name: `Pause ${url}` }).click()
  await expect(page.getByText(/^Paused since/)).toBeVisible()
  await page.getByRole('button', { name: `Resume ${url}` }).click()
  await page.getByRole('button', { name: `Remove ${url}` }).click()
  await expect(page.getByText('No webhooks yet.')).toBeVisible()
})
