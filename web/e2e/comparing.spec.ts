// Two versions of a text with a table: compared in one text and side by side, with their authors; one block is restored;
// a comment is assigned, and waits on the home page until it is resolved.
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, more, newDocument, owner, text, trust } from './server'

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

/** Writes the text over REST, as a program would. */
async function write(person: Person, address: string, markdown: string): Promise<void> {
  const path = `/api/v1/documents/${address.split('/').at(-1)}/content`
  await person.page.evaluate(async ([path, markdown]) => {
    const etag = (await fetch(path)).headers.get('etag') ?? '"0"'
    const answer = await fetch(path, { method: 'PUT', headers: { 'content-type': 'text/markdown', 'if-match': etag }, body: markdown })
    if (!answer.ok) throw new Error(await answer.text())
  }, [path, markdown] as const)
}

const FIRST = '# Budget\n\nThe office moves to Oslo in June.\n\nThe year begins in January.\n\nIt ends in December.\n\n| Item | Cost |\n|---|---|\n| Rent | 1000 |\n| Pay | 5000 |\n\nGrowth is slow in the north.\n\nWe hire three people.\n'
const SECOND = '## Budget\n\nThe year begins in January.\n\nIt ends in December.\n\nThe office moves to Oslo in June.\n\n| Item | Cost | Note |\n|---|---|---|\n| Rent | 1200 | up |\n| Pay | 5000 | same |\n| Tax | 90 | new |\n\nGrowth is **slow** in the south.\n'

test('[SHELL-13] versions are compared cell by cell, a block is restored, and a comment is assigned', async ({ browser }) => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(page, 'Budget')
  await write(ana, address, FIRST)
  await expect(text(page)).toContainText('We hire three people.')
  await more(page, 'History')
  await page.getByLabel('Name this version').fill('As sent to the board')
  await page.getByRole('button', { name: 'Save version' }).click()
  const named = page.getByRole('region', { name: 'Named versions' })
  await expect(named.getByRole('button', { name: /As sent to the board/ })).toBeVisible()
  const mia = await colleague(browser, ana, 'Mia Lund')
  await mia.page.goto(address)
  await expect(text(mia.page)).toContainText('We hire three people.')
  await write(mia, address, SECOND)
  await expect(text(page)).toContainText('Tax')

  await named.getByRole('button', { name: /As sent to the board/ }).click()
  const comparison = page.getByRole('article', { name: 'Changes' })
  const table = comparison.locator('table')
  await expect(table.locator('del')).toHaveText(['1000'])
  await expect(table.locator('tr').nth(1).locator('ins')).toHaveText(['1200', 'up'])
  await expect(comparison.locator('.moved-to')).toHaveText('The office moves to Oslo in June.')
  await expect(comparison.locator('small.change').first()).toHaveText('Heading 1 → Heading 2')
  await expect(comparison.locator('.formatted')).toHaveAttribute('title', /Bold added by Mia Lund/)
  await comparison.getByRole('button', { name: 'Next change' }).click()
  await expect(comparison.getByRole('status')).toHaveText(/^1 of \d+$/)
  await expect(comparison.locator('.who')).toHaveText(/Heading 1 → Heading 2 by Mia Lund, /)
  await look(page, 'comparison')
  await comparison.getByRole('button', { name: 'Side by side' }).click()
  await expect(comparison.locator('.pair .before').filter({ hasText: '1000' })).toBeVisible()
  await expect(comparison.locator('.pair .after').filter({ hasText: '1200' })).toBeVisible()
  await look(page, 'comparison-sides')
  await comparison.getByRole('button', { name: 'Download this comparison' }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Word with tracked changes' }).click()])
  expect(download.suggestedFilename()).toBe('Budget - changes.docx')

  // The paragraph that is gone is put back where it was, and that is undone and done again.
  const gone = comparison.locator('.pair.changed').filter({ hasText: 'We hire three people.' })
  const back = gone.getByRole('button', { name: 'Restore this block' })
  // The button is visible without hovering, and Tab reaches it after the change itself.
  await expect(back).toHaveCSS('opacity', '1')
  await gone.locator('del').first().focus()
  await expect(async () => {
    await page.keyboard.press('Tab')
    await expect(back).toBeFocused({ timeout: 100 })
  }).toPass({ timeout: 15_000 })
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('We hire three people.')
  await dialog.getByRole('button', { name: 'Restore block' }).click()
  await expect(text(mia.page)).toContainText('We hire three people.')
  await expect(text(mia.page)).toContainText('Tax')
  await comparison.getByRole('button', { name: 'Undo' }).click()
  await expect(text(mia.page)).not.toContainText('We hire three people.')

  // Any two versions are chosen.
  const from = await comparison.getByRole('combobox', { name: 'From', exact: true }).inputValue()
  await comparison.getByRole('combobox', { name: 'To', exact: true }).selectOption(from)
  await expect(comparison.locator('.where')).toHaveText('No changes')
  await page.setViewportSize({ width: 390, height: 844 })
  await comparison.getByRole('button', { name: 'Compare with now' }).click()
  await expect(comparison.locator('.moved-to')).toHaveText('The office moves to Oslo in June.')
  await look(page, 'comparison-phone')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await page.setViewportSize({ width: 1280, height: 720 })
  // Choosing again what is shown already changes nothing.
  await comparison.getByRole('button', { name: 'Compare with now' }).click()
  await comparison.getByRole('button', { name: 'Next change' }).click()
  await expect(comparison.locator('.where')).toHaveText(/^1 of \d+$/)
  await page.getByRole('button', { name: 'Close the history' }).click()

  // A comment on the whole document is Mia's to take care of.
  await page.getByRole('button', { name: /^Comments/ }).first().click()
  const panel = page.getByRole('complementary', { name: 'Comments' })
  await panel.getByRole('button', { name: 'Comment on the whole document' }).click()
  await panel.getByLabel('Your comment').fill('Who checks the rent?')
  await panel.getByRole('button', { name: 'Comment', exact: true }).click()
  await expect(panel.getByText('Who checks the rent?')).toBeVisible()
  // The keyboard goes with the work: into the form, and back to its button.
  await panel.getByRole('button', { name: 'Assign', exact: true }).press('Enter')
  await expect(panel.getByLabel('Assign to')).toBeFocused()
  await panel.getByRole('button', { name: 'Cancel' }).press('Enter')
  await expect(panel.getByRole('button', { name: 'Assign', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await panel.getByLabel('Assign to').selectOption({ label: 'Mia Lund' })
  await panel.getByLabel('Due date (optional)').fill('2026-01-15')
  await panel.getByRole('button', { name: 'Assign', exact: true }).press('Enter')
  await expect(panel.getByRole('button', { name: 'Change', exact: true })).toBeFocused()
  await expect(panel.getByText(/Assigned to Mia Lund, due/)).toBeVisible()
  await look(page, 'assigned')
  await mia.page.getByRole('link', { name: 'Home' }).click()
  const waiting = mia.page.getByRole('region', { name: 'Waiting for you' })
  await expect(waiting).toContainText('Who checks the rent?')
  await expect(waiting).toContainText('Overdue since')
  await look(mia.page, 'assignments')
  await waiting.getByRole('link').click()
  const hers = mia.page.getByRole('complementary', { name: 'Comments' })
  await expect(hers).toContainText('Who checks the rent?')
  // An assignment that she has read stays listed until it is done.
  await mia.page.getByRole('link', { name: 'Inbox' }).click()
  const action = mia.page.getByRole('region', { name: 'Needs action' })
  await expect(action.getByRole('link')).toHaveCount(1)
  await expect(action).toContainText('Ana Alvarez assigned a comment in Budget to you')
  await expect(mia.page.getByRole('region', { name: 'Unread' })).toHaveCount(0)
  await look(mia.page, 'inbox-assigned')
  await action.getByRole('link').click()
  await hers.getByRole('button', { name: 'Mark as done' }).press('Enter')
  await expect(hers.getByRole('button', { name: 'Resolved 1' })).toBeVisible()
  await expect(hers).toContainText(/Done by Mia Lund/)
  await mia.page.getByRole('link', { name: 'Inbox' }).click()
  await expect(mia.page.getByRole('region', { name: 'Read' })).toContainText('Ana Alvarez assigned a comment')
  await expect(action).toHaveCount(0)
  await expect(panel.getByRole('button', { name: 'Resolved 1' })).toBeVisible()
  await panel.getByRole('button', { name: 'Resolved 1' }).click()
  await panel.getByRole('button', { name: 'Reopen' }).click()
  await expect(panel.getByRole('button', { name: 'Open 1' })).toBeVisible()
  // By keyboard: the next comment, then resolve.
  await page.keyboard.press('Escape')
  await panel.getByRole('button', { name: 'Next comment' }).click()
  await page.keyboard.press('e')
  await expect(panel.getByLabel('Outcome')).toBeFocused()
  await panel.getByRole('button', { name: 'Resolve comment' }).press('Enter')
  await expect(panel.getByRole('button', { name: 'Resolved 1' })).toBeVisible()
  await expect(panel.locator('[data-thread]:focus-within')).toContainText('Who checks the rent?')
  await mia.page.getByRole('link', { name: 'Home' }).click()
  await expect(mia.page.getByRole('heading', { name: 'Home' })).toBeVisible()
  await expect(mia.page.getByRole('region', { name: 'Waiting for you' })).toHaveCount(0)
  await expect(trust(page)).toHaveText(/Saved/)
})
