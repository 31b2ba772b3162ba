// Search: the palette by keyboard, results with passages that open where they are, facets, saved searches, and pages that
// link to a page.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text, trust } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person
let plan: string

const WIDTHS = [1440, 1280, 1024, 390]

const palette = (page: Page) => page.getByRole('dialog', { name: 'Search and commands' })
const results = (page: Page) => page.getByRole('main').getByRole('list', { name: 'Results' })

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  plan = await written('Market entry 2027', ['Where we stand', ...Array.from({ length: 40 }, (_, line) => `Line ${line + 1} of the plan, which says little.`), 'The competitors in Norway are three, and none of them sells to hospitals.'])
  await ana.page.getByRole('link', { name: 'Documents' }).click()
  await written('Hiring', [`The plan for it is elsewhere.`])
})
test.afterAll(() => server.stop())

async function written(title: string, lines: string[]): Promise<string> {
  const address = await newDocument(ana.page, title)
  await text(ana.page).click()
  await ana.page.keyboard.insertText(lines[0] ?? '')
  for (const line of lines.slice(1)) {
    await ana.page.keyboard.press('Enter')
    await ana.page.keyboard.insertText(line)
  }
  await expect(trust(ana.page)).toHaveText(/Saved/)
  return address
}

test('[FIND-6] [FIND-8] a page is found with a typo by the keyboard, and opens at the words that were searched', async () => {
  const { page } = ana
  await page.keyboard.press('Control+k')
  await expect(palette(page).getByRole('option', { name: 'Market entry 2027' })).toBeVisible()
  const box = palette(page).getByRole('combobox')
  await box.fill('markt entri')
  await expect(palette(page).getByRole('option').first()).toHaveText('Market entry 2027')
  await look(page, 'search-palette')
  await box.fill('competiters')
  await expect(palette(page).getByRole('option', { name: 'Market entry 2027' })).toBeVisible()
  await palette(page).getByRole('option', { name: 'Search all text for' }).click()
  await expect(page).toHaveURL(/\/search\?q=competiters$/)
  const passage = results(page).getByRole('link', { name: 'The competitors in Norway' })
  await expect(passage.locator('mark')).toHaveText('competitors')
  await passage.click()
  await expect(page.locator('.match')).toHaveText('competitors')
  await expect(page.locator('.match')).toBeInViewport()
  await text(page).focus()
  await page.keyboard.press('Escape')
  await expect(page.locator('.match')).toHaveCount(0)
})

test('[FIND-7] [FIND-11] results are narrowed by facets and operators, and a search is saved', async () => {
  const { page } = ana
  await page.getByRole('button', { name: 'Search' }).click()
  await palette(page).getByRole('combobox').fill('plan')
  await palette(page).getByRole('option', { name: 'Search all text for' }).click()
  await expect(page.getByRole('status').first()).toHaveText('2 documents')
  const box = page.getByLabel('Search all documents')
  await box.fill('plan -hospitals')
  await expect(page.getByRole('status').first()).toHaveText('1 document')
  await box.fill('plan')
  await page.getByRole('checkbox', { name: /Past week/ }).check()
  await expect(box).toHaveValue(/^plan after:\d{4}-\d\d-\d\d$/)
  await page.getByRole('checkbox', { name: /Past week/ }).uncheck()
  await page.getByRole('checkbox', { name: /^Draft/ }).check()
  await expect(box).toHaveValue('plan status:draft')
  await expect(page.getByRole('status').first()).toHaveText('2 documents')
  await page.getByRole('button', { name: 'Save this search' }).click()
  await page.getByLabel('Name of the search').fill('Draft plans')
  await page.getByLabel('Name of the search').press('Enter')
  await expect(page.getByRole('link', { name: 'Draft plans' })).toBeVisible()
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 })
    await look(page, `search-results-${width}`)
  }
  await page.setViewportSize({ width: 1280, height: 900 })
  await box.fill('before:soon nothinglikethis')
  await expect(page.getByText('“soon” is no date: write one like 2026-05-31.')).toBeVisible()
  await expect(page.getByText('No documents match')).toBeVisible()
  await page.getByRole('link', { name: 'Draft plans' }).click()
  await expect(page.getByRole('status').first()).toHaveText('2 documents')
  await page.getByRole('button', { name: 'Forget Draft plans' }).click()
  await expect(page.getByRole('link', { name: 'Draft plans' })).toHaveCount(0)
})

test('[FIND-2] [FIND-4] a page lists the pages that link to it, and a colleague finds only their own', async ({ browser }) => {
  const { page } = ana
  const [id] = plan.match(/[0-9a-f-]{36}/) ?? []
  await page.goto(`${server.url}/documents`)
  await written('Links', ['See'])
  // A link in the text, as pasting makes one.
  await page.evaluate(async (address) => {
    const [, document] = /\/documents\/([0-9a-f-]{36})/.exec(location.pathname) ?? []
    const etag = (await fetch(`/api/v1/documents/${document}/content`)).headers.get('etag') ?? ''
    await fetch(`/api/v1/documents/${document}/content`, { method: 'PUT', headers: { 'content-type': 'text/markdown', 'if-match': etag }, body: `See [the plan](${address}).\n` })
  }, `/documents/${id}`)
  await page.goto(plan)
  const linked = page.getByRole('complementary', { name: 'Links to this page' })
  await expect(linked.getByRole('link', { name: 'Links' })).toBeVisible()
  await linked.scrollIntoViewIfNeeded()
  await look(page, 'search-linked')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByLabel(/^Anyone in /).selectOption({ index: 0 })
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  const jonas = await colleague(browser, ana)
  await jonas.page.keyboard.press('Control+k')
  await palette(jonas.page).getByRole('combobox').fill('market')
  await expect(palette(jonas.page).getByRole('option', { name: 'Search all text for' })).toBeVisible()
  await expect(palette(jonas.page).getByRole('option', { name: 'Market entry 2027' })).toHaveCount(0)
  await palette(jonas.page).getByRole('combobox').fill('inbox')
  await jonas.page.keyboard.press('ArrowUp')
  await jonas.page.keyboard.press('Enter')
  await expect(jonas.page).toHaveURL(/\/inbox$/)
})
