// Two browsers at two nodes of one installation, and the page during an outage of a store.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { Line } from './line'
import { Server, colleague, newDocument, owner, text, trust } from './server'

// Later tests go on where earlier ones ended.
test.describe.configure({ mode: 'serial' })

const named = (name: string): URL => {
  const url = process.env[name]
  if (!url) throw new Error(`${name} names no server: run this through scripts/with-stores`)
  return new URL(url)
}

let bus: Line
let journal: Line
let nodes: Server[]

test.beforeAll(async () => {
  const name = `test_${randomBytes(8).toString('hex')}`
  const database = named('TEST_POSTGRES_URL')
  execFileSync('psql', [database.href, '-qc', `create database ${name}`])
  database.pathname = `/${name}`
  const mongodb = named('TEST_MONGODB_URL')
  mongodb.pathname = `/${name}`
  bus = await Line.to(named('TEST_REDIS_URL'))
  journal = await Line.to(mongodb)
  const env = { CONSILIUM_DATABASE_URL: database.href, CONSILIUM_JOURNAL_URL: journal.url.href, CONSILIUM_BUS_URL: bus.url.href, CONSILIUM_LOG_FILTER: 'off' }
  nodes = [await Server.start([], env), await Server.start([], env)]
})
test.afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  bus.end()
  journal.end()
})

test('two people at two nodes write one document, and the page names the store that does not answer', async ({ browser }) => {
  const [one, two] = nodes as [Server, Server]
  const ana = await owner(browser, one)
  const jonas = await colleague(browser, ana)
  const address = await newDocument(ana.page, 'Market entry 2027')
  await jonas.page.goto(address.replace(one.url, two.url))
  await expect(trust(jonas.page)).toHaveText(/Saved/)
  await text(ana.page).click()
  await ana.page.keyboard.type('Written at the first node.')
  await expect(text(jonas.page)).toContainText('Written at the first node.')
  await text(jonas.page).click()
  await jonas.page.keyboard.press('Control+End')
  await jonas.page.keyboard.type(' And at the second.')
  await expect(text(ana.page)).toContainText('And at the second.')
  await expect(ana.page.locator('.caret')).toHaveText('Jonas')

  await test.step('Redis away', async () => {
    bus.cut()
    await expect(trust(ana.page)).toHaveText(/updates from others may be delayed/)
    await ana.page.keyboard.press('Control+End')
    await ana.page.keyboard.type(' Without Redis.')
    await expect(text(jonas.page)).toContainText('Without Redis.')
    bus.heal()
    await expect(trust(ana.page)).toHaveText('Saved')
  })

  await test.step('the journal away', async () => {
    journal.cut()
    await expect(trust(ana.page)).toHaveText("Everything is saved · the server can't save right now")
    await ana.page.keyboard.type(' Kept.')
    await expect(trust(ana.page)).toHaveText(/Saving is paused – \d+ changes? saved on this device/)
    await expect(text(jonas.page)).not.toContainText('Kept.')
    await ana.page.screenshot({ path: 'test-results/paused.png' })
    journal.heal()
    await expect(trust(ana.page)).toHaveText('Saved')
    await expect(text(jonas.page)).toContainText('Kept.')
  })
})
