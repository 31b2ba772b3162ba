// The pages of people, access and audit: groups, sharing with its reasons, links and guests, second factors, keys, the
// audit; and unsent work when access ends.
import { createHmac } from 'node:crypto'
import { type Browser, type Page, expect, test, type WebSocketRoute } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text, trust, account, settings, pick } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person
let jonas: Person
let address: string

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  jonas = await colleague(browser, ana)
  await ana.page.getByRole('link', { name: 'Documents' }).click()
  address = await newDocument(ana.page, 'Plan 2027')
})
test.afterAll(() => server.stop())

/** RFC 6238. */
function code(secret: string, at = Date.now()): string {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const hash = createHmac('sha1', key).update(step).digest()
  return String((hash.readUInt32BE((hash.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('a group is created, and a document shared with it shows why somebody has access', async () => {
  const { page } = ana
  await settings(page, 'Groups')
  await page.getByLabel('Name of a new group').fill('Board')
  await page.getByRole('button', { name: 'Create group' }).click()
  await pick(page, 'Add member', 'Jonas Berg')
  await expect(page.getByRole('button', { name: 'Remove Jonas Berg' })).toBeVisible()
  await look(page, 'groups')
  await page.goto(address)
  await page.getByRole('button', { name: 'Share' }).click()
  await pick(page, 'Add people or groups', 'Board')
  await page.getByRole('combobox', { name: 'Access', exact: true }).selectOption('approve')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByLabel('Access of Board')).toHaveValue('approve')
  await page.getByLabel('Classification').selectOption('confidential')
  await page.getByText('Everyone with access (2)').click()
  await expect(page.getByRole('list', { name: 'Everyone with access' }).getByText('In the group Board')).toBeVisible()
  await look(page, 'sharing')
  await page.getByRole('button', { name: 'Done', exact: true }).click()
})

test('a guest enters by a link, writes under a name, and loses access when the link is removed', async ({ browser }) => {
  const { page } = ana
  await page.goto(address)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByText('Share links (0)').click()
  await page.getByLabel('Anyone with the link').selectOption('edit')
  await page.getByLabel('Password (optional)').fill('only for the board')
  await page.getByRole('button', { name: 'Create link' }).click()
  const url = await page.getByLabel(/Copy this link now/).inputValue()
  await page.getByRole('button', { name: 'Done', exact: true }).click()

  const guest = await (await browser.newContext()).newPage()
  await guest.goto(url)
  await guest.getByLabel('Your name').fill('Mia Guest')
  await guest.getByLabel('Link password').fill('wrong wrong')
  await guest.getByRole('button', { name: 'Open document' }).click()
  await expect(guest.getByRole('alert')).toBeVisible()
  await look(guest, 'link')
  await guest.getByLabel('Link password').fill('only for the board')
  await guest.getByRole('button', { name: 'Open document' }).click()
  await expect(trust(guest)).toHaveText(/Saved/)
  await text(guest).click()
  await guest.keyboard.type('By a guest.')
  await expect(text(page)).toContainText('By a guest.')
  await expect(page.getByLabel('In this document').getByText('Mia Guest')).toBeAttached()
  await expect(guest.getByRole('button', { name: 'Share' })).toHaveCount(0)
  await guest.reload()
  await expect(trust(guest)).toHaveText(/Saved/)
  await look(guest, 'guest')

  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByText('Share links (1)').click()
  await expect(page.getByText('Used once · password')).toBeVisible()
  await page.getByRole('button', { name: 'Turn off' }).click()
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await expect(guest.getByText("This document doesn't exist, or you don't have access.").first()).toBeVisible()
  await guest.close()
})

test('a second step is set up and required; a key is created and revoked', async ({ browser }) => {
  const { page } = jonas
  await settings(page, 'Profile')
  const steps = page.getByRole('region', { name: 'Two-step verification' })
  await steps.getByLabel('Password').fill('another long password')
  await steps.getByRole('button', { name: 'Set up' }).click()
  const secret = (await steps.locator('code.key').textContent()) ?? ''
  await expect(steps.getByAltText('QR code of the key')).toBeVisible()
  await steps.getByLabel('Code from the app').fill(code(secret, Date.now() - 30_000))
  await steps.getByRole('button', { name: 'Confirm' }).click()
  await expect(steps.getByLabel('Recovery codes').getByRole('listitem')).toHaveCount(10)

  await settings(page, 'API keys')
  const keys = page.getByRole('main')
  await keys.getByLabel("What it's for").fill('Nightly export')
  await keys.getByRole('button', { name: 'Create key' }).click()
  const key = await keys.getByLabel(/Copy your key now/).inputValue()
  const answer = await fetch(`${server.url}/api/v1/documents`, { headers: { authorization: `Bearer ${key}` } })
  expect(answer.status).toBe(200)
  await look(page, 'account-keys')
  await keys.getByRole('button', { name: 'Revoke Nightly export' }).click()
  await expect(keys.getByText('Nightly export')).toHaveCount(0)

  const phone = await (await browser.newContext()).newPage()
  await phone.goto(server.url)
  await phone.getByLabel('Email').fill('jonas@example.org')
  await phone.getByLabel('Password').fill('another long password')
  await phone.getByRole('button', { name: 'Sign in' }).click()
  await phone.getByLabel('Code').fill('000000')
  await phone.getByRole('button', { name: 'Sign in' }).click()
  await expect(phone.getByRole('alert')).toHaveText(/That code is wrong or has already been used\./)
  await look(phone, 'second-step')
  await phone.getByLabel('Code').fill(code(secret))
  await phone.getByRole('button', { name: 'Sign in' }).click()
  await expect(phone.getByRole('heading', { name: 'Home' })).toBeVisible()
  await phone.close()
})

test('the audit shows what was done, filtered, and as a file', async () => {
  const { page } = ana
  await settings(page, 'Audit log')
  await expect(page.getByRole('cell', { name: /session\.begin/ }).first()).toBeVisible()
  await page.getByRole('combobox', { name: 'Event' }).selectOption('link')
  await expect(page.getByRole('cell', { name: /link\.enter/ })).toBeVisible()
  await expect(page.getByRole('cell', { name: 'A guest' })).toBeVisible()
  await page.getByRole('combobox', { name: 'Event' }).selectOption('')
  await page.getByRole('combobox', { name: 'Show' }).selectOption('reads')
  await expect(page.getByRole('cell', { name: /confidential/ }).first()).toBeVisible()
  await page.getByRole('combobox', { name: 'Show' }).selectOption('all')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download as CSV' }).click()
  expect((await download).suggestedFilename()).toBe('audit.csv')
  await look(page, 'audit')
})

test('an admin creates a link for a new password, and the person sets it', async ({ browser }) => {
  const { page } = ana
  await settings(page, 'Members')
  await page.getByLabel('More for Jonas Berg').selectOption('Create password reset link')
  const url = await page.getByLabel(/Password reset link for Jonas Berg/).inputValue()
  await look(page, 'members-link')
  const phone = await (await browser.newContext()).newPage()
  await phone.goto(url)
  await expect(phone.getByLabel('New password')).toHaveAccessibleDescription(/At least 8 characters/)
  await look(phone, 'new-password')
  await phone.getByLabel('New password').fill('password')
  await phone.getByRole('button', { name: 'Save password' }).click()
  await expect(phone.getByRole('alert')).toHaveText(/Choose a stronger password/)
  await phone.getByLabel('New password').fill('yet another long one')
  await phone.getByRole('button', { name: 'Save password' }).click()
  await expect(phone.getByRole('heading', { name: 'Password changed' })).toBeVisible()
  await phone.goto(`${server.url}/forgotten`)
  await expect(phone.getByText(/Ask a workspace admin/)).toBeVisible()
  await phone.close()
})

async function openToEverybody(level: 'view' | 'edit') {
  await ana.page.goto(address)
  await ana.page.getByRole('button', { name: 'Share' }).click()
  await ana.page.getByLabel(/^Anyone in /).selectOption(level)
  await ana.page.getByRole('button', { name: 'Done', exact: true }).click()
}

/** Somebody types without a connection, an admin revokes the right, and the connection returns. */
async function strand(browser: Browser, name: string, words: string) {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  const person = await colleague(browser, ana, name)
  await context.addCookies(await person.context.cookies())
  const sockets = new Set<WebSocketRoute>()
  let isCut = false
  await page.routeWebSocket(/\/collab\?/, (socket) => {
    if (isCut) return void socket.close()
    socket.connectToServer()
    sockets.add(socket)
  })
  await page.goto(address)
  await expect(trust(page)).toHaveText(/Saved/)
  isCut = true
  for (const socket of sockets) await socket.close()
  await expect(trust(page)).toHaveText(/Can't reach the server/)
  await text(page).click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type(words)
  await expect(trust(page)).toHaveText(/\d+ changes? saved on this device/)
  await openToEverybody('view')
  isCut = false
  await expect(page.getByText(/Your access ended before/)).toBeVisible()
  await expect(text(page)).toContainText(words)
  return { page, context }
}

const localCopies = (page: Page) => page.evaluate(async () =>
  (await indexedDB.databases()).filter(({ name }) => name?.startsWith('consilium:')).length)

test('unsent work is kept when access ends, can be downloaded, and signing out asks before deleting it', async ({ browser }) => {
  const { page, context } = await strand(browser, 'Carla Conti', ' Never sent.')
  await look(page, 'rescue')
  await page.getByRole('button', { name: 'Copy the text' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('Never sent.')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download text' }).click()
  expect((await download).suggestedFilename()).toBe('Plan 2027.txt')
  await account(page, 'Sign out')
  await expect(page.getByRole('heading', { name: 'Unsynced changes' })).toBeVisible()
  await look(page, 'sign-out')
  await page.getByRole('button', { name: 'Discard and sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect.poll(() => localCopies(page)).toBe(0)
  await openToEverybody('edit')
  await context.close()
})

test('unsent work survives a reload after access ended, and is sent when access returns', async ({ browser }) => {
  const { page, context } = await strand(browser, 'Dario Dent', ' Sent late.')
  await page.reload()
  await expect(page.getByText(/Your access ended before/)).toBeVisible()
  await expect(text(page)).toContainText('Sent late.')
  await expect(text(ana.page)).not.toContainText('Sent late.')
  await openToEverybody('edit')
  await expect(page.getByText(/Your access ended before/)).toBeHidden()
  await expect(trust(page)).toHaveText(/Saved/)
  await expect(text(ana.page)).toContainText('Sent late.')
  await account(page, 'Sign out')
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect.poll(() => localCopies(page)).toBe(0)
  await context.close()
})

test('a link into another workspace of mine offers to switch there', async () => {
  const { page } = ana
  await page.goto(new URL('/', address).href)
  const switcher = page.getByRole('button', { name: 'Switch workspace' })
  const name = switcher.locator('.name')
  const acme = 'Acme Strategy'
  await expect(name).toHaveText(acme)
  await switcher.click()
  await page.getByRole('menuitem', { name: 'New workspace' }).click()
  await page.getByLabel('Name').fill('Second')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(name).toHaveText('Second')
  await expect(page).toHaveTitle('Home – Second')
  await page.goto(address)
  await expect(page.getByRole('heading', { name: 'This document is in another workspace' })).toBeVisible()
  await look(page, 'other-workspace')
  await page.getByRole('button', { name: `Switch to ${acme}` }).click()
  await expect(text(page)).toBeVisible()
  await expect(name).toHaveText(acme)
})
