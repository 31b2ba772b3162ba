// Spaces and the tree of pages: pages are created, ordered by dragging and by keyboard, moved after a warning about who
// gains and loses access, and deleted with or without the pages below them.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, owner, more, pick } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person
let jonas: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  jonas = await colleague(browser, ana)
})
test.afterAll(() => server.stop())

const rail = (page: Page) => page.getByRole('region', { name: 'Spaces' })
const item = (page: Page, name: string) => rail(page).getByRole('treeitem', { name, exact: true })
const titles = (page: Page) => rail(page).getByRole('treeitem').evaluateAll((items) => items.map((one) => one.querySelector('.name')?.textContent))

async function newSpace(page: Page, name: string, access: string): Promise<void> {
  await page.getByRole('button', { name: 'New space' }).click()
  const dialog = page.getByRole('dialog', { name: 'New space' })
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Anyone in the workspace').selectOption({ label: access })
  await dialog.getByRole('button', { name: 'Create space' }).click()
  await expect(page.getByRole('heading', { name })).toBeVisible()
}

/** A new page at a place of the tree, with this title. */
async function newPage(page: Page, below: string, title: string): Promise<void> {
  await item(page, below).hover()
  await page.getByRole('button', { name: `New page in ${below}` }).click()
  await expect(page.getByLabel('Title', { exact: true })).toBeFocused()
  await page.getByLabel('Title', { exact: true }).fill(title)
  await page.getByLabel('Title', { exact: true }).press('Enter')
  await expect(item(page, title)).toHaveAttribute('aria-current', 'page')
}

test('[SPACE-1] [TREE-1] a space is made, filled with pages, and ordered by dragging and by keyboard', async () => {
  const { page } = ana
  await expect(item(page, 'My pages')).toBeVisible()
  await newSpace(page, 'Strategy', 'Can edit')
  await newPage(page, 'Strategy', 'Plan 2027')
  await newPage(page, 'Strategy', 'Research')
  await newPage(page, 'Plan 2027', 'Market entry')
  await expect.poll(() => titles(page)).toEqual(['My pages', 'Strategy', 'Plan 2027', 'Market entry', 'Research'])
  const crumbs = page.getByRole('navigation', { name: 'Breadcrumbs' })
  await expect(crumbs.getByRole('link')).toHaveText(['Strategy', 'Plan 2027'])

  // Dragged onto a page: below it.
  await item(page, 'Research').dragTo(item(page, 'Market entry'))
  await expect(item(page, 'Research')).toHaveAttribute('aria-level', '4')
  await item(page, 'Research').click()
  await expect(crumbs.getByRole('link')).toHaveText(['Strategy', 'Plan 2027', 'Market entry'])
  await look(page, 'spaces-tree')

  // By keyboard: arrows walk, Enter opens, "Move to…" moves.
  await item(page, 'Plan 2027').focus()
  await page.keyboard.press('ArrowLeft')
  await expect.poll(() => titles(page)).toEqual(['My pages', 'Strategy', 'Plan 2027'])
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => titles(page)).toEqual(['My pages', 'Strategy', 'Plan 2027', 'Market entry', 'Research'])
  await page.keyboard.press('Enter')
  await expect(item(page, 'Plan 2027')).toHaveAttribute('aria-current', 'page')
})

test('[TREE-4] a move says who loses access, and another member sees what is open to them', async () => {
  const [{ page }, other] = [ana, jonas.page]
  await expect(item(other, 'Strategy')).toBeVisible()
  await item(other, 'Strategy').getByRole('button', { name: 'Expand Strategy' }).click()
  await expect(item(other, 'Plan 2027')).toBeVisible()
  await newSpace(page, 'Board', 'No access')
  await item(page, 'Research').click()
  await more(page, 'Move to…')
  const dialog = page.getByRole('dialog', { name: 'Move “Research”' })
  await dialog.getByLabel('Find a space or page').fill('boa')
  await dialog.getByText('Board').click()
  await expect(dialog.getByRole('list', { name: 'Lose access' })).toContainText('Jonas Berg')
  await look(page, 'spaces-move')
  await dialog.getByRole('button', { name: 'Move', exact: true }).click()
  await expect(page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link')).toHaveText(['Board'])

  // Jonas is added to the space, and sees it at once.
  await expect(item(other, 'Board')).toBeHidden()
  await item(page, 'Board').hover()
  await page.getByRole('button', { name: 'Settings of Board' }).click()
  const settings = page.getByRole('dialog', { name: 'Space “Board”' })
  await pick(settings, 'Add people or groups', 'Jonas Berg')
  await expect(settings.getByLabel('Access of Jonas Berg')).toHaveValue('edit')
  await look(page, 'spaces-settings')
  await settings.getByRole('button', { name: 'Cancel' }).click()
  await expect(item(other, 'Board')).toBeVisible()
})

test('[TREE-3] deleting a page asks about the pages below it', async () => {
  const { page } = ana
  await item(page, 'Plan 2027').click()
  await more(page, 'Move to trash')
  const dialog = page.getByRole('dialog', { name: 'Move “Plan 2027” to the trash' })
  await look(page, 'spaces-delete')
  await dialog.getByRole('button', { name: 'Keep them, one level up' }).click()
  await expect(item(page, 'Plan 2027')).toBeHidden()
  await expect(item(page, 'Market entry')).toHaveAttribute('aria-level', '2')
})

test('the tree fits every width', async () => {
  const { page } = ana
  for (const width of [1440, 1280, 1024, 390]) {
    await page.setViewportSize({ width, height: 844 })
    if (width === 390) {
      await page.getByRole('button', { name: 'Open the menu' }).click()
      await page.getByRole('link', { name: 'Spaces' }).click()
      await expect(page.getByRole('heading', { name: 'Spaces' }).first()).toBeVisible()
    } else await item(page, 'Strategy').click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await page.screenshot({ path: `test-results/spaces-${width}.png` })
  }
})
