// Two real browsers edit one document.
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { Server, colleague, newDocument, owner, text, trust } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

let server: Server
test.beforeAll(async () => {
  server = await Server.start()
})
test.afterAll(() => server.stop())

test('two people write one document, see each other, and lose nothing', async ({ browser }) => {
  const ana = await owner(browser, server)
  const jonas = await colleague(browser, ana)
  const address = await newDocument(ana.page, 'Market entry 2027')
  await jonas.page.goto(address)
  await expect(trust(ana.page)).toHaveText(/Saved/)
  await expect(trust(jonas.page)).toHaveText(/Saved/)

  await text(ana.page).click()
  await ana.page.keyboard.type('# Where we stand\nThe market grows by a tenth each year.')
  await expect(text(jonas.page)).toContainText('grows by a tenth each year')
  await expect(text(jonas.page).getByRole('heading', { name: 'Where we stand' })).toBeVisible()
  await text(jonas.page).getByText('grows').click()
  await jonas.page.keyboard.press('End')
  await jonas.page.keyboard.type(' So do our rivals.')
  await expect(text(ana.page)).toContainText('So do our rivals.')

  await test.step('carets and faces', async () => {
    await expect(ana.page.locator('.caret')).toHaveText('Jonas')
    await expect(jonas.page.locator('.caret')).toHaveText('Ana')
    await expect(ana.page.getByRole('list', { name: 'In this document' })).toContainText('Jonas Berg')
  })

  await test.step('the title, live; and words written over REST', async () => {
    await jonas.page.getByLabel('Title', { exact: true }).fill('Market entry, spring 2027')
    await jonas.page.keyboard.press('Enter')
    await expect(ana.page.getByLabel('Title', { exact: true })).toHaveValue('Market entry, spring 2027')
    const url = `${server.url}/api/v1/documents/${address.split('/').at(-1)}/content`
    const read = await ana.page.request.get(url)
    const data = `${await read.text()}\n> Written over REST.\n`
    const headers = { 'content-type': 'text/markdown', 'if-match': read.headers().etag ?? '' }
    expect((await ana.page.request.put(url, { data, headers })).status()).toBe(204)
    await expect(text(jonas.page).locator('blockquote')).toHaveText('Written over REST.')
    await expect(jonas.page.getByText(/^\d+ words$/)).toBeVisible()
  })

  await test.step('kill -9 and restart', async () => {
    await expect(trust(jonas.page)).toHaveText(/Saved/)
    await server.kill()
    await expect(trust(ana.page)).toHaveText(/Can't reach the server/)
    await text(ana.page).click()
    await ana.page.keyboard.press('Control+End')
    await ana.page.keyboard.type(' Written while the server was down.')
    await expect(trust(ana.page)).toHaveText(/Offline – \d+ changes saved on this device/)
    await server.restart()
    await expect(text(jonas.page)).toContainText('Written while the server was down.')
    await expect(text(jonas.page)).toContainText('So do our rivals.')
    await expect(trust(ana.page)).toHaveText(/Saved/)
  })

  await test.step('an offline spell, with a reload in the middle', async () => {
    await jonas.context.setOffline(true)
    await expect(trust(jonas.page)).toHaveText(/Offline/)
    await text(jonas.page).click()
    await jonas.page.keyboard.press('Control+End')
    await jonas.page.keyboard.type(' From a train.')
    await jonas.context.setOffline(false)
    await expect(text(ana.page)).toContainText('From a train.')
    await ana.page.reload()
    await expect(text(ana.page)).toContainText('From a train.')
  })

  await test.step('the text over REST, and its words in the list', async () => {
    const id = address.split('/').at(-1)
    const read = await ana.page.request.get(`${server.url}/api/v1/documents/${id}/content?format=markdown`)
    // Browsers insert a non-breaking space at the edge of a text.
    const markdown = (await read.text()).replaceAll('\u00a0', ' ')
    expect(markdown).toContain('# Where we stand\n\nThe market grows by a tenth each year. So do our rivals.')
    const words = async () => (await (await ana.page.request.get(`${server.url}/api/v1/documents/${id}`)).json()).words
    await expect.poll(words).toBeGreaterThan(15)
  })

  await test.step('accessibility', async () => {
    for (const page of [ana.page, jonas.page]) {
      // The names at carets fade away; while they do, their contrast is too low.
      for (const name of await page.locator('.caret > span').all()) await expect(name).toHaveCSS('opacity', '0')
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
    }
    await ana.page.goto(server.url)
    const { violations } = await new AxeBuilder({ page: ana.page }).analyze()
    expect(violations.map(({ id }) => id)).toEqual([])
  })
})
