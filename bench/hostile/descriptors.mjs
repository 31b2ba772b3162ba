// File descriptors run out: sockets that are open keep working, and the log and `/readyz` say so.
import { connect } from 'node:net'
import { until } from '../../tests/clients/server.mjs'
import { newDocument } from './measure.mjs'
import { Server } from '../../tests/clients/server.mjs'
import { join, owner } from '../../tests/clients/people.mjs'

const FILES = 300

export async function descriptors() {
  const server = await Server.start({ args: [], files: FILES })
  const ana = await owner(server)
  const ben = await join(ana, 'analyst', 'Ben')
  const id = await newDocument(ana, 'Words\n', { open_level: 'edit' })
  const [here, there] = [ana.open(id), ben.open(id)]
  await until(() => here.provider.isSynced && there.provider.isSynced, 'both are in')
  const silent = Array.from({ length: 2 * FILES }, () => connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {}))
  const rows = []
  const check = async (what, condition) => {
    const began = performance.now()
    const fine = await until(condition, what, 60_000).then(() => true, () => false)
    rows.push({ what, fine, ms: performance.now() - began })
    console.error(`${fine ? 'ok ' : 'BAD'} ${what}: ${(performance.now() - began).toFixed(0)} ms`)
  }
  await check('`/readyz` answers 503 and names file descriptors', async () => {
    const answer = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    return answer?.status === 503 && /descriptor/.test(await answer.text())
  })
  await check('the log says so', () => /file descriptors/.test(server.log))
  here.text.insert(0, 'still connected')
  await check('an edit on an open socket is acknowledged', () => !here.provider.hasUnsyncedChanges)
  await check('and reaches the other open socket', () => there.text.toString().includes('still connected'))
  silent.forEach((socket) => socket.destroy())
  await check('afterwards `/readyz` answers 200', async () => (await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined))?.status === 200)
  here.end()
  there.end()
  await server.stop()
  return rows
}

if (import.meta.url === `file://${process.argv[1]}`) process.exitCode = (await descriptors()).every(({ fine }) => fine) ? 0 : 1
