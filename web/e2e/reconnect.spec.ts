// A page without a connection receives no changes: after reconnecting, it reads everything that it shows again.
import { type Page, type WebSocketRoute, expect, test } from '@playwright/test'
import { Server, colleague, newDocument, owner, text, trust, more } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

test('changes made while the connection was lost are shown after reconnecting', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  const jonas = await colleague(browser, ana)
  const address = await newDocument(ana.page, 'Plan 2027')
  const sockets = new Set<WebSocketRoute>()
  let isCut = false
  await jonas.page.routeWebSocket(/\/collab\?/, (socket) => {
    if (isCut) return void socket.close()
    socket.connectToServer()
    sockets.add(socket)
  })
  await jonas.page.goto(address)
  await expect(trust(jonas.page)).toHaveText(/Saved/)
  await more(jonas.page, 'History')
  await expect(jonas.page.getByText('No versions yet.')).toBeVisible()

  isCut = true
  for (const socket of sockets) await socket.close()
  await expect(trust(jonas.page)).toHaveText(/Can't reach the server/)
  await ana.page.getByLabel('Title', { exact: true }).fill('Plan 2028')
  await ana.page.keyboard.press('Enter')
  await more(ana.page, 'History')
  await ana.page.getByLabel('Name this version').fill('As sent to the board')
  await ana.page.getByRole('button', { name: 'Save version' }).click()
  await expect(ana.page.getByRole('button', { name: /As sent to the board/ })).toBeVisible()
  await expect(jonas.page.getByLabel('Title', { exact: true })).toHaveValue('Plan 2027')

  isCut = false
  await expect(trust(jonas.page)).toHaveText(/Saved/)
  await expect(jonas.page.getByLabel('Title', { exact: true })).toHaveValue('Plan 2028')
  await expect(jonas.page.getByRole('button', { name: /As sent to the board/ })).toBeVisible()
  await server.stop()
})

/** The page reads everything that it shows again, as when its window gets the focus. */
async function askAgain(page: Page, path: RegExp): Promise<void> {
  let isAnswered = false
  const answered = page.waitForResponse((response) => path.test(new URL(response.url()).pathname)).then(() => (isAnswered = true))
  // A request that is still running is not sent again.
  await expect.poll(async () => {
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))
    return isAnswered
  }).toBe(true)
  await answered
}

test('reading the account again keeps the input of the sign-in form', async ({ browser }) => {
  const server = await Server.start()
  await owner(browser, server)
  const stranger = await (await browser.newContext()).newPage()
  await stranger.goto(server.url)
  await stranger.getByLabel('Email').fill('ana@example.org')
  for (let time = 0; time < 2; time++) await askAgain(stranger, /\/guest$/)
  await expect(stranger.getByLabel('Email')).toHaveValue('ana@example.org')
  await server.stop()
})

test('a document stays on the page while the server cannot return its metadata', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  await newDocument(ana.page, 'Plan 2027')
  await text(ana.page).click()
  await ana.page.keyboard.type('It is still here.')
  await expect(trust(ana.page)).toHaveText(/Saved/)
  await ana.page.route(/\/api\/v1\/documents\/[\w-]+$/, (route) => route.fulfill({ status: 503, json: { code: 'database-down', detail: 'The database does not answer.' } }))
  for (let time = 0; time < 2; time++) await askAgain(ana.page, /\/documents\/[\w-]+$/)
  await expect(text(ana.page)).toContainText('It is still here.')
  await server.stop()
})

test('(A8) [SYNC-27] a document opened while the server is down shows the text of this device, and saves what was typed once the server is back', async ({ browser }) => {
  const server = await Server.start()
  const { page } = await owner(browser, server)
  await newDocument(page, 'Plan 2027')
  await text(page).click()
  await page.keyboard.type('Written before.')
  await expect(trust(page)).toHaveText(/Saved/)
  const address = page.url()
  const onServer = async () => (await page.request.get(`${server.url}/api/v1/documents/${address.split('/').at(-1)}/content?format=text`)).text()
  // "Saving…" is not shown for the first moments of a save.
  await expect.poll(onServer).toContain('Written before.')
  await expect.poll(() => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('consilium-unsent:')).length)).toBe(0)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.getByRole('link', { name: 'Documents' }).click()
  await expect(page.getByRole('link', { name: /Plan 2027/ })).toBeVisible()

  await server.kill()
  await page.getByRole('link', { name: /Plan 2027/ }).click()
  await expect(text(page)).toHaveText('Written before.')
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Plan 2027')
  await expect(trust(page)).toHaveText("Can't reach the server. Trying again…")
  await text(page).click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type(' Typed meanwhile.')
  await expect(trust(page)).toHaveText(/Offline – \d+ changes saved on this device/)

  await page.reload()
  await expect(text(page)).toHaveText('Written before. Typed meanwhile.')
  await expect(trust(page)).toHaveText(/Offline – \d+ changes saved on this device/)
  await text(page).click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type(' And after a reload.')

  await server.restart()
  await expect(trust(page)).toHaveText(/Saved/)
  const saved = await page.request.get(`${server.url}/api/v1/documents/${address.split('/').at(-1)}/content?format=text`)
  expect((await saved.text()).replaceAll('\u00a0', ' ')).toContain('Written before. Typed meanwhile. And after a reload.')
  // The rest of the page is read again too.
  await more(page, 'History')
  await expect(page.getByText('No versions yet.')).toBeVisible()
  await server.stop()
})

test('(A8) a document that is not on this device appears when the server is back', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  const jonas = await colleague(browser, ana)
  await newDocument(ana.page, 'Plan 2027')
  await expect(jonas.page.getByRole('link', { name: /Plan 2027/ })).toBeVisible()
  await jonas.page.evaluate(() => navigator.serviceWorker.ready)
  await server.kill()
  await jonas.page.getByRole('link', { name: /Plan 2027/ }).click()
  await expect(jonas.page.getByRole('alert')).toHaveText(/Can't reach the server. Trying again…/)
  await server.restart()
  await expect(text(jonas.page)).toBeVisible()
  await expect(trust(jonas.page)).toHaveText(/Saved/)
  await server.stop()
})

test('(A8) open pages continue when their document is restored from the trash', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  const jonas = await colleague(browser, ana)
  const address = await newDocument(ana.page, 'Plan 2027')
  await jonas.page.goto(address)
  await expect(trust(jonas.page)).toHaveText(/Saved/)
  const document = `${server.url}/api/v1/documents/${address.split('/').at(-1)}`
  // The document is moved to the trash and restored twice: the page also notices the second time.
  for (const words of ['Once. ', 'Twice. ']) {
    expect((await ana.page.request.delete(document, { headers: { origin: server.url } })).status()).toBe(200)
    for (const { page } of [ana, jonas]) await expect(trust(page)).toHaveText('This document is in the trash.')
    expect((await ana.page.request.post(`${document}/restore`, { headers: { origin: server.url } })).status()).toBe(200)
    for (const { page } of [ana, jonas]) await expect(trust(page)).toHaveText(/Saved/)
    await text(jonas.page).click()
    await jonas.page.keyboard.press('ControlOrMeta+End')
    await jonas.page.keyboard.type(words)
    await expect(text(ana.page)).toContainText(words.trim())
    await expect(ana.page.getByRole('list', { name: 'In this document' })).toContainText('Jonas Berg')
  }
  await server.stop()
})

test('(A8) the page says at once that the browser is offline, and saves when it is online again', async ({ browser }) => {
  const server = await Server.start()
  const { page, context } = await owner(browser, server)
  await newDocument(page, 'Plan 2027')
  await expect(trust(page)).toHaveText(/Saved/)
  await context.setOffline(true)
  await expect(trust(page)).toHaveText('Offline – everything is saved', { timeout: 5_000 })
  await text(page).click()
  await page.keyboard.type('From a train.')
  await expect(trust(page)).toHaveText(/Offline – \d+ changes saved on this device/, { timeout: 5_000 })
  await context.setOffline(false)
  await expect(trust(page)).toHaveText(/Saved/)
  await server.stop()
})
