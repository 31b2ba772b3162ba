// Where people who had never seen the page stumbled, and what happens there now.
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, pick, settings, text, trust } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person
let vera: Person
let address: string

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

test('[EDIT-16] a new page begins with its name, Enter leads to the text, and a click beside the text to the nearest line', async () => {
  const { page } = ana
  await page.getByRole('button', { name: 'New document' }).click()
  const title = page.getByLabel('Title', { exact: true })
  await expect(title).toBeFocused()
  await page.keyboard.type('Summer regatta')
  await page.keyboard.press('Enter')
  await page.keyboard.type('Sixty boats come.')
  await page.keyboard.press('Enter')
  await page.keyboard.type('Five clubs send them.')
  await expect(title).toHaveValue('Summer regatta')
  await expect(text(page).locator('p')).toHaveText(['Sixty boats come.', 'Five clubs send them.'])
  // Beside the first line, on the paper and not in the text.
  const line = await text(page).locator('p').first().boundingBox()
  const box = await text(page).boundingBox()
  if (!line || !box) throw new Error('nothing is shown')
  await page.getByLabel('Title', { exact: true }).click()
  await page.mouse.click(box.x + box.width + 120, line.y + line.height / 2)
  await page.keyboard.type(' At noon.')
  await expect(text(page).locator('p').first()).toHaveText('Sixty boats come. At noon.')
  // Below the last line.
  await page.mouse.click(box.x + 20, box.y + box.height + 30)
  await page.keyboard.type(' Some.')
  await expect(text(page).locator('p').last()).toHaveText('Five clubs send them. Some.')
  await expect(trust(page)).toHaveText('Saved')
})

test('[EDIT-16] a page made in the sidebar begins with its name too, and typing at once makes no others', async () => {
  const { page } = ana
  const pages = page.getByRole('tree').getByRole('treeitem')
  const space = page.getByRole('treeitem', { name: 'My pages' })
  await space.hover()
  const before = await pages.count()
  await page.getByRole('button', { name: 'New page in My pages' }).click()
  for (const key of ['Space', 'Enter', 'Space']) await page.keyboard.press(key, { delay: 20 })
  const title = page.getByLabel('Title', { exact: true })
  await expect(title).toBeFocused()
  await expect(title).toHaveValue('')
  await page.keyboard.type('Harbour')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('treeitem', { name: 'Harbour' })).toBeVisible()
  await expect(pages).toHaveCount(before + 1)
})

test('[EDIT-16] the tools of a table are there while somebody writes in it', async () => {
  const { page } = ana
  await page.getByRole('button', { name: 'Table', exact: true }).click()
  const tools = page.getByRole('toolbar', { name: 'Table tools' })
  await text(page).locator('th').first().click()
  await expect(tools).toBeVisible()
  await tools.getByRole('button', { name: 'Row' }).click()
  await page.getByRole('menuitem', { name: 'Insert row below' }).click()
  await expect(tools).toBeVisible()
  await page.getByRole('button', { name: /^Comments/ }).click()
  await page.getByRole('complementary', { name: 'Comments' }).getByRole('button', { name: 'Close' }).first().focus()
  await expect(tools).toHaveCount(0)
})

test('[PERM-25] [SUG-30] what a role does not allow is said where it is given; who suggests goes on suggesting when they may edit', async ({ browser }) => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  vera = await colleague(browser, ana, 'Vera Vogel')
  await settings(page, 'Members')
  await page.getByLabel('Role of Vera Vogel').selectOption('viewer')
  await page.getByRole('link', { name: 'Documents' }).click()
  address = await newDocument(page, 'Harbour plan')
  await text(page).click()
  await page.keyboard.type('Four rescue boats.')
  await expect(trust(page)).toHaveText('Saved')
  await page.getByRole('button', { name: 'Share' }).click()
  const share = page.getByRole('dialog')
  await pick(share, 'Add people or groups', 'Vera Vogel')
  await expect(share.getByRole('combobox', { name: 'Access', exact: true })).toHaveValue('comment')
  await share.getByRole('combobox', { name: 'Access', exact: true }).selectOption('approve')
  await expect(share.getByText('Vera Vogel’s role allows at most “Can comment”, and decisions on approvals.')).toBeVisible()
  await share.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(share.getByRole('list', { name: 'People with access' })).toContainText('allows at most “Can comment”')
  await look(page, 'share-above-the-role')
  await page.getByRole('button', { name: 'Done', exact: true }).click()

  await page.getByRole('button', { name: 'Draft', exact: true }).click()
  await pick(page, 'Approver', 'Vera Vogel')
  // She decides, although her role does not let her edit.
  await expect(page.getByRole('button', { name: 'Request approval' })).toBeEnabled()
  await expect(page.getByRole('alert')).toHaveCount(0)

  await vera.page.goto(address)
  await expect(vera.page.getByRole('button', { name: 'Mode: Suggesting' })).toBeVisible()
  await expect(trust(vera.page)).toHaveText(/^(Suggesting|Suggestions saved)$/)
  await settings(page, 'Members')
  await page.getByLabel('Role of Vera Vogel').selectOption('manager')
  await page.goto(address)
  // She may edit now, and goes on suggesting until she chooses otherwise.
  await expect(async () => {
    await vera.page.getByRole('button', { name: 'Mode: Suggesting' }).click()
    await expect(vera.page.getByRole('menuitemradio', { name: 'Editing' })).toBeVisible({ timeout: 3_000 })
  }).toPass({ timeout: 60_000 })
  await vera.page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Draft', exact: true }).click()
  await pick(page, 'Approver', 'Vera Vogel')
})

test('[PDF-7] what is downloaded of an approved page that has changed since is the approved text', async () => {
  const { page } = ana
  await page.getByRole('button', { name: 'Request approval' }).click()
  await expect(page.getByTestId('approval')).toContainText('waiting for Vera Vogel')
  await vera.page.goto(address)
  await vera.page.getByRole('button', { name: 'In review' }).click()
  await vera.page.getByRole('button', { name: 'Approve', exact: true }).click()
  await text(page).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(' And a fifth.')
  await expect(trust(page)).toHaveText('Saved')
  await expect(async () => {
    await page.reload()
    await expect(page.getByTestId('approval')).toContainText('changed since', { timeout: 5_000 })
  }).toPass()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Download as Word' }).click()
  const dialog = page.getByRole('dialog', { name: 'Download as Word' })
  await expect(dialog.getByRole('radio', { name: /^The approved text/ })).toBeChecked()
  await look(page, 'download-approved')
  const asked = page.waitForRequest(/\/export\?/)
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Download' }).click()
  expect(new URL((await asked).url()).searchParams.get('revision')).toMatch(/^[0-9a-f-]{36}$/)
  expect((await download).suggestedFilename()).toBe('Harbour plan (approved).docx')
})
