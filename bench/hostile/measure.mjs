// What a server under a hostile load costs: CPU time and memory of its process, and the latency of other people's writes.
import { readFileSync, readdirSync } from 'node:fs'
import { Person, join, owner } from '../../tests/clients/people.mjs'
import { Server } from '../../tests/clients/server.mjs'

export const MIB = 1 << 20
/** Cost may grow at most this much when an input doubles: linear, plus what is logarithmic and what is noise. */
export const GROWTH = 2.3
export const MARKDOWN = { 'content-type': 'text/markdown' }

/** A server with two members; the limits on the rate of requests are out of the way unless they are what is measured. */
export async function start(env = {}) {
  const server = await Server.start({ args: [], env: { CONSILIUM_REQUESTS_PER_MINUTE_OF_ADDRESS: '1000000', CONSILIUM_REQUESTS_PER_MINUTE_OF_SESSION: '1000000', CONSILIUM_REVISION_QUIET_SECONDS: '3600', ...env } })
  const ana = await owner(server)
  const ben = await join(ana, 'analyst', 'Ben')
  return { server, ana, ben }
}

const status = (server) => readFileSync(`/proc/${server.child.pid}/status`, 'utf8')
/** Resident memory, now. */
export const memory = (server) => Number(/VmRSS:\s+(\d+)/.exec(status(server))[1]) * 1024
export const descriptors = (server) => readdirSync(`/proc/${server.child.pid}/fd`).length

/** User and system time of the process so far, in milliseconds. The kernel counts in steps of 10 ms. */
export function cpu(server) {
  const fields = readFileSync(`/proc/${server.child.pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

export async function newDocument(person, markdown, fields = {}) {
  const { id } = (await person.expect(201, 'POST', '/documents', { title: 'Plan', ...fields })).body
  if (markdown !== undefined) await put(person, id, markdown, 204)
  return id
}

export async function put(person, id, markdown, expected) {
  const { etag } = await person.expect(200, 'GET', `/documents/${id}`).then(() => person.call('GET', `/documents/${id}/content?format=text`))
  const answer = await person.call('PUT', `/documents/${id}/content`, markdown, { ...MARKDOWN, 'if-match': etag ?? '"0"' })
  if (expected && answer.status !== expected) throw new Error(`${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`)
  return answer
}

export const percentile = (values, part) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]
export const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
