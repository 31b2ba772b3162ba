// Finding documents again: kinds and tags, lists that are filtered in their address, favourites, recent documents, the
// archive, and the trash with its ways back.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text, trust, more, pick } from './server'

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

const list = (page: Page, name: string) => page.getByRole('list', { name, exact: true })
const titles = (page: Page, name = 'Documents') => list(page, name).locator('strong')
const addTag = async (page: Page, name: string) => {
  const field = page.getByLabel('Add a tag')
  await field.fill(name)
  await field.press('Enter')
}
const documents = async (page: Page) => {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Documents' }).click()
  await expect(page.getByRole('heading', { name: 'Documents' })).toBeVisible()
}

test('[LIST-1] [LIST-10] a document has a kind and tags, and lists are filtered by them in their address', async () => {
  const { page } = ana
  await documents(page)
  await page.getByLabel('Kind of the new document').selectOption({ label: 'Market analysis' })
  const address = await newDocument(page, 'Nordic markets')
  await expect(page.getByLabel('Kind of the document')).toHaveValue('market_analysis')
  await addTag(page, 'Märkte')
  await addTag(page, 'north')
  const tags = list(page, 'Tags')
  await expect(tags.getByRole('link')).toHaveText(['Märkte', 'north'])
  await look(page, 'lists-document')

  await documents(page)
  const other = await newDocument(page, 'Strategy 2027')
  // A typed tag becomes the existing one, even if accents and case differ. The kind is changed later by somebody else.
  await page.getByLabel('Add a tag').focus()
  await expect(page.locator('datalist option')).toHaveCount(2)
  await addTag(page, 'markte')
  await expect(tags.getByRole('link')).toHaveText(['Märkte'])
  await jonas.page.goto(other)
  await jonas.page.getByLabel('Kind of the document').selectOption({ label: 'Strategy plan' })
  await expect(page.getByLabel('Kind of the document')).toHaveValue('strategy_plan')
  await jonas.page.getByRole('button', { name: 'Remove tag Märkte' }).click()
  await expect(list(jonas.page, 'Tags').getByRole('link')).toHaveCount(0)
  await addTag(jonas.page, 'Märkte')
  await expect(tags.getByRole('link')).toHaveText(['Märkte'])

  // A tag leads to the documents that have it.
  await tags.getByRole('link', { name: 'Märkte' }).click()
  await expect(page).toHaveURL(/\/documents\?tag=M%C3%A4rkte$/)
  await expect(titles(page)).toHaveText(['Strategy 2027', 'Nordic markets'])
  await page.getByLabel('Kind', { exact: true }).selectOption({ label: 'Market analysis' })
  await expect(titles(page)).toHaveText(['Nordic markets'])
  await page.getByLabel('Kind', { exact: true }).selectOption({ label: 'Any kind' })
  await page.getByLabel('Order').selectOption({ label: 'Title' })
  await expect(titles(page)).toHaveText(['Nordic markets', 'Strategy 2027'])
  await page.reload()
  await expect(page.getByLabel('Order')).toHaveValue('title')
  await expect(titles(page)).toHaveText(['Nordic markets', 'Strategy 2027'])
  await page.getByLabel('Owner').selectOption({ label: 'Jonas Berg' })
  await expect(page.getByText('No documents match.')).toBeVisible()
  await documents(page)
  await look(page, 'lists-documents')
  await page.goto(address)
})

test('[LIST-3] a manager renames, merges and deletes tags, and open pages follow', async () => {
  const { page } = ana
  await page.getByRole('link', { name: 'Tags' }).click()
  const row = (name: string) => list(page, 'Tags').getByRole('listitem').filter({ hasText: name })
  await expect(row('Märkte')).toContainText('2 documents')
  await row('north').getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('Nord')
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
  await expect(row('Nord')).toContainText('1 document')
  await look(page, 'lists-tags')
  await row('Nord').getByRole('button', { name: 'Merge' }).click()
  await page.getByLabel('Into').selectOption({ label: 'Märkte' })
  await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click()
  await expect(list(page, 'Tags').getByRole('listitem')).toHaveCount(1)
  await row('Märkte').getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('Markets')
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
  await expect(list(jonas.page, 'Tags').getByRole('link')).toHaveText(['Markets'])
  await jonas.page.getByRole('link', { name: 'Tags' }).click()
  await expect(list(jonas.page, 'Tags')).toContainText('Markets')
  await expect(jonas.page.getByRole('button', { name: 'Rename' })).toHaveCount(0)
})

test('[LIST-6] [LIST-7] favourites stand in the sidebar in their order, in every window, and recent documents in a list', async () => {
  const { page } = ana
  const second = await ana.context.newPage()
  await second.goto(server.url)
  for (const title of ['Nordic markets', 'Strategy 2027']) {
    await documents(page)
    await titles(page).getByText(title).click()
    await page.getByRole('button', { name: 'Favourite' }).click()
    await expect(page.getByRole('button', { name: 'Favourite' })).toHaveAttribute('aria-pressed', 'true')
  }
  const favourites = (of: Page) => of.getByRole('region', { name: 'Favourites' }).getByRole('link')
  for (const one of [page, second]) await expect(favourites(one)).toHaveText(['Nordic markets', 'Strategy 2027'])
  await page.getByRole('region', { name: 'Favourites' }).getByText('Strategy 2027').hover()
  await page.getByRole('button', { name: 'Strategy 2027: earlier' }).click()
  for (const one of [page, second]) await expect(favourites(one)).toHaveText(['Strategy 2027', 'Nordic markets'])
  await look(page, 'lists-favourites')
  await page.getByRole('button', { name: 'Favourite' }).click()
  await expect(favourites(second)).toHaveText(['Nordic markets'])
  await second.close()

  await documents(page)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Recent' }).click()
  await expect(titles(page, 'Recent')).toHaveText(['Strategy 2027', 'Nordic markets'])
  await expect(favourites(jonas.page)).toHaveCount(0)
})

test('[LIST-5] [LIST-8] the archive, and what others shared', async () => {
  const { page } = ana
  await documents(page)
  await titles(page).getByText('Strategy 2027').click()
  await page.getByRole('button', { name: 'Draft', exact: true }).click()
  await page.getByRole('button', { name: 'Archive' }).click()
  await expect(page.getByRole('button', { name: 'Archived' })).toBeVisible()
  await documents(page)
  await expect(titles(page)).toHaveText(['Nordic markets'])
  await page.getByRole('link', { name: 'Archive' }).click()
  await expect(titles(page, 'Archive')).toHaveText(['Strategy 2027'])
  await look(page, 'lists-archive')
  await page.getByRole('button', { name: 'Unarchive' }).click()
  await expect(page.getByText('The archive is empty.')).toBeVisible()

  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Recent' }).click()
  await titles(page, 'Recent').getByText('Nordic markets').click()
  await page.getByRole('button', { name: 'Share' }).click()
  await pick(page, 'Add people or groups', 'Jonas Berg')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await documents(jonas.page)
  await jonas.page.getByRole('link', { name: 'Shared with me' }).click()
  await expect(titles(jonas.page, 'Shared with me')).toHaveText(['Nordic markets'])
})

test('[LIST-9] the trash: undo at once, look, restore, and delete forever', async () => {
  const { page } = ana
  await text(page).click()
  await page.keyboard.type('Words that are worth keeping.')
  await expect(trust(page)).toHaveText(/Saved/)
  const address = page.url()
  await more(page, 'Move to trash')
  await expect(page.getByText('“Nordic markets” moved to the trash.')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(titles(page).getByText('Nordic markets')).toBeVisible()

  await page.goto(address)
  await more(page, 'Move to trash')
  await expect(page.getByRole('heading', { name: 'Documents', exact: true })).toBeVisible()
  await page.getByRole('link', { name: 'Trash' }).click()
  const row = list(page, 'Trash').getByRole('listitem').filter({ hasText: 'Nordic markets' })
  await expect(row).toContainText('Moved here by Ana Alvarez')
  await expect(row).toContainText('Will be deleted forever on')
  await look(page, 'lists-trash')
  await row.getByRole('button', { name: 'Open' }).click()
  const dialog = page.getByRole('dialog', { name: 'Nordic markets' })
  await expect(dialog).toContainText('Words that are worth keeping.')
  await look(page, 'lists-trashed-text')
  await dialog.getByRole('button', { name: 'Done', exact: true }).click()
  await row.getByRole('button', { name: 'Restore' }).click()
  await expect(page.getByText('The trash is empty.')).toBeVisible()

  await page.goto(address)
  await more(page, 'Move to trash')
  // Once the document is in the trash, the page goes to the list automatically.
  await expect(page.getByRole('heading', { name: 'Documents', exact: true })).toBeVisible()
  await page.getByRole('link', { name: 'Trash' }).click()
  await row.getByRole('button', { name: 'Delete forever' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete forever' }).click()
  await expect(page.getByText('The trash is empty.')).toBeVisible()
})

test('the lists fit every width, also with long titles and tags', async () => {
  const { page } = ana
  await documents(page)
  await newDocument(page, 'Market entry in the Nordic countries, with everything that we know about rivals and prices')
  await addTag(page, 'a tag that is as long as a short sentence')
  await page.getByRole('button', { name: 'Favourite' }).click()
  await expect(page.getByRole('region', { name: 'Favourites' }).getByRole('link')).toHaveCount(1)
  for (const width of [1440, 1280, 1024, 390]) {
    await page.setViewportSize({ width, height: 844 })
    for (const path of ['/', '/documents', '/recent', '/archive', '/trash', '/tags', '/favourites']) {
      await page.goto(server.url + path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      const overflow = await page.evaluate(() => Math.max(...[document.documentElement, ...document.querySelectorAll('.rail')].map((part) => part.scrollWidth - part.clientWidth)))
      expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0)
    }
    await page.goto(`${server.url}/documents`)
    await expect(titles(page).first()).toBeVisible()
    await page.screenshot({ path: `test-results/lists-${width}.png` })
  }
})
