// Measures how the page feels in a real browser: the time from a key to the frame that shows it, how long a document takes
// to open, with and without a thousand open suggestions, and how long the clicks and keys of a usual visit take until the
// next frame. `node bench/page/feel.mjs` needs a built server and page, and writes PAGE.md with UPDATE_TABLES=1.
import { newDocument, start } from '../hostile/measure.mjs'
import { blocks, editor, launch, median, report } from './browser.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 3)
const KEYS = Number(process.env.KEYS ?? 60)
const SUGGESTIONS = 1_000

const quantile = (all, part) => all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * part))]

/** A page that is signed in as a person of the REST tests. */
async function signedIn(browser, person) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  await context.addCookies([...person.cookies].map(([name, value]) => ({ name, value, url: person.server.url })))
  return context.newPage()
}

/** Opens a document, and returns the time until its last block is in the page, in ms. */
async function open(page, origin, id, count) {
  const began = performance.now()
  await page.goto(`${origin}/documents/${id}`)
  const shown = () => page.evaluate(() => document.querySelector('.ProseMirror')?.children.length ?? 0)
  while ((await shown()) < count) await page.waitForTimeout(10)
  return performance.now() - began
}

/** The times from a key to the frame that shows it, in ms, of keys pressed in the middle of a document. */
async function keys(page, count) {
  await editor(page).locator(':scope > *').nth(Math.floor(count / 2) + 1).click()
  await page.keyboard.press('End')
  await page.keyboard.type('warm up ', { delay: 50 })
  await page.evaluate(() => {
    window.frames_ = []
    const shown = (from) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => window.frames_.push(performance.now() - from)
      port2.postMessage(null)
    })
    document.addEventListener('keydown', (event) => shown(event.timeStamp), { capture: true })
  })
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press(key % 6 === 5 ? 'Space' : 'a')
    await page.waitForTimeout(80)
  }
  return page.evaluate(() => window.frames_)
}

/** Half of a thousand suggestions by each of two people: another word in every second block. */
async function suggest(people, id, count) {
  for (const [at, person] of people.entries()) {
    let block = -1
    const text = blocks(count).replaceAll('by three percent', (words) => (++block % 4 === at * 2 && block < SUGGESTIONS * 2 ? 'by four percent' : words))
    const made = (await person.expect(201, 'POST', `/documents/${id}/suggestions`, text, { 'content-type': 'text/markdown' })).body.items.length
    if (Math.abs(made - SUGGESTIONS / 2) > 40) throw new Error(`${made} suggestions were made`)
  }
}

/** A usual visit, and how long each of its clicks and keys took until the next frame, in ms. */
async function visit(page, origin, id, slowdown) {
  await page.goto(origin)
  await page.getByRole('heading', { name: 'Home' }).waitFor()
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  await page.evaluate(() => {
    window.interactions = new Map()
    const note = (list) => list.getEntries().filter((one) => one.interactionId > 0).forEach((one) => window.interactions.set(one.interactionId, Math.max(one.duration, window.interactions.get(one.interactionId) ?? 0)))
    new PerformanceObserver(note).observe({ type: 'event', durationThreshold: 16 })
    window.firstCount = performance.interactionCount
  })
  await page.getByRole('link', { name: 'Documents', exact: true }).click()
  await page.getByRole('heading', { name: 'Documents' }).waitFor()
  await page.getByRole('main').getByRole('link', { name: 'A visit' }).first().click()
  await editor(page).locator(':scope > *').nth(150).waitFor()
  await page.waitForTimeout(1_000)
  await editor(page).locator(':scope > *').nth(5).click()
  await page.keyboard.press('End')
  await page.keyboard.type(' It is more than we thought in spring, and less than they say.', { delay: 60 })
  await page.keyboard.press('Enter')
  await page.keyboard.type('/head', { delay: 60 })
  await page.keyboard.press('Enter')
  await page.keyboard.type('What follows', { delay: 60 })
  for (let word = 0; word < 3; word++) await page.keyboard.press('Control+Shift+ArrowLeft')
  await page.keyboard.press('Control+b')
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+Alt+m')
  await page.waitForTimeout(500)
  await page.keyboard.type('Is this right?', { delay: 60 })
  await page.keyboard.press('Control+Enter')
  await page.waitForTimeout(500)
  await page.keyboard.press('Control+f')
  await page.keyboard.type('percent', { delay: 60 })
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('visit', { delay: 60 })
  await page.waitForTimeout(500)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.waitForTimeout(500)
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await page.getByRole('link', { name: 'Home' }).click()
  await page.waitForTimeout(1_000)
  const { seen, count } = await page.evaluate(() => ({ seen: [...window.interactions.values()], count: performance.interactionCount - window.firstCount }))
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  // What took less than a frame is not reported.
  return [...seen, ...Array.from({ length: Math.max(0, count - seen.length) }, () => 8)]
}

const { server, ana, ben } = await start()
const browser = await launch()
const plain = await newDocument(ana, blocks(2_000))
const reviewed = await newDocument(ana, blocks(2_000))
await ana.expect(204, 'PUT', `/documents/${reviewed}/shares/${ben.id}`, { level: 'comment' })
await suggest([ana, ben], reviewed, 2_000)
const long = await newDocument(ana, blocks(10_000))
const visited = await newDocument(ana, blocks(300), { title: 'A visit' })
const measured = { plain: { open: [], key: [] }, reviewed: { open: [], key: [] }, long: { open: [], key: [] } }
const visits = { 1: [], 4: [] }
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, id, count] of [['plain', plain, 2_000], ['reviewed', reviewed, 2_000], ['long', long, 10_000]]) {
    const page = await signedIn(browser, ana)
    if (process.env.VERBOSE) console.error(name)
    measured[name].open.push(await open(page, server.url, id, count))
    await page.waitForTimeout(3_000)
    measured[name].key.push(...(await keys(page, count)))
    await page.context().close()
  }
  for (const slowdown of [1, 4]) {
    const page = await signedIn(browser, ana)
    visits[slowdown].push(...(await visit(page, server.url, visited, slowdown)))
    await page.context().close()
  }
}
await browser.close()
await server.stop()

const ms = (value) => `${Math.round(value)} ms`
const row = (name, { open, key }) => `| ${name} | ${open.map((one) => Math.round(one)).join(', ')} | ${ms(quantile(key, 0.5))} | ${ms(quantile(key, 0.95))} |`
const over = (of) => (quantile(measured.reviewed.key, of) / quantile(measured.plain.key, of)).toFixed(2)
report('felt', `| document | until it is shown, ms by round | key to frame, median | p95 |
|---|---|---:|---:|
${row('2,000 blocks', measured.plain)}
${row('2,000 blocks, 1,000 open suggestions', measured.reviewed)}
${row('10,000 blocks', measured.long)}

With the suggestions, a key takes ${over(0.5)} times as long in the median (p95: ${over(0.95)}), and opening takes ${ms(median(measured.reviewed.open) - median(measured.plain.open))} more.

A visit to a document of 300 blocks (lists, typing, menus, formatting, a comment, search, sharing), from an interaction to the next frame, ${visits[1].length} and ${visits[4].length} interactions: p75 ${ms(quantile(visits[1], 0.75))} and p95 ${ms(quantile(visits[1], 0.95))}; with the processor slowed down four times, p75 ${ms(quantile(visits[4], 0.75))} and p95 ${ms(quantile(visits[4], 0.95))}.
`)
