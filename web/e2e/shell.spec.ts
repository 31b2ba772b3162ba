// The frame around the documents: home, rail, settings, titles, skip link, watching, invitations, and following people.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, more, newDocument, owner, settings, text, trust } from './server'

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
  address = await newDocument(ana.page, 'Plan 2027')
  await text(ana.page).click()
  await ana.page.keyboard.type('We enter one country a year. Or two.')
  await expect(trust(ana.page)).toHaveText('Saved')
})
test.afterAll(() => server.stop())

/** Pages that other tests check in both themes, with more content. */
const LOOKED_AT = new Set(['/', '/documents', '/decisions', '/tags', '/trash', ...['notifications', 'workspace', 'members', 'groups', 'workflows', 'webhooks', 'audit'].map((name) => `/settings/${name}`)])
const rail = (page: Page) => page.getByRole('complementary', { name: 'Workspace' })

test('[SHELL-5] the home page of an empty workspace shows the first steps, and then what happens', async ({ browser }) => {
  const empty = await Server.start()
  const ana = await owner(browser, empty)
  const { page } = ana
  await page.getByRole('link', { name: 'Home' }).click()
  await expect(page.getByRole('region', { name: 'First steps' })).toContainText('Create a document')
  await look(page, 'home-empty')
  const jonas = await colleague(browser, ana)
  const address = await newDocument(page, 'Plan 2027')
  await text(page).click()
  await page.keyboard.type('We enter one country a year.')
  await expect(trust(page)).toHaveText('Saved')
  await jonas.page.goto(address)
  await expect(text(jonas.page)).toContainText('one country')
  await jonas.page.getByRole('link', { name: 'Home' }).click()
  await expect(jonas.page.getByRole('list', { name: 'Recent' })).toContainText('Plan 2027')
  await page.keyboard.type(' Or two.')
  const changed = jonas.page.getByRole('list', { name: 'Changed since your last visit' })
  await expect(async () => {
    await jonas.page.reload()
    await expect(changed).toContainText('Plan 2027', { timeout: 2_000 })
  }).toPass()
  await expect(jonas.page.getByRole('link', { name: /Plan 2027/ })).toHaveCount(1)
  await look(jonas.page, 'home')
  await changed.getByRole('link').click()
  await expect(text(jonas.page)).toContainText('Or two.')
  await jonas.page.getByRole('link', { name: 'Home' }).click()
  await expect(jonas.page.getByRole('list', { name: 'Recent' })).toContainText('Plan 2027')
  await expect(changed).toHaveCount(0)
  await empty.stop()
})

test('[SHELL-2] [SHELL-3] [SHELL-4] every page is marked, named and skipped to, and an unknown address says so', async () => {
  const { page } = ana
  await page.goto(`${server.url}/documents`)
  await expect(rail(page).locator('[aria-current="page"]')).toHaveText('Documents')
  await expect(page).toHaveTitle('Documents – Acme Strategy')
  await page.goto(address)
  await expect(page).toHaveTitle('Plan 2027 – Acme Strategy')
  await expect(rail(page).locator('.tree [aria-current="page"]')).toContainText('Plan 2027')
  await expect(text(page)).toHaveAttribute('contenteditable', 'true')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Skip to content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(text(page)).toBeFocused()
  await page.goto(`${server.url}/members`)
  await expect(page).toHaveURL(/\/settings\/members$/)
  await expect(page).toHaveTitle('Members – Acme Strategy')
  await expect(page.getByRole('navigation', { name: 'Settings' }).locator('[aria-current="page"]')).toHaveText('Members')
  for (const path of ['/nowhere', '/settings/nowhere']) {
    await page.goto(server.url + path)
    await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  }
  await look(page, 'not-found')
})

test('[SHELL-9] [SHELL-10] invitations are listed and revoked, and the workspace is renamed', async ({ browser }) => {
  const { page } = ana
  await settings(page, 'Members')
  await page.getByRole('main').getByRole('button', { name: 'Invite people' }).click()
  await page.getByRole('button', { name: 'Create invite link' }).click()
  const link = await page.getByLabel(/Invite link/).inputValue()
  await look(page, 'invite')
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  const stranger = await (await browser.newContext()).newPage()
  await stranger.goto(link)
  await expect(stranger.getByRole('heading', { name: 'Join Acme Strategy' })).toBeVisible()
  await expect(stranger.getByText('Ana Alvarez invited you.')).toBeVisible()
  await look(stranger, 'join')
  const open = page.getByRole('region', { name: 'Open invitations' })
  await open.getByRole('button', { name: /^Revoke/ }).click()
  await expect(open).toHaveCount(0)
  await stranger.reload()
  await expect(stranger.getByText('This invitation was already used or has expired: ask for a new one.')).toBeVisible()
  await stranger.close()
  await settings(page, 'Workspace')
  await page.getByLabel('Workspace name').fill('Acme')
  await page.getByRole('button', { name: 'Rename workspace' }).click()
  await expect(page.getByRole('button', { name: 'Switch workspace' }).locator('.name')).toHaveText('Acme')
  await expect(page).toHaveTitle('Workspace – Acme')
  await look(page, 'workspace')
})

test('[WATCH-1] a document is watched from its menu, and the settings list it', async () => {
  const { page } = jonas
  await page.goto(address)
  await more(page, 'Watch this document')
  await ana.page.goto(address)
  await ana.page.getByRole('button', { name: 'Comments' }).click()
  await ana.page.getByRole('button', { name: 'Comment on the whole document' }).click()
  await ana.page.getByLabel('Your comment').fill('Which country?')
  await ana.page.getByRole('button', { name: 'Comment', exact: true }).last().click()
  await page.getByRole('link', { name: 'Inbox' }).click()
  await expect(page.getByRole('link', { name: /Ana Alvarez commented on Plan 2027/ })).toBeVisible()
  await settings(page, 'Notifications')
  await look(page, 'notifications')
  await page.getByRole('button', { name: 'Stop watching Plan 2027' }).click()
  await expect(page.getByText('You watch nothing.')).toBeVisible()
})

test('[SHELL-11] several people are found and added with the keyboard', async ({ browser }) => {
  const { page } = ana
  await colleague(browser, ana, 'Mia Lund')
  await page.goto(address)
  await page.getByRole('button', { name: 'Share' }).click()
  const field = page.getByRole('combobox', { name: 'Add people or groups' })
  await field.pressSequentially('lun')
  await expect(page.getByRole('listbox', { name: 'Add people or groups' }).getByRole('option')).toHaveText([/Mia Lund/])
  await page.keyboard.press('Enter')
  await field.pressSequentially('jonas@')
  await page.keyboard.press('Enter')
  await look(page, 'share-picker')
  await page.getByRole('combobox', { name: 'Access', exact: true }).selectOption('comment')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  for (const name of ['Jonas Berg', 'Mia Lund']) await expect(page.getByLabel(`Access of ${name}`)).toHaveValue('comment')
  await field.fill('nobody')
  await expect(page.getByText('No one matches “nobody”.')).toBeVisible()
  await page.getByRole('button', { name: 'Done', exact: true }).click()
})

test('[SHELL-6] [SHELL-7] a person is followed through a long text until the follower acts', async () => {
  const { page } = ana
  await page.goto(address)
  await jonas.page.goto(address)
  await expect(trust(jonas.page)).toHaveText('Saved')
  await text(jonas.page).click()
  await jonas.page.keyboard.press('ControlOrMeta+End')
  await jonas.page.keyboard.insertText('\n'.repeat(2))
  for (let line = 0; line < 60; line++) {
    await jonas.page.keyboard.press('Enter')
    await jonas.page.keyboard.insertText(`Line ${line}`)
  }
  const caret = page.locator('.caret')
  await expect(caret).toHaveCount(1)
  await page.getByRole('list', { name: 'In this document' }).getByRole('button', { name: 'Jonas Berg' }).click()
  await expect(page.getByText('Following Jonas Berg')).toBeVisible()
  await expect(caret).toBeInViewport()
  await jonas.page.keyboard.press('ControlOrMeta+Home')
  await expect(text(page).getByText('We enter one country a year.')).toBeInViewport()
  await expect(caret).toBeInViewport()
  await look(page, 'following')
  await page.keyboard.press('Escape')
  await expect(page.getByText('Following Jonas Berg')).toBeHidden()
  // Names stand beside the text, not on it.
  await page.getByRole('list', { name: 'In this document' }).getByRole('button', { name: 'Jonas Berg' }).click()
  await page.mouse.wheel(0, 100)
  await expect(page.getByText('Following Jonas Berg')).toBeHidden()
  const [name, column] = await Promise.all([caret.locator('span').boundingBox(), text(page).boundingBox()])
  expect(name?.x).toBeGreaterThanOrEqual((column?.x ?? 0) + (column?.width ?? 0))
})

test('[SHELL-8] a document whose server goes silent says so within 2 s of an edit, and recovers', async () => {
  const page = await ana.context.newPage()
  let isSilent = false
  await page.routeWebSocket(/\/collab\?/, (socket) => {
    const there = socket.connectToServer()
    socket.onMessage((message) => void (isSilent || there.send(message)))
    there.onMessage((message) => void (isSilent || socket.send(message)))
  })
  await page.route('**/healthz', (route) => (isSilent ? route.abort() : route.continue()))
  await page.goto(address)
  await expect(trust(page)).toHaveText('Saved')
  isSilent = true
  await text(page).click()
  await page.keyboard.press('ControlOrMeta+End')
  const since = Date.now()
  await page.keyboard.type('.')
  await expect(trust(page)).toHaveText(/Offline – \d+ changes? saved on this device/)
  // Two seconds, and the time that a busy machine takes to show it.
  expect(Date.now() - since).toBeLessThan(5_000)
  isSilent = false
  await expect(trust(page)).toHaveText('Saved')
  await trust(page).hover()
  await expect(page.getByRole('tooltip')).toContainText('Last saved on the server at')
  await page.close()
})

test('[SHELL-1] on a phone the rail is a sheet, the header one line, comments come from below, and everything fits', async () => {
  const { page } = ana
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(address)
  await expect(trust(page)).toHaveText('Saved')
  await expect(rail(page)).toBeHidden()
  expect((await page.locator('.bar').boundingBox())?.height).toBeLessThanOrEqual(56)
  const first = text(page).getByText('We enter one country a year.')
  await expect.poll(async () => (await first.boundingBox())?.y).toBeLessThan(422)
  await page.getByRole('button', { name: 'Comments' }).click()
  const panel = page.getByRole('complementary', { name: 'Comments' })
  await expect(panel).toBeVisible()
  expect((await panel.boundingBox())?.y).toBeGreaterThan(300)
  await look(page, 'phone-comments')
  await page.getByRole('button', { name: 'Close the comments' }).click()
  await page.getByRole('button', { name: 'Open the menu' }).click()
  await expect(rail(page)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Close the menu' })).toBeFocused()
  await look(page, 'phone-menu')
  await page.keyboard.press('Escape')
  await expect(rail(page)).toBeHidden()
  await expect(page.getByRole('button', { name: 'Open the menu' })).toBeFocused()
  await page.getByRole('button', { name: 'Open the menu' }).click()
  await rail(page).getByRole('link', { name: 'Documents' }).click()
  await expect(rail(page)).toBeHidden()
  await expect(page.getByRole('heading', { name: 'Documents' })).toBeVisible()
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('[SHELL-1] [SHELL-12] every page fits each width, and 200 % zoom, and has no violation in either theme', async () => {
  const { page } = ana
  const paths = ['/', '/inbox', '/documents', '/recent', '/shared', '/archive', '/decisions', '/tags', '/trash', '/favourites', '/spaces', '/search?q=plan',
    ...['profile', 'notifications', 'keys', 'workspace', 'members', 'groups', 'workflows', 'webhooks', 'audit', 'instance'].map((name) => `/settings/${name}`), new URL(address).pathname]
  for (const path of paths) {
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(server.url + path)
    await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
    if (!LOOKED_AT.has(path)) await look(page, `page${path.replaceAll(/[^a-z]+/g, '-').slice(0, 24)}`)
    // 720 px is what 200 % zoom leaves of 1440.
    for (const width of [1280, 1024, 720, 390]) {
      await page.setViewportSize({ width, height: 844 })
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${path} at ${width}`).toBeLessThanOrEqual(0)
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('with reduced motion nothing moves', async ({ browser }) => {
  const context = await browser.newContext({ reducedMotion: 'reduce', storageState: await ana.context.storageState() })
  const page = await context.newPage()
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`${server.url}/documents`)
  await page.getByRole('button', { name: 'Open the menu' }).click()
  const moving = await page.evaluate(() => document.getAnimations().filter((one) => Number(one.effect?.getTiming().duration) > 0).length)
  expect(moving).toBe(0)
  await context.close()
})
