// Every expensive route and message with inputs of n, 2n and 4n: the CPU time of the server for each, or the refusal.
import { writeFileSync } from 'node:fs'
import { Y } from '../../tests/clients/families.mjs'
import { GROWTH, cpu, newDocument, percentile, put, start, table } from './measure.mjs'

// The tests' clients replace the global WebSocket by that of the package ws.
const { WebSocket } = globalThis

/** Enough CPU time at the smallest size that the kernel's steps of 10 ms do not matter. */
const ENOUGH_MS = 400
const MOST_TRIES = 40

const paragraphs = (n, word) => Array.from({ length: n }, (_, i) => `Paragraph ${i} has ${word} words.`).join('\n\n')
const words = (n, seed, distinct) => Array.from({ length: n }, (_, i) => `w${(i * i + seed * i) % distinct}`).join(' ')
/** Different words, in an order that a seed gives. */
function shuffled(n, seed) {
  const all = Array.from({ length: n }, (_, i) => `w${i}`)
  for (let i = n - 1, random = seed; i > 0; i--) {
    random = (random * 48_271) % 2_147_483_647
    const other = random % (i + 1)
    ;[all[i], all[other]] = [all[other], all[i]]
  }
  return all.join(' ')
}

/** Sends bytes at a `/sync` socket and waits until the server has read them: it answers a step 1 that follows. */
async function frames(world, id, messages) {
  const socket = new WebSocket(`${world.server.sync}/${id}`, { headers: { cookie: world.ana.cookie, origin: world.server.url } })
  let closed = false
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const answered = new Promise((resolve) => {
    socket.on('message', (data) => data[0] === 0 && data[1] === 1 && resolve())
    socket.once('close', () => resolve((closed = true)))
  })
  for (const message of messages) socket.send(message)
  socket.send(Uint8Array.of(0, 0, 1, 0))
  await answered
  socket.close()
  return closed ? 'refused' : 200
}
const varint = (value) => {
  const bytes = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128)
  return [...bytes, value]
}
const sync = (type, payload) => Buffer.from([0, type, ...varint(payload.length), ...payload])
const awareness = (payload) => Buffer.from([1, ...varint(payload.length), ...payload])

/** An update that many clients wrote. */
const byManyClients = (n) => {
  const updates = Array.from({ length: n }, () => {
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'x')
    return Y.encodeStateAsUpdate(doc)
  })
  return Y.mergeUpdates(updates)
}
/** An update of many deletions that leave holes. */
const withHoles = (n) => {
  const doc = new Y.Doc()
  const text = doc.getText('text')
  text.insert(0, 'x'.repeat(2 * n))
  doc.transact(() => {
    for (let i = 0; i < n; i++) text.delete(i, 1)
  })
  return Y.encodeStateAsUpdate(doc)
}
const inOneMap = (n) => {
  const doc = new Y.Doc()
  const map = doc.getMap('map')
  doc.transact(() => {
    for (let i = 0; i < n; i++) map.set('key', i)
  })
  return Y.encodeStateAsUpdate(doc)
}

/** Markdown of a size, written into an empty document. */
const markdown = (n, text) => ({ n, make: async (world) => newDocument(world.ana), ask: (world, id, n) => put(world.ana, id, text(n)).then(({ status }) => status), fresh: true })
/** A reading route on a document that was made with a size. */
const reads = (n, prepare, path) => ({ n, make: prepare, ask: async (world, made) => (await world.ana.call('GET', path(made))).status })

export const CASES = {
  'PUT content: paragraphs': markdown(2_500, (n) => paragraphs(n, 'a few')),
  'PUT content: one paragraph of words': markdown(40_000, (n) => words(n, 1, 7)),
  'PUT content: headings': markdown(2_500, (n) => '# a\n'.repeat(n)),
  'PUT content: list items': markdown(2_500, (n) => '- a\n'.repeat(n)),
  'PUT content: list markers in one line': markdown(20_000, (n) => '- '.repeat(n)),
  'PUT content: quotes within quotes': markdown(20_000, (n) => '> '.repeat(n)),
  'PUT content: a table of rows': markdown(1_000, (n) => `| a | b |\n|---|---|\n${'| c | d |\n'.repeat(n)}`),
  'PUT content: fences': markdown(2_500, (n) => '```\na\n```\n'.repeat(n)),
  'PUT content: links': markdown(10_000, (n) => '[a](b) '.repeat(n)),
  'PUT content: open brackets': markdown(50_000, (n) => '['.repeat(n)),
  'PUT content: images in images': markdown(20_000, (n) => '!['.repeat(n)),
  'PUT content: stars': markdown(20_000, (n) => '*a **b '.repeat(n)),
  'PUT content: underlines': markdown(20_000, (n) => '_a __b '.repeat(n)),
  'PUT content: backticks of many lengths': markdown(80_000, (n) => Array.from({ length: Math.sqrt(2 * n) }, (_, i) => '`'.repeat(i + 1)).join('a ')),
  'PUT content: raw HTML': markdown(20_000, (n) => '<u>a '.repeat(n)),
  'PUT content: comments that do not end': markdown(20_000, (n) => '<!-- a '.repeat(n)),
  'PUT content: entities': markdown(50_000, (n) => '&amp;'.repeat(n)),
  'PUT content: link definitions': markdown(2_500, (n) => Array.from({ length: n }, (_, i) => `[r${i}]: /x\n`).join('') + Array.from({ length: n }, (_, i) => `[r${i}]`).join(' ')),
  // 48,000 nodes at 4n, just below the limit of 50,000.
  'PUT content: every block changed': {
    n: 3_000, fresh: true,
    make: (world, n) => newDocument(world.ana, paragraphs(n, '**a few**')),
    ask: (world, id, n) => put(world.ana, id, paragraphs(n, '**some**')).then(({ status }) => status),
  },
  ...Object.fromEntries([
    ['every line made a heading', (n) => paragraphs(n, 'a few'), (n) => paragraphs(n, 'a few').replaceAll('Paragraph', '# Paragraph')],
    ['every second block deleted', (n) => paragraphs(n, 'a few'), (n) => paragraphs(n, 'a few').split('\n\n').filter((_, i) => i % 2).join('\n\n')],
    ['a block between every two', (n) => paragraphs(n, 'a few'), (n) => paragraphs(n, 'a few').split('\n\n').join('\n\nNew\n\n')],
    ['every block another kind', (n) => paragraphs(n, 'a few'), (n) => '- - a\n- b\n\n```\ncode\n```\n\n> q\n\n'.repeat(n / 8)],
    ['every second block another kind', (n) => paragraphs(n, 'a few'), (n) => paragraphs(n, 'a few').split('\n\n').map((line, i) => (i % 2 ? line : `\`\`\`\n${line}\n\`\`\``)).join('\n\n')],
  ].map(([name, before, after]) => [`PUT content: ${name}`, {
    n: 3_000, fresh: true, make: (world, n) => newDocument(world.ana, before(n)), ask: (world, id, n) => put(world.ana, id, after(n)).then(({ status }) => status),
  }])),
  'PUT content: blocks in reverse': {
    n: 1_250, fresh: true,
    make: (world, n) => newDocument(world.ana, paragraphs(n, 'a few')),
    ask: (world, id, n) => put(world.ana, id, paragraphs(n, 'a few').split('\n\n').reverse().join('\n\n')).then(({ status }) => status),
  },
  'PUT content: one word of many blocks': {
    n: 2_500, fresh: true,
    make: (world, n) => newDocument(world.ana, paragraphs(n, 'a few')),
    ask: (world, id, n) => put(world.ana, id, paragraphs(n, 'a few').replace('Paragraph', 'Section')).then(({ status }) => status),
  },
  'PUT content: JSON': {
    n: 2_500, fresh: true, make: (world) => newDocument(world.ana),
    ask: async (world, id, n) => {
      const { etag } = await world.ana.call('GET', `/documents/${id}/content`)
      const body = { type: 'doc', content: Array.from({ length: n }, (_, i) => ({ type: 'paragraph', content: [{ type: 'text', text: `${i} words` }] })) }
      return (await world.ana.call('PUT', `/documents/${id}/content`, JSON.stringify(body), { 'content-type': 'application/json', 'if-match': etag })).status
    },
  },
  ...Object.fromEntries(['markdown', 'html', 'json', 'text'].map((format) => [`GET content as ${format}`, reads(2_500, (world, n) => newDocument(world.ana, paragraphs(n, '**a few**')), (id) => `/documents/${id}/content?format=${format}`)])),
  'GET state': reads(5_000, (world, n) => newDocument(world.ana, paragraphs(n, 'a few')), (id) => `/documents/${id}/state`),
  ...Object.fromEntries([['paragraphs', (n, v) => paragraphs(n / 20, v ? 'a few' : 'some')], ['words that repeat', (n, v) => words(n, v ? 1 : 3, 7)], ['words in another order', (n, v) => shuffled(n, v ? 1 : 3)], ['list items', (n, v) => Array.from({ length: n / 20 }, (_, i) => `- ${(i * (v ? 7 : 11)) % 13}`).join('\n')]].map(([name, text]) => [`GET changes: ${name}`, reads(10_000, async (world, n) => {
    const id = await newDocument(world.ana, text(n, true))
    const { revision_id } = (await world.ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Then' })).body
    await put(world.ana, id, text(n, false), 204)
    return { id, revision_id }
  }, ({ id, revision_id }) => `/documents/${id}/changes?from=${revision_id}`)])),
  'GET authors: edits': reads(1_000, async (world, n) => {
    const id = await newDocument(world.ana)
    const open = world.ana.open(id)
    await new Promise((resolve) => open.provider.on('synced', resolve))
    const paragraph = new Y.XmlElement('paragraph')
    const text = new Y.XmlText()
    paragraph.insert(0, [text])
    open.provider.document.getXmlFragment('default').insert(0, [paragraph])
    for (let i = 0; i < n; i++) {
      text.insert((i * 7) % (i + 1), 'ab ')
      if (i % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    while (open.provider.hasUnsyncedChanges) await new Promise((resolve) => setTimeout(resolve, 20))
    open.end()
    return id
  }, (id) => `/documents/${id}/authors`),
  'GET threads: passages': reads(100, async (world, n) => {
    const id = await newDocument(world.ana, paragraphs(n, 'a few'))
    for (let i = 0; i < n; i++) await world.ana.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Hm', passage: { from: i * 20, to: i * 20 + 9 } })
    return id
  }, (id) => `/documents/${id}/threads`),
  'POST threads: a long passage': {
    n: 2_500, make: (world, n) => newDocument(world.ana, paragraphs(n, 'a few')),
    ask: async (world, id, n) => (await world.ana.call('POST', `/documents/${id}/threads`, { body: 'Hm', passage: { from: 0, to: n * 20 } })).status,
  },
  'POST threads: a long body': {
    n: 100_000, make: (world) => newDocument(world.ana, 'Words\n'),
    ask: async (world, id, n) => (await world.ana.call('POST', `/documents/${id}/threads`, { body: 'x'.repeat(n) })).status,
  },
  'GET documents: a search that finds nothing': reads(250, (world, n) => lists(world, n), () => '/documents?q=zzz'),
  'GET documents: a page by title': reads(250, (world, n) => lists(world, n), () => '/documents?sort=title&limit=100'),
  'GET documents: a long search': { n: 10_000, make: async () => {}, ask: async (world, _, n) => (await world.ana.call('GET', `/documents?q=${'x'.repeat(n)}`)).status },
  'GET audit/export: rows': reads(1_000, (world, n) => lists(world, n), () => '/audit/export'),
  'GET me/data: documents': reads(250, (world, n) => lists(world, n), () => '/me/data'),
  'POST auth/sign-in: a long password': { n: 256, make: async () => {}, ask: async (world, _, n) => (await world.ana.call('POST', '/auth/sign-in', { email: `x${Math.random()}@example.org`, password: 'x'.repeat(n) })).status, tries: 4 },
  'JSON: depth': { n: 32, make: async () => {}, ask: async (world, _, n) => (await world.ana.call('POST', '/documents', '['.repeat(n) + ']'.repeat(n), { 'content-type': 'application/json' })).status },
  'frames: an update by many clients': { n: 2_000, fresh: true, make: async (world, n) => ({ id: await newDocument(world.ana), update: byManyClients(n) }), ask: (world, { id, update }) => frames(world, id, [sync(2, update)]) },
  'frames: an update of deletions': { n: 5_000, fresh: true, make: async (world, n) => ({ id: await newDocument(world.ana), update: withHoles(n) }), ask: (world, { id, update }) => frames(world, id, [sync(2, update)]) },
  'frames: one key, overwritten': { n: 20_000, fresh: true, make: async (world, n) => ({ id: await newDocument(world.ana), update: inOneMap(n) }), ask: (world, { id, update }) => frames(world, id, [sync(2, update)]) },
  'frames: an update twice': { n: 5_000, fresh: true, make: async (world, n) => ({ id: await newDocument(world.ana), update: withHoles(n) }), ask: (world, { id, update }) => frames(world, id, [sync(2, update), sync(2, update)]) },
  'frames: a state vector': { n: 20_000, make: async (world, n) => ({ id: await newDocument(world.ana, 'Words\n'), vector: [...varint(n), ...Array.from({ length: n }, (_, i) => [...varint(i * 7 + 1), 1]).flat()] }), ask: (world, { id, vector }) => frames(world, id, [sync(0, vector)]) },
  'frames: presence of many clients': { n: 5_000, make: async (world, n) => ({ id: await newDocument(world.ana, 'Words\n'), states: [...varint(n), ...Array.from({ length: n }, (_, i) => [...varint(i + 1), 1, 2, 123, 125]).flat()] }), ask: (world, { id, states }) => frames(world, id, [awareness(states)]) },
  'frames: a large presence': { n: 16_000, make: (world) => newDocument(world.ana, 'Words\n'), ask: (world, id, n) => {
    const state = Buffer.from(JSON.stringify({ user: { name: 'x'.repeat(n) } }))
    return frames(world, id, [awareness([1, ...varint(77), 1, ...varint(state.length), ...state])])
  } },
  'frames: many small ones': { n: 500, make: (world) => newDocument(world.ana, 'Words\n'), ask: (world, id, n) => frames(world, id, Array.from({ length: n }, () => Uint8Array.of(0, 0, 1, 0))) },
  'frames: noise': { n: 200_000, make: (world) => newDocument(world.ana, 'Words\n'), ask: (world, id, n) => frames(world, id, [Buffer.alloc(n, 255)]) },
}

/** Documents of a workspace: the owner of a new server adds up to a number. */
async function lists(world, n) {
  world.documents ??= 0
  for (; world.documents < n; world.documents++) await world.ana.expect(201, 'POST', '/documents', { title: `Plan ${world.documents} of many` })
}

/** The CPU time of one request with an input of this size, in milliseconds, and its status. */
async function cost(world, one, n, tries) {
  const made = one.fresh ? undefined : await one.make(world, n)
  await settle(world)
  const all = []
  let status
  for (let done = 0; done < (tries ?? one.tries ?? MOST_TRIES); done++) {
    const target = one.fresh ? await one.make(world, n) : made
    if (one.fresh) await settle(world)
    const before = cpu(world.server)
    status = await one.ask(world, target, n)
    // Work that the server does after its answer counts as part of the request.
    if (one.fresh) await new Promise((resolve) => setTimeout(resolve, 30))
    all.push(cpu(world.server) - before)
    if (tries === undefined && all.reduce((sum, ms) => sum + ms, 0) >= ENOUGH_MS && all.length >= 5) break
  }
  return { ms: all.length > 10 ? all.reduce((sum, ms) => sum + ms, 0) / all.length : percentile(all, 0.5), status, tries: all.length }
}

/** Waits until the server is done with what was prepared, such as a snapshot. */
async function settle({ server }) {
  for (let last = -1; last !== cpu(server);) {
    last = cpu(server)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

export async function doubling(only) {
  const rows = []
  for (const [name, one] of Object.entries(CASES).filter(([name]) => !only || name.includes(only))) {
    // Each input has its own server, so that earlier inputs do not affect it.
    const world = await start()
    try {
      const costs = []
      for (const size of [one.n, 2 * one.n, 4 * one.n]) {
        costs.push(await cost(world, one, size))
        const { status } = costs.at(-1)
        if (status === 'refused' || status >= 400) break
      }
      const refused = costs.findIndex(({ status }) => status === 'refused' || status >= 400)
      const counted = refused < 0 ? costs : costs.slice(0, refused)
      const growth = counted.slice(1).map(({ ms }, n) => (ms < 2 ? 1 : ms / Math.max(counted[n].ms, 0.5)))
      const worst = Math.max(1, ...growth)
      rows.push({ name, n: one.n, costs, growth, worst, refused, fine: worst <= GROWTH })
      console.error(`${worst <= GROWTH ? 'ok ' : 'BAD'} ${name}: ${costs.map(({ ms, status }) => `${ms.toFixed(1)} ms (${status})`).join(', ')}; ${growth.map((one) => one.toFixed(2))}`)
    } catch (error) {
      console.error(`??? ${name}: ${error.message}`)
      rows.push({ name, n: one.n, costs: [], growth: [], worst: Infinity, fine: false, error: error.message })
    } finally {
      await world.server.stop()
    }
  }
  return rows
}

export const report = (rows) => table(['input', 'n', 'CPU ms at n', 'at 2n', 'at 4n', 'growth per doubling'], rows.map(({ name, n, costs, growth }) => [
  name, n.toLocaleString('en'), ...[0, 1, 2].map((at) => (costs[at] ? (costs[at].status === 'refused' || costs[at].status >= 400 ? `refused (${costs[at].status})` : costs[at].ms.toFixed(1)) : '')), growth.map((one) => one.toFixed(2)).join(', ') || '']))

if (import.meta.url === `file://${process.argv[1]}`) {
  const rows = await doubling(process.argv[2])
  writeFileSync(1, `${report(rows)}\n`)
  process.exitCode = rows.every(({ fine }) => fine) ? 0 : 1
}
