// Writing: the bar above the text, the menu beside selected words, links, tables, blocks, finding, the outline and help.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, newDocument, owner, text } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
  await ana.context.grantPermissions(['clipboard-read', 'clipboard-write'])
})
test.afterAll(() => server.stop())

/** A document with this text, and the caret at its end. */
async function open(page: Page, title: string, words: string): Promise<void> {
  await page.goto(server.url)
  await newDocument(page, title)
  await text(page).click()
  await page.keyboard.type(words)
}

/** Selects words, as by mouse. */
const select = (page: Page, words: string) => text(page).evaluate((element, words) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.textContent?.indexOf(words) ?? -1
    if (at < 0) continue
    ;(element as HTMLElement).focus()
    getSelection()?.setBaseAndExtent(node, at, node, at + words.length)
    return
  }
  throw new Error(`${words} is not there`)
}, words)

const bar = (page: Page) => page.getByRole('toolbar', { name: 'Formatting' })
const kind = (page: Page) => bar(page).getByRole('button', { name: /^Kind of block/ })

test('[EDIT-5] the bar stays in sight, names its keys, and has all that a text can hold', async () => {
  const { page } = ana
  await open(page, 'The bar', 'Some words.\n')
  for (const name of ['Undo', 'Redo', 'Bold', 'Italic', 'Underline', 'Strikethrough', 'Inline code', 'Link', 'Bullet list', 'Numbered list', 'Task list', 'Quote', 'Code block', 'Divider', 'Table', 'Upload image or file']) {
    await expect(bar(page).getByRole('button', { name, exact: true }), name).toBeVisible()
  }
  await expect(bar(page).getByRole('button', { name: 'Bold' })).toHaveAttribute('title', 'Bold (Ctrl+B)')
  await kind(page).click()
  await page.getByRole('menuitem', { name: 'Heading 2' }).click()
  await page.keyboard.type('A heading')
  await expect(text(page).locator('h2')).toHaveText('A heading')
  await expect(kind(page)).toHaveAccessibleName('Kind of block: Heading 2')
  await page.keyboard.press('Enter')
  await bar(page).getByRole('button', { name: 'Inline code' }).click()
  await page.keyboard.type('make run')
  await expect(text(page).locator('code')).toHaveText('make run')
  await page.keyboard.type(`\n${'line\n'.repeat(60)}`)
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
  await expect(bar(page)).toBeInViewport()
  await page.evaluate(() => scrollTo(0, 0))
  await look(page, 'editing-bar')
  // What has no room is in the menu.
  await page.setViewportSize({ width: 800, height: 900 })
  await expect(bar(page).getByRole('button', { name: 'Table', exact: true })).toBeHidden()
  await bar(page).getByRole('button', { name: 'More tools' }).click()
  await expect(page.getByRole('menuitem', { name: 'Table' })).toBeVisible()
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(800)
  await page.setViewportSize({ width: 390, height: 844 })
  const box = await bar(page).boundingBox()
  expect(box && Math.round(box.y + box.height)).toBe(844)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await look(page, 'editing-phone')
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('[EDIT-5] beside selected words is a menu; Ctrl-Alt-M comments on them', async () => {
  const { page } = ana
  await open(page, 'Selected', 'Growth is slow in the north.')
  await select(page, 'slow')
  const menu = page.getByRole('toolbar', { name: 'Selected words' })
  await menu.getByRole('button', { name: 'Bold' }).click()
  await expect(text(page).locator('strong')).toHaveText('slow')
  await expect(menu.getByRole('button', { name: 'Bold' })).toHaveAttribute('aria-pressed', 'true')
  await look(page, 'editing-bubble')
  await expect(page.locator('.count')).toHaveText('1 of 6 words')
  await page.keyboard.press('Escape')
  await expect(menu).toBeHidden()
  await page.keyboard.press('Control+Alt+m')
  await expect(page.getByLabel('Your comment')).toBeVisible()
  await expect(page.getByRole('complementary', { name: 'Comments' })).toContainText('slow')
})

test('[EDIT-6] Ctrl-K links selected words; a link can be followed, changed, copied and removed, and typing behind it is no part of it', async () => {
  const { page } = ana
  await open(page, 'Links', 'See the plan')
  await select(page, 'the plan')
  await page.keyboard.press('Control+k')
  await page.getByLabel('Address of the link').fill('javascript:alert(1)')
  await page.getByRole('button', { name: 'Add link' }).click()
  await expect(page.getByText('Enter a web address')).toBeVisible()
  await page.getByLabel('Address of the link').fill('example.org/plan')
  await page.keyboard.press('Enter')
  const link = text(page).locator('a')
  await expect(link).toHaveAttribute('href', 'https://example.org/plan')
  // Clicks in one place are a double click, and select words.
  const click = (nth: number) => link.click({ position: { x: 12 * nth, y: 8 } })
  await page.keyboard.press('End')
  await page.keyboard.type(' now')
  await expect(link).toHaveText('the plan')
  await expect(text(page)).toHaveText('See the plan now')

  await click(1)
  const card = page.getByRole('toolbar', { name: 'Link' })
  await expect(card.getByRole('link')).toHaveAttribute('href', 'https://example.org/plan')
  await look(page, 'editing-link')
  await click(2)
  await card.getByRole('button', { name: 'Copy address' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('https://example.org/plan')
  await click(3)
  await page.keyboard.press('Control+k')
  await expect(page.getByLabel('Address of the link')).toHaveValue('https://example.org/plan')
  await page.getByLabel('Address of the link').fill('https://example.org/other')
  await page.getByRole('button', { name: 'Save link' }).click()
  await expect(link).toHaveAttribute('href', 'https://example.org/other')
  await click(4)
  await card.getByRole('button', { name: 'Remove link' }).click()
  await expect(link).toHaveCount(0)
  // Without a selection, the keys search.
  await page.keyboard.press('End')
  await page.keyboard.press('Control+k')
  await expect(page.locator('dialog.palette')).toBeVisible()
  await page.keyboard.press('Escape')
})

test('[EDIT-7] a table gets rows, columns and headers, is merged, split, aligned, sorted and deleted; a wide one scrolls', async () => {
  const { page } = ana
  await open(page, 'Tables', '/table')
  await page.keyboard.press('Enter')
  for (const cell of ['Country', 'Growth', 'Year', 'Norway', '11', '2026', 'Finland', '9', '2027']) {
    await page.keyboard.type(cell)
    if (cell !== '2027') await page.keyboard.press('Tab')
  }
  const menu = page.getByRole('toolbar', { name: 'Table tools' })
  const use = async (opener: string, item: string) => {
    await menu.getByRole('button', { name: opener, exact: true }).click()
    await page.getByRole('menuitem', { name: item, exact: true }).click()
  }
  await text(page).getByText('9', { exact: true }).click()
  await use('Column', 'Sort A to Z')
  await expect(text(page).locator('tr td:first-child, tr th:first-child')).toHaveText(['Country', 'Finland', 'Norway'])
  // The border between two columns is dragged.
  const head = await text(page).locator('th').first().boundingBox()
  if (!head) throw new Error('no table')
  await page.mouse.move(head.x + head.width - 1, head.y + head.height / 2)
  await page.mouse.down()
  await page.mouse.move(head.x + head.width - 81, head.y + head.height / 2, { steps: 4 })
  await page.mouse.up()
  await expect.poll(async () => Math.round((await text(page).locator('th').first().boundingBox())?.width ?? 0)).toBeLessThan(head.width - 60)
  await look(page, 'editing-table')
  await text(page).getByText('Norway').click()
  await use('Row', 'Insert row below')
  await expect(text(page).locator('tr')).toHaveCount(4)
  await use('Column', 'Insert column right')
  await expect(text(page).locator('tr').first().locator('th')).toHaveCount(4)
  await use('Column', 'Header column')
  await expect(text(page).locator('tr').nth(1).locator('th')).toHaveCount(1)
  await text(page).getByText('2026').click()
  await use('Cells', 'Align right')
  await expect(text(page).locator('td', { hasText: '2026' })).toHaveCSS('text-align', 'right')
  await text(page).locator('tr').last().locator('td').first().click()
  // The keys select cells once the editor has seen the click.
  await expect.poll(async () => {
    await page.keyboard.press('Shift+ArrowRight')
    return text(page).locator('.selectedCell').count()
  }).toBeGreaterThan(1)
  await use('Cells', 'Merge cells')
  await expect(text(page).locator('td[colspan="2"], td[colspan="3"]')).toHaveCount(1)
  await use('Cells', 'Split cell')
  await expect(text(page).locator('td[colspan="2"], td[colspan="3"]')).toHaveCount(0)
  await use('Row', 'Delete row')
  await use('Column', 'Delete column')
  await text(page).getByText('Country').click()
  for (let column = 0; column < 9; column++) await use('Column', 'Insert column right')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440)
  expect(await text(page).locator('.tableWrapper').evaluate((wrapper) => wrapper.scrollWidth > wrapper.clientWidth)).toBe(true)
  await menu.getByRole('button', { name: 'Delete table' }).click()
  await expect(text(page).locator('table')).toHaveCount(0)
})

test('[EDIT-8] a block is moved by keys, duplicated, turned into another, dragged and deleted; a link leads to it', async () => {
  const { page } = ana
  await open(page, 'Blocks', 'One\nTwo\nThree\n- first\nsecond')
  const lines = async () => (await text(page).locator(':scope > :not(ul), li').allInnerTexts()).map((line) => line.trim()).filter((line) => line !== '')
  await expect.poll(lines).toEqual(['One', 'Two', 'Three', 'first', 'second'])
  await page.keyboard.press('Alt+Shift+ArrowUp')
  await expect.poll(lines).toEqual(['One', 'Two', 'Three', 'second', 'first'])
  await text(page).getByText('Two').click()
  // The editor has seen where the caret is.
  await expect(kind(page)).toHaveAccessibleName('Kind of block: Text')
  await page.keyboard.press('Control+Shift+ArrowUp')
  await expect.poll(lines).toEqual(['Two', 'One', 'Three', 'second', 'first'])
  await page.keyboard.type('!')
  await expect(text(page).locator('p').first()).toContainText('!')
  await page.keyboard.press('Backspace')

  const handle = page.getByRole('button', { name: /^Block:/ })
  const act = async (words: string, item: string) => {
    await text(page).getByText(words, { exact: true }).hover()
    await handle.click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await act('One', 'Duplicate block')
  await expect.poll(lines).toEqual(['Two', 'One', 'One', 'Three', 'second', 'first'])
  await text(page).getByText('Three').hover()
  await handle.click()
  await look(page, 'editing-block')
  await page.getByRole('menuitem', { name: 'Heading 2' }).click()
  await expect(text(page).locator('h2')).toHaveText('Three')
  await act('Three', 'Copy link to block')
  const address = await page.evaluate(() => navigator.clipboard.readText())
  await act('second', 'Delete block')
  await expect.poll(lines).toEqual(['Two', 'One', 'One', 'Three', 'first'])

  await text(page).getByText('Two').hover()
  await handle.dragTo(text(page).getByText('Three'), { targetPosition: { x: 60, y: 24 } })
  await expect.poll(lines).toEqual(['One', 'One', 'Three', 'Two', 'first'])
  await page.goto(address)
  await expect(text(page).locator('.match')).toHaveText('Three')
})

test('[EDIT-9] words are found in tables too, and replaced, all of them in one step of undo', async () => {
  const { page } = ana
  await open(page, 'Finding', 'A cat and a Cat, and concatenation.\n/table')
  await page.keyboard.press('Enter')
  for (const cell of ['cat', 'Two', 'Three']) {
    await page.keyboard.type(cell)
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Control+f')
  const finder = page.getByRole('search', { name: 'Find in this document' })
  await finder.getByLabel('Find', { exact: true }).fill('cat')
  await expect(finder.getByRole('status')).toHaveText('1 of 4')
  await finder.getByLabel('Find', { exact: true }).press('Enter')
  await expect(finder.getByRole('status')).toHaveText('2 of 4')
  await finder.getByRole('button', { name: 'Whole words' }).click()
  await expect(finder.getByRole('status')).toHaveText(/of 3$/)
  await finder.getByRole('button', { name: 'Match case' }).click()
  await expect(finder.getByRole('status')).toHaveText(/of 2$/)
  await page.keyboard.press('Control+h')
  await finder.getByLabel('Replace with').fill('dog')
  await look(page, 'editing-find')
  await finder.getByRole('button', { name: 'Replace all' }).click()
  await expect(text(page).locator('p').first()).toHaveText('A dog and a Cat, and concatenation.')
  await expect(text(page).locator('th').first()).toHaveText('dog')
  await finder.getByLabel('Find', { exact: true }).press('Escape')
  await expect(text(page)).toBeFocused()
  await page.keyboard.press('Control+z')
  await expect(text(page).locator('p').first()).toHaveText('A cat and a Cat, and concatenation.')
  await expect(text(page).locator('th').first()).toHaveText('cat')
})

test('[EDIT-10] the outline lists the headings and marks the one that is read', async () => {
  const { page } = ana
  await open(page, 'Outline', `# Part one\n${'line\n'.repeat(40)}## Inside\n${'line\n'.repeat(40)}# Part two\n${'line\n'.repeat(40)}`)
  await page.getByRole('button', { name: 'Outline' }).click()
  const outline = page.getByRole('complementary', { name: 'Outline' })
  await expect(outline.getByRole('listitem')).toHaveText(['Part one', 'Inside', 'Part two'])
  await outline.getByRole('button', { name: 'Inside' }).click()
  await expect(text(page).getByRole('heading', { name: 'Inside' })).toBeInViewport()
  await expect(outline.locator('[aria-current]')).toHaveText('Inside')
  await look(page, 'editing-outline')
})

test('[EDIT-11] "/" finds blocks by other names, ":" emoji, "@" dates; signs are replaced unless that is turned off', async () => {
  const { page } = ana
  await open(page, 'Typing', '/todo')
  await expect(page.getByRole('listbox', { name: 'Insert' }).getByRole('option')).toHaveText([/^Task list/])
  await page.keyboard.press('Enter')
  await page.keyboard.type('Ask')
  await expect(text(page).locator('li[data-checked="false"]')).toContainText('Ask')
  await page.keyboard.type('\n\n/nonsense')
  await expect(page.getByText('Nothing is called “nonsense”.')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.type('\nDone :tada')
  await expect(page.getByRole('listbox', { name: 'Emoji' }).getByRole('option')).toBeVisible()
  await page.keyboard.press('Enter')
  await page.keyboard.type('at @today')
  await page.getByRole('option', { name: /^Today/ }).waitFor()
  await page.keyboard.press('Enter')
  const today = await page.evaluate(() => new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date()))
  await expect(text(page).locator('p', { hasText: 'Done' })).toHaveText(`Done 🎉 at ${today} `)
  await page.keyboard.type('\nA -> B -- and so on... :rocket:')
  await expect(text(page).locator('p', { hasText: 'and so on' })).toHaveText('A → B – and so on… 🚀')
  await bar(page).getByRole('button', { name: 'More tools' }).click()
  await page.getByRole('menuitem', { name: 'Turn off typographic replacements' }).click()
  await text(page).locator('p', { hasText: 'and so on' }).click()
  await page.keyboard.press('End')
  await page.keyboard.type('\nC -> D...')
  await expect(text(page).getByText('C -> D...', { exact: true })).toBeVisible()
})

test('[EDIT-12] the keys are listed, the Markdown is shown, reading takes no edits, and alone with the text nothing else is shown', async () => {
  const { page } = ana
  await open(page, 'Ways to look', '## A heading\nSome **bold** words.')
  await page.keyboard.press('Control+/')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Move block up')
  await look(page, 'editing-keys')
  await page.getByRole('button', { name: 'Done' }).click()
  const more = async (name: string) => {
    await page.getByRole('button', { name: 'More tools' }).click()
    await page.getByRole('menuitem', { name, exact: true }).click()
  }
  await more('View as Markdown')
  await expect(page.getByRole('dialog', { name: 'Markdown of this document' })).toContainText('Some **bold** words.')
  await page.getByRole('button', { name: 'Done' }).click()
  await more('Read only')
  await expect(text(page)).toHaveAttribute('contenteditable', 'false')
  await expect(page.getByRole('button', { name: 'Bold' })).toHaveCount(0)
  await more('Edit')
  await expect(text(page)).toHaveAttribute('contenteditable', 'true')
  await more('Focus mode')
  await expect(page.getByRole('complementary', { name: 'Workspace' })).toBeHidden()
  await look(page, 'editing-alone')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('complementary', { name: 'Workspace' })).toBeVisible()
})
