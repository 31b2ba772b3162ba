// A page without a connection receives no changes: after reconnecting, it reads everything that it shows again.
import { type Page, type WebSocketRoute, expect, test } from '@playwright/test'
import { Server, colleague, newDocument, owner, text, trust } from './server'

test('changes made while the connection was lost are shown after reconnecting', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  const jonas = await colleague(browser, ana)
  const address = await newDocument(ana.page, 'Plan 2027')
  const sockets = new Set<WebSocketRoute>()
  let isCut = false
  await jonas.page.routeWebSocket(/\/collab$/, (socket) => {
    if (isCut) return void socket.close()
    socket.connectToServer()
    sockets.add(socket)
  })
  await jonas.page.goto(address)
  await expect(trust(jonas.page)).toHaveText(/Saved on the server/)
  await jonas.page.getByRole('button', { name: 'History' }).click()
  await expect(jonas.page.getByText('Nothing is kept yet.')).toBeVisible()

  isCut = true
  for (const socket of sockets) await socket.close()
  await expect(trust(jonas.page)).toHaveText(/Offline/)
  await ana.page.getByLabel('Title', { exact: true }).fill('Plan 2028')
  await ana.page.keyboard.press('Enter')
  await ana.page.getByRole('button', { name: 'History' }).click()
  await ana.page.getByLabel(/Keep the text as it is now/).fill('As sent to the board')
  await ana.page.getByRole('button', { name: 'Keep it' }).click()
  await expect(ana.page.getByRole('button', { name: /As sent to the board/ })).toBeVisible()
  await expect(jonas.page.getByLabel('Title', { exact: true })).toHaveValue('Plan 2027')

  isCut = false
  await expect(trust(jonas.page)).toHaveText(/Saved on the server/)
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
  await stranger.getByLabel('E-mail').fill('ana@example.org')
  for (let time = 0; time < 2; time++) await askAgain(stranger, /\/guest$/)
  await expect(stranger.getByLabel('E-mail')).toHaveValue('ana@example.org')
  await server.stop()
})

test('a document stays on the page while the server cannot return its metadata', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  await newDocument(ana.page, 'Plan 2027')
  await text(ana.page).click()
  await ana.page.keyboard.type('It is still here.')
  await expect(trust(ana.page)).toHaveText(/Saved on the server/)
  await ana.page.route(/\/api\/v1\/documents\/[\w-]+$/, (route) => route.fulfill({ status: 503, json: { code: 'database-down', detail: 'The database does not answer.' } }))
  for (let time = 0; time < 2; time++) await askAgain(ana.page, /\/documents\/[\w-]+$/)
  await expect(text(ana.page)).toContainText('It is still here.')
  await server.stop()
})
