// Where documents come from: templates and copies; and links from one page to another.
import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text } from './server'

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

test('[TPL-1] [TPL-2] a document begins with a template that is shown before, and becomes one', async () => {
  const { page } = ana
  await page.getByRole('button', { name: 'From a template' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start from a template' })
  await expect(dialog.getByRole('region', { name: 'Preview of Strategy plan' })).toContainText('What we will not do')
  await dialog.getByRole('button', { name: 'Market analysis' }).click()
  await expect(dialog.getByRole('region', { name: 'Preview of Market analysis' })).toContainText('Sources')
  await look(page, 'templates')
  await dialog.getByRole('button', { name: 'Use this template' }).click()
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Market analysis')
  await expect(text(page)).toContainText('Sources')

  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Save as template' }).click()
  const keep = page.getByRole('dialog', { name: 'Save as template' })
  await keep.getByLabel('Name').fill('Our market analysis')
  await keep.getByLabel('Who can use it').selectOption({ label: 'Everyone in the workspace' })
  await keep.getByRole('button', { name: 'Save template' }).click()
  const kept = page.getByRole('dialog', { name: 'Saved as a template' })
  await expect(kept).toContainText('Everyone in the workspace finds “Our market analysis”')
  await kept.getByRole('button', { name: 'Done' }).click()
  await jonas.page.getByRole('button', { name: 'From a template' }).click()
  await expect(jonas.page.getByRole('button', { name: 'Our market analysis' })).toBeVisible()
  await jonas.page.getByRole('button', { name: 'Cancel' }).click()
})

test('[TREE-5] [PROSE-17] a page is copied, and linked from another by its title', async () => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  const target = await newDocument(page, 'Budget 2027')
  await page.getByRole('button', { name: 'More actions' }).click()
  const duplicate = page.getByRole('menuitem', { name: 'Duplicate' })
  for (let n = 0; n < 20 && !(await duplicate.evaluate((one) => one === document.activeElement)); n++) await page.keyboard.press('ArrowDown')
  await expect(duplicate).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Copy of Budget 2027')

  await text(page).click()
  await page.keyboard.type('See [[budget 2')
  const offered = page.getByRole('listbox', { name: 'Link to a page' })
  await expect(offered.getByRole('option')).toHaveCount(2)
  await look(page, 'page-link')
  await offered.getByRole('option', { name: /^Budget 2027/ }).click()
  const link = text(page).getByRole('link', { name: 'Budget 2027' })
  await expect(link).toBeVisible()
  await page.keyboard.type('first.')
  await expect(text(page)).toContainText('See Budget 2027 first.')

  // The title follows, and the link leads there.
  const id = target.split('/').at(-1) ?? ''
  const { etag } = await page.evaluate(async (id) => ({ etag: (await fetch(`/api/v1/documents/${id}`)).headers.get('etag') ?? '' }), id)
  await page.evaluate(([id, etag]) => fetch(`/api/v1/documents/${id}`, { method: 'PATCH', headers: { 'if-match': etag, 'content-type': 'application/json' }, body: `{"title":"Budget 2028","open_level":null}` }), [id, etag] as const)
  await expect(text(page).getByRole('link', { name: 'Budget 2028' })).toBeVisible()
  const address = page.url()
  await text(page).getByRole('link', { name: 'Budget 2028' }).click()
  await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Budget 2028')

  // Somebody who may see only the page that contains the link sees that it is a link to a page.
  const copy = address.split('/').at(-1)
  await page.evaluate(([copy, account]) => fetch(`/api/v1/documents/${copy}/shares/${account}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"level":"view"}' }), [copy, (await jonas.page.evaluate(async () => (await (await fetch('/api/v1/me')).json()).account_id)) as string] as const)
  await jonas.page.goto(address)
  await expect(text(jonas.page).getByRole('link', { name: "A page you can't see" })).toBeVisible()
  // An address with a slug leads to the same page.
  await jonas.page.goto(`${server.url}/documents/an-earlier-title-${copy}`)
  await expect(jonas.page.getByLabel('Title', { exact: true })).toHaveValue('Copy of Budget 2027')
})

test('a document is downloaded, and printed without the frame of the app', async () => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents', exact: true }).click()
  await newDocument(page, 'Board: paper')
  await text(page).click()
  await page.keyboard.type('We grow.')
  await expect(page.getByTestId('trust')).toContainText('Saved')
  for (const [name, file, content] of [['Markdown', 'Board paper.md', 'We grow.\n'], ['HTML', 'Board paper.html', '<p>We grow.</p>']] as const) {
    await page.getByRole('button', { name: 'More actions' }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: `Download as ${name}` }).click()])
    expect(download.suggestedFilename()).toBe(file)
    expect(readFileSync(await download.path(), 'utf8')).toBe(content)
  }
  for (const [kind, file, beginning] of [['PDF', 'Board paper.pdf', '%PDF-'], ['Word', 'Board paper.docx', 'PK']] as const) {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: `Download as ${kind}` }).click()
    const dialog = page.getByRole('dialog', { name: `Download as ${kind}` })
    await dialog.getByLabel('Comments').check()
    if (kind === 'PDF') await look(page, 'download')
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download', exact: true }).click()])
    expect(download.suggestedFilename()).toBe(file)
    expect(readFileSync(await download.path(), 'latin1').slice(0, beginning.length)).toBe(beginning)
    await expect(dialog).toBeHidden()
  }
  await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'))
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('complementary', { name: 'Workspace' })).toBeHidden()
  await expect(page.getByRole('toolbar', { name: 'Formatting' })).toBeHidden()
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)')
  await page.pdf({ path: 'test-results/printed.pdf' })
  await page.screenshot({ path: 'test-results/printed.png' })
  await page.emulateMedia({ media: 'screen' })
})
