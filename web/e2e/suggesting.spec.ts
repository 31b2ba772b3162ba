// Suggesting: people who may only comment propose changes to a plan that others are editing, and these decide.
import { type Locator, type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, pick, text, trust } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

/** How long the people of the plan write at the same time. */
const WRITING_MS = Number(process.env.WRITING_SECONDS ?? 15) * 1_000

let server: Server
let ana: Person
let mia: Person
let jonas: Person
let vera: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  mia = await colleague(browser, ana, 'Mia Lund')
  jonas = await colleague(browser, ana)
  vera = await colleague(browser, ana, 'Vera Vogel')
})
test.afterAll(() => server.stop())

/** A document in which everybody may comment, and Ana and Mia may edit. */
async function plan(title: string, lines: string): Promise<string> {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(page, title)
  await text(page).click()
  await page.keyboard.type(lines)
  await expect(trust(page)).toHaveText(/Saved/)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByLabel(/^Anyone in /).selectOption('comment')
  await pick(page, 'Add people or groups', 'Mia Lund')
  await page.getByRole('combobox', { name: 'Access', exact: true }).selectOption('edit')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByLabel('Access of Mia Lund')).toHaveValue('edit')
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  return address
}

const api = (address: string, rest = '') => `${server.url}/api/v1/documents/${address.split('/').at(-1)}${rest}`
/** The text of the document itself, as the server has it. */
const onServer = async (address: string): Promise<string> => (await ana.page.request.get(api(address, '/content?format=markdown'))).text()
const words = (text: string) => (text.match(/[\p{L}\p{N}]+/gu) ?? []).toSorted()

/** Opens a document in which a person suggests, as those who may only comment do at once. */
async function suggest(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await expect(page.getByRole('button', { name: 'Mode: Suggesting' })).toBeVisible()
  await expect(page.locator('.sheet.suggesting')).toBeVisible()
  await expect(text(page)).toHaveAttribute('contenteditable', 'true')
}

async function saved(page: Page): Promise<void> {
  await expect(trust(page)).toHaveText('Suggestions saved')
  await expect(trust(page)).toHaveAttribute('aria-busy', 'false')
}

/** Puts the caret behind some words, or selects them. */
const place = (page: Page, words: string, isSelected = false) => text(page).evaluate((element, [words, isSelected]) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.textContent?.indexOf(words as string) ?? -1
    if (at < 0 || node.parentElement?.closest('[contenteditable="false"]')) continue
    ;(element as HTMLElement).focus()
    const end = at + String(words).length
    getSelection()?.setBaseAndExtent(node, isSelected ? at : end, node, end)
    return
  }
  throw new Error(`${words} is not there`)
}, [words, isSelected] as const)

const panelOf = (page: Page): Locator => page.getByRole('complementary', { name: 'Suggestions' })

/** Opens the list of suggestions. */
async function openPanel(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^Suggestions \d+$/ }).click()
  await expect(panelOf(page)).toBeVisible()
  return panelOf(page)
}

const LINES = ['Growth is slow in the north', 'We hire three people for the office', 'Costs rise in June', 'The board meets each quarter', 'We sell the old warehouse']

test('[SUG-30] two suggesters and two editors work on one plan, and it has exactly what was accepted', async () => {
  const address = await plan('Plan for the north', LINES.map((line) => `${line} and more.`).join('\n'))
  await mia.page.goto(address)
  await expect(text(mia.page)).toHaveAttribute('contenteditable', 'true')
  await suggest(jonas.page, address)
  await suggest(vera.page, address)
  const end = Date.now() + WRITING_MS
  // Each person writes words that nobody else writes.
  const write = async ({ page }: Person, name: string, lines: string[]) => {
    let count = 0
    for (; count < 3 || Date.now() < end; count++) {
      await place(page, lines[count % lines.length] as string)
      await page.keyboard.type(` ${name}${count}`, { delay: 30 })
      await page.waitForTimeout(400)
    }
    return count
  }
  const [, , byJonas, byVera] = await Promise.all([
    write(ana, 'ana', ['more', 'quarter']), write(mia, 'mia', ['warehouse', 'slow']),
    write(jonas, 'jonas', ['We hire', 'Costs rise', 'The board']), write(vera, 'vera', ['people', 'in June', 'the old']),
  ])
  // Vera also strikes a word and changes a kind of block.
  await place(vera.page, 'office', true)
  await vera.page.keyboard.press('Delete')
  await Promise.all([saved(jonas.page), saved(vera.page)])
  await expect(trust(ana.page)).toHaveText(/Saved/)
  await expect(trust(mia.page)).toHaveText(/Saved/)

  const before = await onServer(address)
  expect(before).not.toMatch(/jonas\d|vera\d/)
  expect(before).toContain('office')
  // The suggesters see all words: their own and those of the editors.
  const seen = async (page: Page, name: string, count: number) => expect(async () => {
    const shown = words((await text(page).textContent()) ?? '')
    for (let index = 0; index < count; index++) expect(shown).toContain(`${name}${index}`)
    for (const word of words(before).filter((word) => /^(ana|mia)\d/.test(word))) expect(shown).toContain(word)
  }).toPass()
  await seen(jonas.page, 'jonas', byJonas)
  await seen(vera.page, 'vera', byVera)
  // Nobody but the editors has written to the document.
  await ana.page.request.post(api(address, '/revisions'), { headers: { origin: server.url }, data: { name: 'Before the decisions' } })
  const { items: revisions } = (await (await ana.page.request.get(api(address, '/revisions'))).json()) as { items: { authors: { name: string }[] }[] }
  expect(new Set(revisions.flatMap(({ authors }) => authors.map(({ name }) => name)))).toEqual(new Set(['Ana Alvarez', 'Mia Lund']))

  const listed = async () => ((await (await ana.page.request.get(api(address, '/suggestions?state=open&limit=500'))).json()) as { items: { id: string; before: string; after: string }[] }).items
  const all = await listed()
  expect(all.length).toBeGreaterThan(4)
  await expect(ana.page.getByRole('button', { name: `Suggestions ${all.length}` })).toBeVisible()
  const accepted: string[] = []
  const rejected: string[] = []
  const isIn = (list: string[], id: string) => expect.poll(async () => (await listed()).some((one) => one.id === id)).toBe(false).then(() => list.push(id))

  // By mouse, where it stands in the text.
  const first = ana.page.locator('ins.suggestion[data-suggestion]').first()
  const firstId = (await first.getAttribute('data-suggestion')) ?? ''
  await first.click()
  await ana.page.getByRole('dialog', { name: 'Suggestion' }).getByRole('button', { name: 'Accept' }).click()
  await isIn(accepted, firstId)
  await expect(ana.page.getByText('Suggestion accepted.')).toBeVisible()

  // By keyboard: from one to the next, accepted and rejected in turn, while Mia goes on writing.
  const typing = (async () => {
    await place(mia.page, 'warehouse')
    await mia.page.keyboard.type(' goes on', { delay: 120 })
  })()
  const panel = await openPanel(ana.page)
  await ana.page.keyboard.press('Control+Alt+j')
  for (const [key, list] of [['a', accepted], ['r', rejected], ['a', accepted]] as const) {
    const card = panel.locator('[aria-current="true"]')
    // After a decision, the next one becomes the current one.
    await expect.poll(async () => [...accepted, ...rejected].includes((await card.getAttribute('data-card')) ?? '')).toBe(false)
    const id = (await card.getAttribute('data-card')) ?? ''
    await card.locator('.plain-quote').focus()
    await ana.page.keyboard.press(key)
    await isIn(list, id)
  }
  await typing
  // The last of them by mouse, all at once.
  await panel.getByRole('button', { name: /^Reject all/ }).click()
  await expect(panel.getByText('No open suggestions.')).toBeVisible()
  await expect(trust(mia.page)).toHaveText(/Saved/)

  const taken = all.filter(({ id }) => accepted.includes(id))
  expect(taken.length).toBe(3)
  const text_ = await onServer(address)
  const gained = words(text_).filter((word) => /^(jonas|vera)\d/.test(word))
  expect(gained).toEqual(words(taken.map(({ after }) => after).join(' ')).filter((word) => /^(jonas|vera)\d/.test(word)))
  expect(text_).toContain('goes on')
  // Their views follow: what was rejected is gone from them, too.
  await expect(async () => expect(words((await text(jonas.page).textContent()) ?? '').filter((word) => /^(jonas|vera)\d/.test(word))).toEqual(gained)).toPass()
})

test('[SUG-30] what is selected is suggested; formats and kinds have labels; undo takes back one\'s own', async () => {
  const address = await plan('Three changes', 'Growth is slow in the north.\nWe hire three people.\nThis stays as it is.\nWhat comes next.')
  await suggest(jonas.page, address)
  const { page } = jonas
  await place(page, 'slow', true)
  await page.keyboard.type('steady')
  await expect(text(page).locator('ins.suggestion')).toHaveText('steady')
  await expect(text(page).locator('del.suggestion')).toHaveText('slow')
  await saved(page)
  await place(page, 'three people', true)
  // The word count shows that the editor has read the browser's selection.
  await expect(page.locator('.count')).toContainText('2 of')
  await page.keyboard.press('Control+b')
  await place(page, 'next.')
  await page.keyboard.press('Control+Alt+2')
  await saved(page)
  await expect(text(page).locator('.suggestion.label', { hasText: 'bold' })).toBeVisible()
  await expect(text(page).locator('.suggestion.label', { hasText: 'heading 2' })).toBeVisible()
  await look(page, 'suggesting')

  await ana.page.goto(address)
  await expect(text(ana.page).locator('del.suggestion')).toHaveText('slow')
  await expect(text(ana.page).locator('ins.suggestion')).toHaveText('steady')
  await expect(text(ana.page).locator('.suggestion.label')).toHaveText(['bold', 'heading 2'])
  for (const width of [1440, 1280, 1024, 390]) {
    await ana.page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
    await look(ana.page, `suggestions-${width}`)
    // The number of suggestions is in the bar, which has room for it.
    const count = ana.page.getByRole('button', { name: 'Suggestions 3' })
    await expect(count).toBeInViewport({ ratio: 1 })
    expect(await ana.page.locator('.bar').evaluate((bar) => bar.scrollWidth - bar.clientWidth)).toBeLessThanOrEqual(0)
    await expect(ana.page.getByRole('button', { name: 'More actions' })).toBeInViewport({ ratio: 1 })
    expect(await trust(ana.page).evaluate((line) => line.scrollWidth - line.clientWidth)).toBeLessThanOrEqual(0)
    expect(await ana.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
  await ana.page.setViewportSize({ width: 1440, height: 900 })

  // Ana writes elsewhere; Jonas undoes, and only his own goes.
  await place(ana.page, 'people')
  await ana.page.keyboard.type(' in May')
  await expect(text(page)).toContainText(' in May.')
  await text(page).click()
  for (let step = 0; step < 3; step++) await page.keyboard.press('Control+z')
  await expect(text(page).locator('.suggestion.label')).toHaveCount(0)
  await expect(text(page)).toContainText('in May')
  await saved(page)
  expect(await onServer(address)).toContain('Growth is slow in the north.')
})

test('[SUG-34] an acceptance is undone from the toast, a rejection is reopened, and both are discussed', async () => {
  const address = await plan('Second thoughts on growth', 'Growth is slow in the north.\nWe hire three people.')
  await suggest(jonas.page, address)
  await place(jonas.page, 'slow', true)
  await jonas.page.keyboard.type('steady')
  await saved(jonas.page)
  await ana.page.goto(address)
  await text(ana.page).locator('ins.suggestion').click()
  const bubble = ana.page.getByRole('dialog', { name: 'Suggestion' })
  await look(ana.page, 'suggestion-bubble')
  await bubble.getByRole('button', { name: 'Accept' }).click()
  await expect.poll(() => onServer(address)).toContain('Growth is steady')
  await ana.page.getByText('Suggestion accepted.').getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => onServer(address)).toContain('Growth is slow')

  // From the text to its discussion: the keyboard goes to its card.
  await text(ana.page).locator('ins.suggestion').click()
  await bubble.getByRole('button', { name: 'Discuss' }).press('Enter')
  const panel = ana.page.getByRole('complementary', { name: 'Suggestions' })
  await expect(panel.locator('.plain-quote')).toBeFocused()
  await panel.getByRole('textbox', { name: 'Reply' }).fill('Is it?')
  await panel.getByRole('button', { name: 'Reply', exact: true }).click()
  await expect(panel.getByText('Is it?')).toBeVisible()
  await look(ana.page, 'suggestions-panel')
  await panel.getByLabel(/Reason for rejecting/).fill('We say what is.')
  await panel.getByRole('button', { name: 'Reject', exact: true }).click()
  await expect(panel.getByText('No open suggestions.')).toBeVisible()
  await ana.page.getByText('Suggestion rejected.').getByRole('button', { name: 'Undo' }).click()
  await expect(panel.locator('.suggestion-card')).toHaveCount(1)
  await panel.locator('.plain-quote').click()
  await panel.getByLabel(/Reason for rejecting/).fill('We say what is.')
  await panel.getByRole('button', { name: 'Reject', exact: true }).click()
  await panel.getByRole('button', { name: 'Decided' }).click()
  await expect(panel.getByText('We say what is.')).toBeVisible()
  await panel.getByRole('button', { name: 'Reopen' }).click()
  await expect(panel.getByRole('button', { name: 'Open 1', exact: true })).toBeVisible()
  await expect(text(ana.page).locator('ins.suggestion')).toContainText('steady')
})

test('[SUG-30] whoever suggests comments on the words that they see, and sees comments on theirs', async () => {
  const { page } = vera
  const address = await plan('Words', 'Alpha one.\nBravo charlie delta echo foxtrot golf.\nIndia juliet.')
  await suggest(page, address)
  await place(page, 'Alpha', true)
  await page.keyboard.type('Omicron')
  await place(page, 'charlie')
  await page.keyboard.type(' and more')
  await saved(page)
  await place(page, 'echo', true)
  await page.getByRole('button', { name: 'Comment', exact: true }).click()
  await page.getByLabel('Your comment').pressSequentially('Which echo?')
  await page.getByLabel('Your comment').press('Control+Enter')
  for (const person of [vera, ana]) await expect(text(person.page).locator('.passage')).toHaveText(['echo'])
  const { items } = await (await ana.page.request.get(api(address, '/threads'))).json()
  const comments = items.filter(({ comments }: { comments: { body: string }[] }) => comments[0]?.body === 'Which echo?')
  expect(comments.map(({ passage }: { passage: { quote: string } }) => passage.quote)).toEqual(['echo'])
})

test('[SUG-34] after a decision by keyboard, the keyboard goes on at the next suggestion', async () => {
  const address = await plan('One after the other', 'Growth is slow in the north.\nWe hire three people.\nTwo of them speak Danish.\nThe office is in Oslo.')
  await suggest(jonas.page, address)
  await place(jonas.page, 'slow', true)
  await jonas.page.keyboard.type('steady')
  await saved(jonas.page)
  await place(jonas.page, 'three', true)
  await jonas.page.keyboard.type('four')
  await saved(jonas.page)
  await place(jonas.page, 'Danish', true)
  await jonas.page.keyboard.type('Swedish')
  await saved(jonas.page)
  await place(jonas.page, 'Oslo', true)
  await jonas.page.keyboard.type('Bergen')
  await saved(jonas.page)
  await ana.page.goto(address)
  const panel = await openPanel(ana.page)
  const card = (words: string) => panel.locator('.suggestion-card').filter({ hasText: words })
  await expect(panel.locator('.suggestion-card')).toHaveCount(4)
  await card('four').getByRole('button', { name: 'Discuss' }).press('Enter')
  await expect(card('four').locator('.plain-quote')).toBeFocused()
  await card('four').getByRole('button', { name: 'Accept', exact: true }).press('Enter')
  await expect(card('four')).toHaveCount(0)
  await expect(card('Swedish').locator('.plain-quote')).toBeFocused()
  await card('Swedish').getByRole('button', { name: 'Accept', exact: true }).press('Enter')
  await expect(card('Swedish')).toHaveCount(0)
  await expect(card('Bergen').locator('.plain-quote')).toBeFocused()
})

test('[SUG-33] what could not be sent before the mode was changed and the page was left is sent by the next page', async () => {
  const address = await plan('Left in a hurry', 'Growth is slow in the north.')
  const { page } = jonas
  await suggest(page, address)
  await page.route('**/suggestions/view/*', (route) => route.abort())
  await place(page, 'north')
  await page.keyboard.type(' and west')
  await expect(trust(page)).toHaveText('Offline – suggestions saved on this device')
  await page.getByRole('button', { name: 'Mode: Suggesting' }).click()
  await page.getByRole('menuitemradio', { name: 'Viewing' }).click()
  await page.unroute('**/suggestions/view/*')
  await page.reload()
  await ana.page.goto(address)
  await expect(text(ana.page).locator('ins.suggestion')).toContainText('and west')
  // Nothing is left to be sent, so the document itself is shown.
  await expect(page.getByRole('button', { name: 'Mode: Viewing' })).toBeVisible()
  await expect(page.locator('.sheet.suggesting')).toHaveCount(0)
})

test('[SUG-33] words survive an offline spell, the end of the server, and the end of the right', async () => {
  const address = await plan('What is kept', 'Growth is slow in the north.\nWe hire three people.')
  await suggest(jonas.page, address)
  const { page } = jonas
  await place(page, 'north')
  await page.keyboard.type(' and west')
  await saved(page)
  await server.kill()
  await page.keyboard.type(' and east')
  await expect(trust(page)).toHaveText('Offline – suggestions saved on this device')
  await server.restart()
  await saved(page)
  await ana.page.goto(address)
  await expect(text(ana.page).locator('ins.suggestion').first()).toContainText('and west')
  await expect(text(ana.page)).toContainText('and east')

  // The page is closed without a network, and opened again.
  await jonas.context.setOffline(true)
  await page.keyboard.type(' and south')
  await expect(trust(page)).toHaveText('Offline – suggestions saved on this device')
  await page.close()
  await jonas.context.setOffline(false)
  jonas.page = await jonas.context.newPage()
  await suggest(jonas.page, address)
  await expect(text(jonas.page)).toContainText('and south')
  await saved(jonas.page)
  await expect(text(ana.page)).toContainText('and south')

  // Ana ends his right while he types.
  await jonas.page.route('**/suggestions/view/**', (route) => route.abort())
  await place(jonas.page, 'people')
  await jonas.page.keyboard.type(' and a dog')
  await expect(trust(jonas.page)).toHaveText('Offline – suggestions saved on this device')
  await ana.page.getByRole('button', { name: 'Share' }).click()
  await ana.page.getByLabel(/^Anyone in /).selectOption('view')
  await ana.page.getByRole('button', { name: 'Done', exact: true }).click()
  await jonas.page.unrouteAll()
  await expect(jonas.page.getByText(/Your access changed before your last suggestions were saved/)).toBeVisible()
  await expect(jonas.page.locator('.unsent')).toContainText('We hire three people and a dog.')
  expect(await onServer(address)).not.toContain('dog')
})
