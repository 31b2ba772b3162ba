// Makes the screenshots of the README: two people in one document, and the list, in both themes.
import { expect, test } from '@playwright/test'
import { Server, colleague, newDocument, owner, text, trust } from './server'

const folder = '../docs/images'

test('pictures', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  const jonas = await colleague(browser, ana)
  const address = await newDocument(ana.page, 'Market entry 2027')
  await jonas.page.goto(address)
  await expect(trust(jonas.page)).toHaveText(/Saved/)
  await text(ana.page).click()
  await ana.page.keyboard.type('## Where we stand\nThe home market grows by three percent a year, the north by eleven. We enter one country a year and stop where we cannot be second within three.\n## What we decide this quarter\n[ ] Which country comes first\n')
  await ana.page.keyboard.type('Whom we hire before we open\n\n/table')
  await ana.page.keyboard.press('Enter')
  for (const cell of ['Country', 'Growth', 'Rivals', 'Norway', '11 %', '3', 'Finland', '9 %', '5']) {
    await ana.page.keyboard.type(cell)
    await ana.page.keyboard.press('Tab')
  }
  await text(jonas.page).getByText('stop where').click()
  await jonas.page.keyboard.press('End')
  await jonas.page.keyboard.type(' Jonas agrees.')
  await text(ana.page).locator('p', { hasText: 'Which country' }).click()
  await ana.page.keyboard.press('End')
  await ana.page.keyboard.type('?')
  await expect(trust(ana.page)).toHaveText(/Saved/)
  for (const theme of ['light', 'dark']) {
    await ana.page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme)
    await jonas.page.keyboard.type('.')
    await ana.page.locator('.caret').first().waitFor()
    for (const [name, width] of [['wide', 1440], ['tablet', 1024], ['phone', 390]] as const) {
      await ana.page.setViewportSize({ width, height: 900 })
      await ana.page.screenshot({ path: `${folder}/document-${theme}-${name}.png` })
    }
    await ana.page.setViewportSize({ width: 1440, height: 900 })
  }
  await ana.page.getByRole('button', { name: 'Share' }).click()
  await ana.page.screenshot({ path: `${folder}/share-dark.png` })
  await ana.page.getByRole('button', { name: 'Done', exact: true }).click()
  await ana.page.goto(`${server.url}/documents`)
  await ana.page.getByText('Market entry 2027').waitFor()
  await ana.page.screenshot({ path: `${folder}/list-light.png` })
  await server.stop()
})
