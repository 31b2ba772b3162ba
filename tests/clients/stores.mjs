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

/** The tables of a Postgres database in which a live row contains some words, in any column, as text or as bytes. */
export function tablesWith(url, words) {
  const ask = (sql) => execFileSync('psql', [url.href, '-qAt'], { input: sql, encoding: 'utf8', maxBuffer: 64 << 20 }).split('\n').filter(Boolean)
  const forms = words.map((word) => [word, Buffer.from(word).toString('hex')])
  const tables = ask("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
  if (tables.length === 0) throw new Error('there are no tables')
  const found = tables.flatMap((table) => forms.flatMap(([word, hex]) =>
    `select '${table}: ${word}' where exists (select from ${table} as kept where strpos(kept::text, '${word}') > 0 or strpos(kept::text, '${hex}') > 0)`))
  return ask(found.join(' union all '))
}

/** The collections of a MongoDB database in which a document contains some words. */
export async function collectionsWith(url, words) {
  const socket = connect(Number(url.port), url.hostname)
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const name = url.pathname.slice(1)
  const ask = (command) => new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0)
    socket.removeAllListeners().on('error', reject).on('data', (data) => {
      answer = Buffer.concat([answer, data])
      if (answer.length >= 4 && answer.length >= answer.readInt32LE(0)) resolve(answer.subarray(21))
    })
    const body = bson({ ...command, $db: name })
    const head = Buffer.alloc(21)
    head.writeInt32LE(21 + body.length, 0)
    head.writeInt32LE(2013, 12)
    socket.write(Buffer.concat([head, body]))
  })
  const collections = [...(await ask({ listCollections: 1 })).toString('latin1').matchAll(/\x02name\0[\s\S]{4}([^\0]+)\0/g)].map(([, found]) => found)
  if (collections.length === 0) throw new Error('there are no collections')
  const found = []
  for (const collection of collections) {
    const answer = await ask({ find: collection, batchSize: 1_000_000 })
    // A cursor that is not at its end has an id.
    if (!answer.includes(Buffer.from('\x12id\0\0\0\0\0\0\0\0\0', 'latin1'))) throw new Error(`${collection} is too long for one answer`)
    for (const word of words) if (answer.includes(word)) found.push(`${collection}: ${word}`)
  }
  socket.destroy()
  return found
}

/** A command for MongoDB, with fields that are texts or whole numbers. */
function bson(fields) {
  const parts = Object.entries(fields).map(([key, value]) => {
    const number = Buffer.alloc(4)
    number.writeInt32LE(typeof value === 'string' ? Buffer.byteLength(value) + 1 : value)
    return Buffer.concat([Buffer.from(`${typeof value === 'string' ? '\x02' : '\x10'}${key}\0`), number, Buffer.from(typeof value === 'string' ? `${value}\0` : '')])
  })
  const size = Buffer.alloc(4)
  size.writeInt32LE(5 + Buffer.concat(parts).length)
  return Buffer.concat([size, ...parts, Buffer.of(0)])
}

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
