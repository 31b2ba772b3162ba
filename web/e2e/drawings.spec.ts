// Diagrams and formulas that code blocks draw, and what is copied as Markdown.
import { type Page, expect, test } from '@playwright/test'
import { look } from './look'
import { type Person, Server, newDocument, owner, text, trust } from './server'

let server: Server
let ana: Person

test.beforeAll(async ({ browser }) => {
  server = await Server.start()
  ana = await owner(browser, server)
})
test.afterAll(() => server.stop())

const drawing = (page: Page) => text(page).locator('.drawing')
const markdown = async (page: Page) => (await page.request.get(`${server.url}/api/v1/documents/${page.url().split('/').at(-1)}/content`)).text()

async function slash(page: Page, name: string): Promise<void> {
  await page.keyboard.type(`/${name}`)
  await expect(page.getByRole('listbox', { name: 'Insert' }).getByRole('option').first()).toBeVisible()
  await page.keyboard.press('Enter')
}

test('[EDIT-14] a diagram and a formula are drawn, opened by a click, and say what is wrong with them', async () => {
  const { page } = ana
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await newDocument(page, 'How we decide')
  await text(page).click()
  await slash(page, 'diagram')
  await expect(drawing(page).first().getByRole('img', { name: 'Diagram' })).toBeVisible()
  await page.keyboard.type('\nB --> C["<img src=x onerror=alert(1)>"]\nclick A "javascript:alert(2)"')
  // While the caret is in the code block, source and drawing are shown together.
  await expect(text(page).locator('pre')).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.type('Below it:\n')
  await slash(page, 'formula')
  await expect(drawing(page)).toHaveCount(2)
  await expect(drawing(page).nth(1).locator('.katex')).toBeVisible()
  await expect(trust(page)).toHaveText(/Saved/)
  await page.reload()
  await expect(drawing(page).first().getByRole('img')).toBeVisible()
  await expect(drawing(page).nth(1).locator('.katex')).toBeVisible()
  const size = await drawing(page).first().getByRole('img').boundingBox()
  expect(size?.width).toBeGreaterThan(100)
  expect(size?.height).toBeGreaterThan(20)
  expect((await text(page).locator('pre').first().boundingBox())?.height).toBe(0)
  await look(page, 'drawings')
  for (const [name, width] of [['tablet', 1024], ['phone', 390]] as const) {
    await page.setViewportSize({ width, height: 844 })
    await look(page, `drawings-${name}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
  await page.setViewportSize({ width: 1440, height: 900 })

  // A click opens the source. Its error is shown, and the source stays open.
  await drawing(page).nth(1).click()
  await page.keyboard.type('\\frac{a')
  await expect(drawing(page).nth(1).locator('.notice')).toHaveText(/This can't be drawn: .*expected/)
  await text(page).getByText('Below it:').click()
  await expect(text(page).locator('pre').nth(1)).toContainText('\\frac{a')
  expect((await text(page).locator('pre').nth(1).boundingBox())?.height).toBeGreaterThan(20)
  await look(page, 'drawings-wrong')
  await expect.poll(() => markdown(page)).toContain('```math\na^2 + b^2 = c^2\\frac{a\n```')
  // What a diagram links to is not followed: it is a picture.
  const picture = drawing(page).first().getByRole('img')
  for (const [right, down] of [[0.2, 0.5], [0.5, 0.2], [0.5, 0.5]] as const) {
    const box = await picture.boundingBox()
    if (!box) throw new Error('nothing is drawn')
    await page.mouse.click(box.x + box.width * right, box.y + box.height * down)
  }
  await expect(text(page).locator('pre').first()).toHaveClass(/open/)
  expect(await drawing(page).first().locator('a').count()).toBe(0)
  expect(new URL(page.url()).pathname).toMatch(/^\/documents\//)
  expect(dialogs).toEqual([])
})

test('[EDIT-15] what is selected is copied as Markdown', async ({ browser }) => {
  const context = await browser.newContext({ storageState: await ana.context.storageState(), permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  await page.goto(`${server.url}/documents`)
  await newDocument(page, 'To be copied')
  await text(page).click()
  await page.keyboard.type('## Costs\nThey **rise** by 5 * 2.\n- Rent\nPay')
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+Alt+Shift+m')
  await expect.poll(copied).toBe('## Costs\n\nThey **rise** by 5 \\* 2.\n\n- Rent\n- Pay\n')
  await text(page).getByText('Pay').dblclick({ position: { x: 12, y: 12 } })
  await page.getByRole('button', { name: 'More tools' }).click()
  await page.getByRole('menuitem', { name: 'Copy as Markdown' }).click()
  await expect.poll(copied).toBe('Pay')
  await context.close()
})
