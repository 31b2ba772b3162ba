// Measures the page in a real browser: the size of its bundles, the CPU time of a key in an empty document and in long
// ones, and how long a paste blocks it. `node bench/page/measure.mjs` needs a built server and page. It writes PAGE.md with
// UPDATE_TABLES=1, and a CPU profile of typing with PROFILE=file.
import { writeFileSync } from 'node:fs'
import { bundles } from '../../web/scripts/bundles.mjs'
import { LINE, blocks, editor, launch, make, median, open, report, serve, signUp } from './browser.mjs'

/** Blocks of the documents that are typed in. */
const LENGTHS = (process.env.LENGTHS ?? '0,2000').split(',').map(Number)
const KEYS = Number(process.env.KEYS ?? 150)
const ROUNDS = Number(process.env.ROUNDS ?? 3)

/** The CPU time of the page's process for a key, in milliseconds. */
async function typing(page, blocks, profile) {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const cpu = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ProcessTime').value * 1000
  if (blocks > 0) await editor(page).locator(':scope > *').nth(Math.floor(blocks / 2)).click()
  else await editor(page).click()
  await page.keyboard.press('End')
  await page.keyboard.type('warm up ', { delay: 20 })
  if (profile) {
    await session.send('Profiler.enable')
    await session.send('Profiler.start')
  }
  const before = await cpu()
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press(key % 6 === 5 ? 'Space' : 'a')
    await page.waitForTimeout(30)
  }
  const each = ((await cpu()) - before) / KEYS
  if (profile) writeFileSync(profile, JSON.stringify((await session.send('Profiler.stop')).profile))
  await session.detach()
  return each
}

async function pasting(page) {
  await editor(page).click()
  await page.evaluate(() => {
    window.tasks = []
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })
  })
  const text = Array.from({ length: 2_300 }, (_, index) => `${index} ${LINE}`).join('\n')
  await editor(page).evaluate((target, text) => {
    const data = new DataTransfer()
    data.setData('text/plain', text)
    target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  }, text)
  while ((await editor(page).evaluate((element) => element.children.length)) < 2_300) await page.waitForTimeout(100)
  await page.waitForTimeout(500)
  return { bytes: text.length, longest: await page.evaluate(() => Math.max(0, ...window.tasks)) }
}

const server = await serve()
const browser = await launch()
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
await signUp(page, server.url)
const ids = []
for (const length of LENGTHS) ids.push(await make(page, server.origin, `${length} blocks`, blocks(length)))
const each = LENGTHS.map(() => [])
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, length] of LENGTHS.entries()) {
    await open(page, server.origin, ids[index], length)
    each[index].push(await typing(page, length, length > 0 && round === 0 ? process.env.PROFILE : undefined))
  }
}
const pasted = []
for (let round = 0; round < ROUNDS; round++) {
  await open(page, server.origin, await make(page, server.origin, 'A paste', ''), 0)
  pasted.push(await pasting(page))
}
await browser.close()
await server.stop()

const sizes = Object.fromEntries(Object.entries(bundles()).map(([name, kilobytes]) => [name, Math.round(kilobytes)]))
const rows = LENGTHS.map((length, index) => `| ${length.toLocaleString('en')} | ${each[index].map((ms) => ms.toFixed(1)).join(', ')} | ${median(each[index]).toFixed(1)} | ${(median(each[index]) / median(each[0])).toFixed(2)} |`)
report('measured', `| blocks | CPU ms of a key, by round | median | against the first |
|---:|---|---:|---:|
${rows.join('\n')}

A paste of ${Math.round(pasted[0].bytes / 1000)} KB blocks the page for at most ${pasted.map(({ longest }) => Math.round(longest)).join(', ')} ms (by round).

Bundles, gzip: ${sizes.shell} KB for every page (its own script ${sizes.page} KB, libraries ${sizes.libraries} KB), ${sizes.texts} KB for the texts of one language, and ${sizes.editor} KB more for an open document.
`)
