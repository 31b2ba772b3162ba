// Comments: an author, a reviewer who may comment, and a viewer.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, colleague, newDocument, owner, text, trust, pick } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

/** Selects words with the mouse. */
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

test('a reviewer comments and suggests, the author answers, accepts and resolves, a viewer reads along', async ({ browser }) => {
  const jonas = await colleague(browser, ana)
  const vera = await colleague(browser, ana, 'Vera Vogel')
  await ana.page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(ana.page, 'Growth in the north')
  await text(ana.page).click()
  await ana.page.keyboard.type('Growth is slow in the north, and our costs are high.\nWe hire three people for the new office, and move in June.')
  await expect(trust(ana.page)).toHaveText(/Saved/)
  await ana.page.getByRole('button', { name: 'Share' }).click()
  await ana.page.getByLabel(/^Anyone in /).selectOption('view')
  await pick(ana.page, 'Add people or groups', 'Jonas Berg')
  await ana.page.getByRole('combobox', { name: 'Access', exact: true }).selectOption('comment')
  await ana.page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(ana.page.getByLabel('Access of Jonas Berg')).toHaveValue('comment')
  await ana.page.getByRole('button', { name: 'Done', exact: true }).click()

  // Jonas comments on some words, and mentions Ana.
  await jonas.page.goto(address)
  await expect(jonas.page.getByRole('button', { name: 'Mode: Suggesting' })).toBeVisible()
  await expect(jonas.page.locator('.sheet.suggesting')).toBeVisible()
  await expect(jonas.page.getByRole('button', { name: 'Comment', exact: true })).toBeDisabled()
  await select(jonas.page, 'our costs are high')
  await jonas.page.getByRole('button', { name: 'Comment', exact: true }).click()
  const field = jonas.page.getByLabel('Your comment')
  await field.pressSequentially('How high? @An')
  await jonas.page.getByRole('option', { name: 'Ana Alvarez' }).click()
  await field.press('Control+Enter')
  await expect(jonas.page.getByText('How high? @Ana Alvarez')).toBeVisible()

  // Ana sees it highlighted in the text at once, opens it there and answers, and Jonas sees the answer.
  await expect(ana.page.locator('.passage')).toHaveText('our costs are high')
  await ana.page.locator('.passage').click()
  await ana.page.getByLabel('Reply').fill('Higher than last year.')
  await ana.page.getByRole('button', { name: 'Reply', exact: true }).click()
  await expect(jonas.page.getByText('Higher than last year.')).toBeVisible()
  await jonas.page.getByRole('listitem').filter({ hasText: 'Higher than last year.' }).last().getByRole('button', { name: 'React' }).click()
  await jonas.page.getByRole('button', { name: 'React with 👍' }).click()
  await expect(ana.page.getByRole('button', { name: '👍, 1' })).toBeVisible()

  // He suggests other words, which are shown next to the old ones until Ana accepts them.
  await select(jonas.page, 'slow')
  await jonas.page.keyboard.type('steady')
  await expect(trust(jonas.page)).toHaveText('Suggestions saved')
  await expect(ana.page.locator('ins.suggestion')).toHaveText('steady')
  await look(ana.page, 'comments')

  // The text around it continues to change, also by Ana.
  await text(ana.page).click()
  await ana.page.keyboard.press('ControlOrMeta+Home')
  await ana.page.keyboard.type('So far: ')
  await expect(ana.page.locator('del.suggestion')).toHaveText('slow')
  await ana.page.locator('del.suggestion').click()
  await ana.page.getByRole('dialog', { name: 'Suggestion' }).getByRole('button', { name: 'Accept' }).click()
  await expect(text(jonas.page)).toContainText('So far: Growth is steady in the north')

  // Vera may view it, but not comment.
  await vera.page.goto(address)
  await vera.page.getByRole('button', { name: 'Comments 1' }).click()
  await expect(vera.page.getByText('Higher than last year.')).toBeVisible()
  await expect(vera.page.getByRole('button', { name: 'Comment on the whole document' })).toHaveCount(0)
  await vera.page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(vera.page.getByLabel('Reply')).toHaveCount(0)

  // Ana resolves it with an outcome.
  await ana.page.locator('.passage').click()
  await ana.page.getByRole('button', { name: 'Resolve', exact: true }).click()
  await ana.page.getByLabel('Outcome').selectOption('decided')
  await ana.page.getByLabel(/^Note/).fill('We cut costs by a tenth.')
  await ana.page.getByRole('button', { name: 'Resolve comment' }).click()
  await expect(ana.page.locator('.passage')).toHaveCount(0)
  await vera.page.getByRole('button', { name: 'Resolved 1' }).click()
  await expect(vera.page.getByText('We cut costs by a tenth.')).toBeVisible()
  await look(vera.page, 'comments-closed')
  await vera.page.setViewportSize({ width: 390, height: 844 })
  await look(vera.page, 'comments-phone')
  expect(await vera.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})

test('a comment stays when its passage is deleted, and may be on the whole document', async () => {
  const { page } = ana
  // Ana's notification leads to the thread, which is resolved by now.
  const inbox = page.getByRole('link', { name: /^Inbox/ })
  const unread = async () => Number(/(\d+)\s*unread/.exec((await inbox.textContent()) ?? '')?.[1] ?? 0)
  await expect.poll(unread).toBeGreaterThan(0)
  const before = await unread()
  await inbox.click()
  const mention = page.getByRole('link').filter({ hasText: 'Jonas Berg mentioned you in Growth in the north' })
  await expect(mention).toBeVisible()
  await look(page, 'inbox')
  await expect(page.getByRole('link').filter({ hasText: 'suggested a change to Growth in the north' }).first()).toBeVisible()
  await mention.click()
  await expect(page.getByText('We cut costs by a tenth.')).toBeVisible()
  // The owner of the document is also notified of the suggestion on it, which is another thread.
  await expect.poll(unread).toBe(before - 1)
  await page.getByRole('link', { name: 'Decisions' }).click()
  const decisions = page.getByRole('listitem')
  await expect(decisions.filter({ hasText: 'Ana Alvarez decided a comment in Growth in the north' })).toContainText('We cut costs by a tenth.')
  await expect(decisions.filter({ hasText: /accepted a suggestion in Growth/ })).toContainText('Replace slow with steady')
  await look(page, 'decisions')
  await page.getByRole('link', { name: 'Documents' }).click()
  await newDocument(page, 'Costs')
  await text(page).click()
  await page.keyboard.type('All of this goes. This stays.')
  await select(page, 'All of this goes.')
  await page.getByRole('button', { name: 'Comment', exact: true }).click()
  await page.getByLabel('Your comment').fill('Does it?')
  await page.getByRole('button', { name: 'Comment', exact: true }).last().click()
  await expect(page.locator('.passage')).toHaveText('All of this goes.')
  await select(page, 'All of this goes.')
  await page.keyboard.press('Delete')
  await expect(page.locator('.passage')).toHaveCount(0)
  await page.getByRole('button', { name: 'Comment on the whole document' }).click()
  await page.getByLabel('Your comment').fill('Shorter, please.')
  await page.getByLabel('Your comment').press('Control+Enter')
  await expect(page.getByText('The commented text was deleted. It stood before “This stays.…”.')).toBeVisible()
  await expect(page.getByText('On the whole document', { exact: true })).toBeVisible()
  // The server has it: a reload would cancel the request.
  await expect(page.getByRole('button', { name: 'Comments 2' })).toBeVisible()
  await page.reload()
  await page.getByRole('button', { name: 'Comments 2' }).click()
  await expect(page.getByText('The commented text was deleted.')).toBeVisible()
  await expect(text(page)).toContainText('This stays.')
  await expect(page.locator('.passage')).toHaveCount(0)
  // A link to a comment that is gone says so.
  const costs = page.url()
  await page.goto(`${costs}#thread=01900000-0000-7000-8000-000000000000`)
  await expect(page.getByText('The comment or suggestion behind this link is gone')).toBeVisible()
  await page.goto(costs)
})

test('(A7) a click on a marked passage puts the caret there, whether or not the comments are open', async () => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  await newDocument(page, 'Where the caret is')
  await text(page).click()
  await page.keyboard.type('The first line.\nGrowth is slow in the north.\nWe hire three people.')
  await select(page, 'slow in the north')
  await page.getByRole('button', { name: 'Comment', exact: true }).click()
  await page.getByLabel('Your comment').fill('How slow?')
  await page.getByRole('button', { name: 'Comment', exact: true }).last().click()
  await expect(page.locator('.passage')).toHaveText('slow in the north')
  await page.getByRole('button', { name: 'Close the comments' }).click()
  // Ana suggests a replacement for the selected words, and then continues editing.
  await select(page, 'three people')
  await page.getByRole('button', { name: 'Suggest', exact: true }).click()
  await expect(page.locator('.sheet.suggesting')).toBeVisible()
  await page.keyboard.type('four people')
  await expect(trust(page)).toHaveText('Suggestions saved')
  // Then her own text is closed as soon as she chooses another mode.
  await expect(trust(page)).toHaveAttribute('aria-busy', 'false')
  await page.getByRole('button', { name: 'Mode: Suggesting' }).click()
  await page.getByRole('menuitemradio', { name: 'Editing' }).click()
  await expect(page.locator('del.suggestion').filter({ hasText: 'three' })).toBeVisible()
  const panel = page.getByRole('complementary', { name: 'Comments' })
  const bubble = page.getByRole('dialog', { name: 'Suggestion' })

  /** Clicks on the first letter of a marked passage, types a letter, and returns the line that then has the letter. */
  const clickAndType = async (letter: string) => {
    // Not by coordinates taken before: the banner and the header arrive after the text, and move it.
    await page.locator('.passage').first().click({ position: { x: 12, y: 12 } })
    await expect(panel).toBeVisible()
    await page.keyboard.type(letter)
    return (await text(page).locator('p').allInnerTexts()).findIndex((line) => line.includes(letter))
  }
  for (const [width, closed, open] of [[1440, 'ŵ', 'x'], [390, 'ą', '']] as const) {
    await page.setViewportSize({ width, height: 844 })
    await page.reload()
    await expect(page.locator('.passage').first()).toBeVisible()
    expect(await clickAndType(closed), `panel closed, ${width} px`).toBe(1)
    if (open) expect(await clickAndType(open), `panel open, ${width} px`).toBe(1)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  // The suggested words themselves are not text: the caret is behind the words that they replace. A second click keeps
  // it there.
  await page.reload()
  await page.locator('ins.suggestion').click()
  await expect(bubble).toBeVisible()
  await page.locator('ins.suggestion').click()
  await expect(bubble).toBeVisible()
  await page.keyboard.type('ø')
  await expect(text(page).locator('p').nth(2)).toContainText('ø')
})

test('(A6) [CMT-8] a deleted comment can be brought back for ten seconds, and is then gone for everybody', async ({ browser }) => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  const jonas = await colleague(browser, ana, 'Mia Lund')
  const address = await newDocument(page, 'Second thoughts')
  const threads = `${server.url}/api/v1/documents/${address.split('/').at(-1)}/threads`
  for (const body of ['Kept after all.', 'Gone for good.', 'Gone with the page.', 'Gone after a tunnel.']) {
    expect((await page.request.post(threads, { headers: { origin: server.url }, data: { body } })).status()).toBe(201)
  }
  const onServer = async () => {
    const { items } = (await (await jonas.page.request.get(threads)).json()) as { items: { comments: { body: string }[] }[] }
    return items.flatMap(({ comments }) => comments.map(({ body }) => body)).toSorted()
  }
  const remove = (on: Page, words: string) => on.getByRole('listitem').filter({ hasText: words }).last().getByRole('button', { name: 'Delete this comment' }).click()
  await jonas.page.goto(address)
  await jonas.page.getByRole('button', { name: 'Comments 4' }).click()
  await page.getByRole('button', { name: 'Comments 4' }).click()
  await remove(page, 'Kept after all.')
  await expect(page.getByText('Kept after all.')).toBeHidden()
  await page.getByText('Comment deleted.').getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('Kept after all.')).toBeVisible()
  await expect(page.getByText('Comment deleted.')).toBeHidden()

  const since = Date.now()
  await remove(page, 'Gone for good.')
  await expect(page.getByText('Gone for good.')).toBeHidden()
  // The time to undo does not end when she goes to another page of the app, or opens another window.
  await page.getByRole('link', { name: 'Documents' }).click()
  await expect(page.getByText('Comment deleted.').getByRole('button', { name: 'Undo' })).toBeVisible()
  const other = await ana.context.newPage()
  await other.goto(address)
  await expect(text(other)).toBeVisible()
  expect(await onServer()).toContain('Gone for good.')
  await expect(jonas.page.getByText('Gone for good.')).toBeHidden()
  expect(Date.now() - since).toBeGreaterThan(9_000)
  await expect(page.getByText('Comment deleted.')).toBeHidden()
  expect(await onServer()).toEqual(['Gone after a tunnel.', 'Gone with the page.', 'Kept after all.'])

  // A page that closes does not wait. Without a network, the next page sends it.
  await other.getByRole('button', { name: 'Comments 3' }).click()
  await remove(other, 'Gone with the page.')
  await other.close()
  await expect.poll(onServer, { timeout: 8_000 }).toEqual(['Gone after a tunnel.', 'Kept after all.'])
  await page.goto(address)
  await page.getByRole('button', { name: 'Comments 2' }).click()
  await ana.context.setOffline(true)
  await remove(page, 'Gone after a tunnel.')
  await look(page, 'comment-deleted')
  await expect(page.getByText("Can't reach the server. The comment will be deleted")).toBeVisible()
  await page.close()
  expect(await onServer()).toContain('Gone after a tunnel.')
  await ana.context.setOffline(false)
  ana.page = await ana.context.newPage()
  await ana.page.goto(server.url)
  await expect.poll(onServer).toEqual(['Kept after all.'])
  await expect(jonas.page.getByText('Gone after a tunnel.')).toBeHidden()
})

test('[CMT-12] a block is commented from its menu, a cell from the menu of its table, an image at the image, and the list says what it is', async () => {
  const { page } = ana
  await page.getByRole('link', { name: 'Documents' }).click()
  const address = await newDocument(page, 'Costs by country')
  const path = `/api/v1/documents/${address.split('/').at(-1)}/content`
  const etag = (await page.request.get(server.url + path)).headers().etag ?? ''
  const markdown = '## Costs\n\n- Rent\n- Pay\n\n| Country | Cost |\n|---|---|\n| Norway | 1200 |\n| Finland |  |\n'
  expect((await page.request.put(server.url + path, { headers: { origin: server.url, 'content-type': 'text/markdown', 'if-match': etag }, data: markdown })).ok()).toBe(true)
  await expect(text(page)).toContainText('Norway')
  const panel = page.getByRole('complementary', { name: 'Comments' })
  const say = async (words: string) => {
    await panel.getByLabel('Your comment').fill(words)
    await panel.getByRole('button', { name: 'Comment', exact: true }).click()
    await expect(panel.getByText(words)).toBeVisible()
  }
  const thread = (words: string) => panel.locator('[data-thread]').filter({ hasText: words })

  await text(page).locator('td').filter({ hasText: '1200' }).click()
  await page.getByRole('toolbar', { name: 'Table tools' }).getByRole('button', { name: 'Comment on this cell' }).click()
  await expect(panel.getByRole('region', { name: 'New comment' })).toContainText('Table cell')
  await say('Per month?')
  await expect(text(page).locator('td.commented')).toHaveText('1200')
  await expect(thread('Per month?').locator('.quote')).toHaveText('Table cell1200')
  // A cell without words has nothing to comment on.
  await text(page).locator('td').last().click()
  await expect(page.getByRole('button', { name: 'Comment on this cell' })).toBeDisabled()

  await text(page).locator('h2').hover()
  await page.getByRole('button', { name: /^Block: drag/ }).click()
  await page.getByRole('menuitem', { name: 'Comment', exact: true }).click()
  await say('Which costs?')
  await expect(thread('Which costs?').locator('.quote')).toHaveText('HeadingCosts')
  await expect(text(page).locator('h2 .passage')).toHaveText('Costs')
  await look(page, 'comments-cell')

  // An image and a file have no words; the comment is on them.
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC', 'base64')
  const made = await page.request.post(`${server.url}/api/v1/documents/${address.split('/').at(-1)}/attachments?name=chart.png&in_text=true`, { headers: { origin: server.url, 'content-type': 'application/octet-stream' }, data: png })
  const content = await page.request.get(`${server.url}${path}?format=json`)
  const doc = (await content.json()) as { content: unknown[] }
  doc.content.push({ type: 'image', attrs: { attachment: ((await made.json()) as { id: string }).id, alt: 'Costs as a chart', width: 200 } }, { type: 'paragraph', content: [{ type: 'text', text: 'The end' }] })
  expect((await page.request.put(server.url + path, { headers: { origin: server.url, 'content-type': 'application/json', 'if-match': content.headers().etag ?? '' }, data: doc })).ok()).toBe(true)
  const picture = text(page).locator('.picture')
  await expect(picture.locator('img')).toBeVisible()
  await picture.hover()
  await page.getByRole('button', { name: /^Block: drag/ }).click()
  await page.getByRole('menuitem', { name: 'Comment', exact: true }).click()
  await expect(panel.getByRole('region', { name: 'New comment' })).toContainText('An imageCosts as a chart')
  await say('In euros?')
  await expect(text(page).locator('.picture.commented')).toHaveCount(1)
  await expect(thread('In euros?').locator('.quote')).toHaveText('An imageCosts as a chart')
  await look(page, 'comments-image')
  // A click on the image opens its thread; the toolbar begins another thread.
  await panel.getByRole('button', { name: 'Close the comments' }).click()
  await picture.locator('img').click()
  await expect(thread('In euros?')).toHaveAttribute('aria-current', 'true')
  await page.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name: 'Comment', exact: true }).click()
  await expect(panel.getByRole('region', { name: 'New comment' })).toContainText('Costs as a chart')
  await panel.getByRole('button', { name: 'Cancel' }).click()
  await picture.locator('img').click()
  await page.keyboard.press('Delete')
  await expect(thread('In euros?')).toContainText('It was deleted from the document.')
  await page.keyboard.press('Control+z')
  await expect(text(page).locator('.picture.commented')).toHaveCount(1)
  await expect(thread('In euros?')).not.toContainText('It was deleted')

  // In Viewing, a block can be commented on, too, but not moved.
  await page.getByRole('button', { name: /^Mode: Editing/ }).click()
  await page.getByRole('menuitemradio', { name: 'Viewing' }).click()
  await text(page).locator('li').first().hover()
  await page.getByRole('button', { name: 'Block actions' }).click()
  await expect(page.getByRole('menuitem')).toHaveText(['Comment', 'Copy link to block'])
  await page.getByRole('menuitem', { name: 'Comment', exact: true }).click()
  await say('Of the office?')
  await expect(text(page).locator('li .passage')).toHaveText('Rent')

  // The comment is found again from a link, and follows its cell.
  await page.getByRole('button', { name: 'Close the comments' }).click()
  await page.reload()
  await page.getByRole('button', { name: 'Comments 4' }).click()
  await thread('Per month?').locator('.quote').click()
  await expect(text(page).locator('td.commented.active')).toHaveText('1200')
})
