// Imports a tree of Markdown pages into an empty workspace on SQLite, while somebody else creates a document every half
// second. Prints how long the import took, and how long the other person's requests took.
//
// Usage: CONSILIUM_BIN=target/release/consilium node bench/import.mjs PAGES
import { readFileSync } from 'node:fs'
import { zip } from '../tests/clients/hostile_files.mjs'
import { owner } from '../tests/clients/people.mjs'
import { Server } from '../tests/clients/server.mjs'

const pages = Number(process.argv[2] ?? 10_000)
const WORDS = 'Nordic demand for managed cold-chain logistics grew by eleven per cent a year between 2021 and 2025. '
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

/** A page of every hundred has a folder; each links to another one and has two tags. */
const text = (n) => `---\ntags: [t${n % 50}, u${n % 9}]\n---\n\n# Page ${n}\n\n${WORDS.repeat(6)}\n\n- one\n- two\n\nSee [another](../${(n * 7) % 100}/${(n * 7) % pages}.md).\n`
const archive = zip(Array.from({ length: pages }, (_, n) => [`${n % 100}/${n}.md`, Buffer.from(text(n))]))

const server = await Server.start({ args: [], env: { CONSILIUM_IMPORT_PAGES: '200000', CONSILIUM_IMPORT_FILES: '200000' } })
try {
  const ana = await owner(server)
  const { id } = (await ana.expect(201, 'POST', '/imports', {})).body
  await ana.expect(204, 'POST', `/imports/${id}/files?path=x.zip`, archive, { 'content-type': 'application/octet-stream' })
  const cpu = () => { const [, user, system] = /^.*\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${server.child.pid}/stat`, 'utf8')); return (Number(user) + Number(system)) / 100 }
  const [began, cpuBefore, waits] = [Date.now(), cpu(), []]
  await ana.expect(202, 'POST', `/imports/${id}/start`, {})
  let view, read
  for (;;) {
    await sleep(500)
    view = (await ana.expect(200, 'GET', `/imports/${id}`)).body
    if (view.total > 0 && view.done >= view.total) read ??= Date.now()
    if (['done', 'failed', 'cancelled'].includes(view.state)) break
    const asked = Date.now()
    await ana.expect(201, 'POST', '/documents', { title: `Beside ${waits.length}` })
    waits.push(Date.now() - asked)
  }
  const seconds = (ms) => (ms / 1000).toFixed(1)
  waits.sort((a, b) => a - b)
  console.log(`${view.state} ${view.code}: ${view.made} pages in ${seconds(Date.now() - began)} s, of which ${seconds(read - began)} s for their texts; ${(cpu() - cpuBefore).toFixed(1)} s of processor time`)
  console.log(`${waits.length} documents were created meanwhile: a median of ${waits[waits.length >> 1]} ms, at most ${waits.at(-1)} ms`)
} finally {
  await server.stop()
}
