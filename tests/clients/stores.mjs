// Stores shared by several nodes of a test: separate databases, and proxies to stores that can be cut.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { connect, createServer } from 'node:net'

const named = (name) => {
  if (!process.env[name]) throw new Error(`${name} names no server: run this through scripts/with-stores`)
  return process.env[name]
}

/** A new database in the Postgres of the tests. */
export function database() {
  const url = new URL(named('TEST_POSTGRES_URL'))
  const name = `test_${randomBytes(8).toString('hex')}`
  execFileSync('psql', [url.href, '-qc', `create database ${name}`])
  url.pathname = `/${name}`
  return url
}

/** A new database in the MongoDB of the tests. */
export function journal() {
  const url = new URL(named('TEST_MONGODB_URL'))
  url.pathname = `/test_${randomBytes(8).toString('hex')}`
  return url
}

export const redis = () => new URL(named('TEST_REDIS_URL'))

/** A proxy to a store, with its own address. */
export class Line {
  static async to(url) {
    const line = new Line()
    line.sockets = new Set()
    line.open = true
    line.server = createServer((near) => {
      if (!line.open) return near.destroy()
      const far = connect(Number(url.port), url.hostname)
      Object.assign(near, { other: far })
      Object.assign(far, { other: near })
      for (const socket of [near, far]) {
        line.sockets.add(socket)
        socket.on('error', () => {}).on('close', () => (line.sockets.delete(socket), near.destroy(), far.destroy()))
      }
      near.pipe(far).pipe(near)
      near.on('data', (bytes) => line.onSent?.(bytes))
      if (line.frozen) line.#stop(near, far)
    })
    await new Promise((resolve) => line.server.listen(0, '127.0.0.1', resolve))
    line.url = new URL(url)
    line.url.hostname = '127.0.0.1'
    line.url.port = String(line.server.address().port)
    return line
  }

  cut() {
    this.open = false
    this.sockets.forEach((socket) => socket.destroy())
  }

  heal() {
    this.open = true
  }

  /** Nothing passes any more, and nothing is closed: the store is frozen. */
  freeze() {
    this.frozen = true
    this.#stop(...this.sockets)
  }

  thaw() {
    this.frozen = false
    for (const socket of this.sockets) socket.pipe(socket.other)
  }

  #stop(...sockets) {
    for (const socket of sockets) socket.unpipe().pause()
  }

  end() {
    this.cut()
    this.server.close()
  }
}

/** The settings of every node of one installation. */
export const nodeEnv = ({ database, journal = database, bus }) => ({
  CONSILIUM_DATABASE_URL: database.href,
  CONSILIUM_JOURNAL_URL: journal.href,
  CONSILIUM_BUS_URL: bus.href,
  CONSILIUM_AUDIT_KEY: 'one key for all nodes of these tests',
})
