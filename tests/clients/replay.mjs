// Compares the Rust document with Yjs: seeded schedules of N peers with reordering, duplication, restarts and reloads.
// After each, text, formatting, map and tree must be equal on both sides.
//
//   node replay.mjs <path of the replay example> [schedules] [first seed]
import { spawn } from 'node:child_process'
import * as Y from 'yjs'

const [, , program, schedules = '2000', firstSeed = '1'] = process.argv

/** mulberry32: a small seeded generator, so that a failing seed can be repeated. */
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

class Replica {
  #child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  #buffer = Buffer.alloc(0)
  #waiting = []

  constructor() {
    this.#child.stdout.on('data', (data) => {
      this.#buffer = Buffer.concat([this.#buffer, data])
      while (this.#buffer.length >= 5) {
        const end = 5 + this.#buffer.readUInt32LE(1)
        if (this.#buffer.length < end) return
        const answer = { status: String.fromCharCode(this.#buffer[0]), bytes: new Uint8Array(this.#buffer.subarray(5, end)) }
        this.#buffer = this.#buffer.subarray(end)
        this.#waiting.shift()(answer)
      }
    })
    this.#child.on('exit', (code) => {
      if (code !== 0) fail(`the replay program ended with ${code}`)
    })
  }

  ask(kind, body = new Uint8Array()) {
    const header = Buffer.alloc(5)
    header.write(kind, 0, 'latin1')
    header.writeUInt32LE(body.length, 1)
    this.#child.stdin.write(Buffer.concat([header, body]))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  end() {
    this.#child.stdin.end()
  }
}

let seed = Number(firstSeed)
const fail = (message) => {
  console.error(`seed ${seed}: ${message}`)
  process.exit(1)
}

const WORDS = ['plan', 'Ziel ', 'naïve', '🙂', 'a', '漢字', ' ', 'strategy ']

/** Editors never cut a surrogate pair, and Yjs does not converge when one does: move past its second half. */
const whole = (text, at) => {
  const units = text.toDelta().map((op) => (typeof op.insert === 'string' ? op.insert : '\ufffc')).join('')
  return /[\udc00-\udfff]/.test(units[at] ?? '') ? at + 1 : at
}

function edit(doc, random) {
  const below = (n) => Math.floor(random() * n)
  const text = doc.getText('text')
  const tree = doc.getXmlFragment('default')
  const place = (type = text) => whole(type, below(type.length + 1))
  switch (below(12)) {
    case 0: case 1: case 2: case 3:
      return text.insert(place(), WORDS[below(WORDS.length)])
    case 4: case 5: {
      if (text.length === 0) return
      const from = place()
      return text.delete(from, whole(text, Math.min(text.length, from + 1 + below(6))) - from)
    }
    case 6: case 7: {
      if (text.length === 0) return
      const from = place()
      const value = [true, null, 'x'][below(3)]
      return text.format(from, whole(text, from + below(text.length - from + 1)) - from, { [['bold', 'em'][below(2)]]: value })
    }
    case 8:
      return text.insertEmbed(place(), { image: below(9) })
    case 9:
      return doc.getMap('map').set('abc'[below(3)], below(3) ? below(99) : { deep: [below(9), 'é'] })
    case 10: {
      const node = new Y.XmlElement(['paragraph', 'heading'][below(2)])
      node.setAttribute('level', String(below(4)))
      const words = new Y.XmlText()
      words.insert(0, WORDS[below(WORDS.length)], random() < 0.5 ? { bold: true } : {})
      node.insert(0, [words])
      return tree.insert(below(tree.length + 1), [node])
    }
    default: {
      if (tree.length === 0) return
      const node = tree.get(below(tree.length))
      if (random() < 0.3) return tree.delete(below(tree.length), 1)
      const words = node.get(0)
      if (words instanceof Y.XmlText) words.insert(place(words), WORDS[below(WORDS.length)])
    }
  }
}

/** The output of the Rust side's `describe`, computed with Yjs. */
function describe(doc) {
  const quote = (s) => JSON.stringify(s)
  const any = (value) => {
    if (value === null) return 'Null,'
    if (value === undefined) return 'Undefined,'
    if (typeof value === 'boolean') return `Bool(${value}),`
    if (typeof value === 'number') return `#${value},`
    if (typeof value === 'string') return `String(${quote(value)}),`
    if (Array.isArray(value)) return `(${value.map(any).join('')})`
    return entries(value)
  }
  const entries = (object) => Object.keys(object).sort().map((key) => `${quote(key)}:${any(object[key])}`).join('')
  const out = (value) => (value instanceof Y.AbstractType ? shared(value) : any(value))
  const shared = (type) => {
    let text = type instanceof Y.XmlElement ? `<${type.nodeName}>[` : '['
    let last
    const chunk = (insert, attributes) => {
      const marks = entries(attributes)
      if (marks !== last) text += `|${marks}`
      last = marks
      text += typeof insert === 'string' ? insert : out(insert)
    }
    if (type instanceof Y.Text) type.toDelta().forEach((op) => chunk(op.insert, op.attributes ?? {}))
    else if (type instanceof Y.XmlFragment) type.toArray().forEach((child) => chunk(child, {}))
    text += ']{'
    const map = type instanceof Y.Map ? Object.fromEntries(type.entries()) : type.getAttributes?.() ?? {}
    for (const key of Object.keys(map).sort()) text += `${quote(key)}=${out(map[key])}`
    return `${text}}`
  }
  const roots = { default: doc.getXmlFragment('default'), map: doc.getMap('map'), text: doc.getText('text') }
  return Object.keys(roots).sort().map((name) => [name, shared(roots[name])])
    .filter(([, content]) => content !== '[]{}').map(([name, content]) => `${quote(name)}:${content};`).join('')
}

/** Rust prints numbers as they were encoded; JavaScript has one number type. */
const numbers = (text) => text.replace(/Number\((?:Float|Int)\((-?[0-9.]+)\)\)/g, (_, n) => `#${Number(n)}`).replace(/BigInt\((-?[0-9]+)\)/g, '#$1')

async function schedule(replica) {
  const random = generator(seed)
  const below = (n) => Math.floor(random() * n)
  await replica.ask('n')
  const peers = Array.from({ length: 2 + below(3) }, (_, index) => {
    const doc = new Y.Doc()
    doc.clientID = 1 + index * 1000 + below(1000)
    return doc
  })
  // Another Yjs peer receives every batch of the log. It never types, but Yjs cleans up formatting marks after a remote
  // change, and those deletions are edits like any other.
  const mirror = new Y.Doc()
  mirror.clientID = 9
  peers.push(mirror)
  const lane = peers.map(() => [])
  peers.forEach((doc, index) => doc.on('update', (update, origin) => origin !== 'remote' && lane[index].push(update)))

  const send = async (update) => {
    const answer = await replica.ask('u', update)
    if (answer.status === 'x') fail(`an honest update was refused: ${new TextDecoder().decode(answer.bytes)}`)
    if (answer.status === 'k' || answer.status === 'p') Y.applyUpdate(mirror, answer.bytes, 'remote')
  }
  const catchUp = async (index) => {
    await replica.ask('a')
    const known = (await replica.ask('v')).bytes
    await send(Y.encodeStateAsUpdate(peers[index], known))
    await replica.ask('a')
    Y.applyUpdate(peers[index], (await replica.ask('s')).bytes, 'remote')
  }

  for (let step = 0; step < 30; step++) {
    const index = below(peers.length - 1)
    for (let n = below(4); n >= 0; n--) peers[index].transact(() => edit(peers[index], random))
    const queue = lane[index]
    switch (below(8)) {
      case 0: // out of order: the later ones come first
        queue.reverse()
        break
      case 1: // said twice
        if (queue.length > 0) queue.push(queue[below(queue.length)])
        break
      case 2: // merged on the way, as a provider does that was offline
        if (queue.length > 1) queue.splice(0, queue.length, Y.mergeUpdates(queue))
        break
      case 3: // lost
        queue.pop()
        break
      case 4:
        await catchUp(index)
        break
      case 5:
        await replica.ask('r')
        break
      case 6: // a whole document, as y-indexeddb sends it
        queue.push(Y.encodeStateAsUpdate(peers[index]))
        break
    }
    if (random() < 0.7) for (const update of queue.splice(0)) await send(update)
    if (random() < 0.6) await replica.ask('a')
  }
  // Repeat until nobody has changes: each catching-up may clean up once more.
  for (let round = 0, quiet = 0; quiet < 2; round++) {
    if (round > 20) fail('the peers never come to rest')
    lane.forEach((queue) => queue.splice(0))
    for (let index = 0; index < peers.length; index++) await catchUp(index)
    quiet = lane.every((queue) => queue.length === 0) ? quiet + 1 : 0
  }
  if (random() < 0.5) await replica.ask('r')

  const ours = numbers(new TextDecoder().decode((await replica.ask('d')).bytes))
  const fresh = new Y.Doc()
  Y.applyUpdate(fresh, (await replica.ask('s')).bytes)
  for (const [who, doc] of [['the state read by Yjs', fresh], ...peers.map((doc, n) => [`peer ${n}`, doc])]) {
    const theirs = describe(doc)
    if (theirs !== ours) fail(`${who} differs\n  rust ${ours}\n  yjs  ${theirs}`)
  }
}

const replica = new Replica()
const last = seed + Number(schedules)
for (; seed < last; seed++) await schedule(replica)
replica.end()
console.log(`${schedules} schedules: the Rust document and Yjs agree`)
