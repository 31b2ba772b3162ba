// Lists change while they are shown, without a reload and without polling.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Page, expect, test } from '@playwright/test'
import { type Person, Server, colleague, newDocument, owner, settings } from './server'

// The second test begins where the first one ends.
test.describe.configure({ mode: 'serial' })

/** Longer than 30 s, the interval at which pages used to poll the inbox, and after which a silent socket counts as gone. */
const IDLE_MS = 40_000

let server: Server
let ana: Person
let jonas: Person
const receiver = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(204).end())
})

test.beforeAll(async ({ browser }) => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  server = await Server.start([], { CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]' })
  ana = await owner(browser, server)
  jonas = await colleague(browser, ana)
})
test.afterAll(async () => {
  await server.stop()
  receiver.close()
})

/** Records the requests of a page from now on. */
function requests(page: Page): string[] {
  const asked: string[] = []
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
  page.on('websocket', () => asked.push('another socket'))
  return asked
}

/** Marks the page; a reload would lose the mark. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { isSame: true }))
const isMarked = (page: Page) => page.evaluate(() => 'isSame' in window)

/** Loads the page anew, waits until it watches topics, and follows a link. */
async function reloadAndOpen(page: Page, link: string) {
  const url = page.url()
  // An empty page between the two: no socket of the old page opens any more, none of the new one opens unheard.
  await page.goto('about:blank')
  const watches = new Promise<void>((resolve) => {
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => String(payload).includes('watching') && resolve()))
  })
  await page.goto(url)
  await watches
  await page.getByRole('link', { name: link, exact: true }).click()
}

test('lists change on every page that shows them, and pages do not poll', async ({ browser }) => {
  const webhooks = await ana.context.newPage()
  await webhooks.goto(`${server.url}/settings/webhooks`)
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/events`
  await webhooks.getByLabel('URL').fill(url)
  await webhooks.getByRole('button', { name: 'Create webhook' }).click()
  await expect(webhooks.getByRole('button', { name: `Deliveries to ${url}` })).toBeVisible()
  await reloadAndOpen(webhooks, 'Webhooks')
  await webhooks.getByRole('button', { name: `Deliveries to ${url}` }).click()
  await expect(webhooks.getByText('No deliveries yet.')).toBeVisible()
  await reloadAndOpen(jonas.page, 'Documents')
  await expect(jonas.page.getByRole('heading', { name: 'Documents' })).toBeVisible()
  for (const page of [webhooks, jonas.page]) await mark(page)
  await jonas.page.waitForLoadState('networkidle')
  await webhooks.waitForLoadState('networkidle')

  // This wait is the test: no request is made while time passes. Changes made just before may still be on their way.
  await expect(async () => {
    const asked = [requests(webhooks), requests(jonas.page)]
    await jonas.page.waitForTimeout(IDLE_MS)
    expect(asked).toEqual([[], []])
  }).toPass({ timeout: 4 * IDLE_MS })

  const address = await newDocument(ana.page, 'Plan 2027')
  await expect(jonas.page.getByRole('link', { name: /Plan 2027/ })).toBeVisible()
  await expect(webhooks.getByRole('row', { name: /document\.create Delivered/ })).toBeVisible()

  await settings(jonas.page, 'Members')
  await expect(jonas.page.getByText('Jonas Berg').first()).toBeVisible()
  await colleague(browser, ana, 'Mia Moss')
  await expect(jonas.page.getByText('Mia Moss')).toBeVisible()

  await ana.page.evaluate(async (id) => {
    const members = (await (await fetch('/api/v1/members')).json()) as { account_id: string; name: string }[]
    const jonas = members.find(({ name }) => name === 'Jonas Berg')?.account_id
    const body = JSON.stringify({ body: 'Is this right? @Jonas Berg', mentions: [{ kind: 'account', id: jonas }] })
    const answer = await fetch(`/api/v1/documents/${id}/threads`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    if (answer.status !== 201) throw new Error(await answer.text())
  }, address.split('/').at(-1))
  await expect(jonas.page.getByRole('link', { name: /Inbox\s*1 unread/ })).toBeVisible()
  expect([await isMarked(jonas.page), await isMarked(webhooks)]).toEqual([true, true])
})

test('a page reads its lists again after a reconnect, and a document shares its socket', async () => {
  const { page } = jonas
  await page.getByRole('link', { name: 'Documents', exact: true }).click()
  await mark(page)
  const asked = requests(page)
  await page.getByRole('link', { name: /Plan 2027/ }).click()
  await expect(page.getByTestId('trust')).toHaveText(/Saved/)
  expect(asked.filter((request) => request === 'another socket')).toEqual([])
  await page.getByRole('link', { name: 'Documents', exact: true }).click()
  await expect(page.getByRole('link', { name: /Plan 2027/ })).toBeVisible()
  await server.kill()
  await server.restart()
  await ana.page.goto(`${server.url}/documents`)
  await newDocument(ana.page, 'Made meanwhile')
  await expect(page.getByRole('link', { name: /Made meanwhile/ })).toBeVisible()
  expect(await isMarked(page)).toBe(true)
})
