// Three people edit a document in real editors (ProseMirror bound to Yjs, as on the page) as people do: Enter, Backspace,
// headings, lists, quotes, moves, cut and paste, undo, redo, restore, find and replace, writes over REST, table rows.
// Every word is unique, so a test knows which word is which. A program in Rust, behind a pipe, is the server.
import { spawn } from 'node:child_process'
import * as Y from 'yjs'
import { redo as redoCommand, undo as undoCommand } from '@tiptap/y-tiptap'
import { deleteSelection, lift, setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import { liftListItem, sinkListItem, wrapInList } from 'prosemirror-schema-list'
import { addRowAfter, deleteRow, isInTable } from 'prosemirror-tables'
import { Editor, backspace, enter, schema } from './editors.mjs'

/** mulberry32: a small seeded generator, so that a failing seed can be repeated. */
export const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

const { paragraph, heading, blockquote, bulletList, orderedList, listItem, codeBlock, table, tableRow, tableCell, hardBreak } = schema.nodes

/** The Rust side, over a pipe. */
export class Followed {
  #child
  #buffer = Buffer.alloc(0)
  #waiting = []

  constructor(program) {
    this.#child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout.on('data', (data) => {
      this.#buffer = Buffer.concat([this.#buffer, data])
      while (this.#buffer.length >= 4) {
        const end = 4 + this.#buffer.readUInt32LE(0)
        if (this.#buffer.length < end) return
        const answer = new Uint8Array(this.#buffer.subarray(4, end))
        this.#buffer = this.#buffer.subarray(end)
        this.#waiting.shift()(answer)
      }
    })
    this.#child.on('exit', (code) => {
      if (code !== 0) {
        console.error(`seed ${this.seed}: the example ended with ${code}`)
        process.exit(1)
      }
    })
  }

  ask(kind, body = new Uint8Array()) {
    const header = Buffer.alloc(5)
    header.write(kind, 0, 'latin1')
    header.writeUInt32LE(body.length, 1)
    this.#child.stdin.write(Buffer.concat([header, body]))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async json(kind, body) {
    return JSON.parse(new TextDecoder().decode(await this.ask(kind, body)))
  }

  end() {
    this.#child.stdin.end()
  }
}

export const WORD = /[\p{L}\p{Co}]+/gu
export const wordsIn = (text) => text.match(WORD) ?? []
const SYLLABLES = ['ba', 'co', 'di', 'fu', 'ge', 'ha', 'ki', 'lo', 'mu', 'ne', 'po', 'qui', 'ra', 'se', 'to', 'vi', 'wa', 'xe', 'yo', 'zu', 'bra', 'cle', 'dro', 'fli', 'gru', 'sta', 'tri', 'spo']

/** A source of words that never gives one twice. */
function dictionary(random, masked) {
  const below = (n) => Math.floor(random() * n)
  const syllables = (n) => Array.from({ length: n }, () => SYLLABLES[below(SYLLABLES.length)]).join('')
  const sixty = Array.from(new Set(Array.from({ length: 200 }, () => syllables(1 + below(3))))).slice(0, 60)
  const given = new Set()
  let next = 0
  return () => {
    for (;;) {
      const number = next
      const tag = String.fromCharCode(0xe000 + (number & 63), 0xe000 + ((number >> 6) & 63), 0xe000 + ((number >> 12) & 63))
      const word = masked ? sixty[below(60)] + tag : syllables(2 + below(3))
      if (given.has(word)) continue
      next++
      given.add(word)
      return word
    }
  }
}

/** One document, three people, and the expected state of the document. */
export class World {
  constructor(seed, masked) {
    this.random = generator(seed)
    this.word = dictionary(this.random, masked)
    this.time = 1_700_000_000_000
    this.clipboards = [null, null, null]
    this.written = new Map()
    this.pending = []
    this.revisions = []
    this.peers = [0, 1, 2].map((user) => {
      const doc = new Y.Doc()
      doc.clientID = 1 + user + 100 * seed
      doc.on('update', (update, origin) => origin !== 'remote' && this.pending.push({ user, update }))
      return { user, doc, waiting: [], editor: null }
    })
  }

  below(n) {
    return Math.floor(this.random() * n)
  }

  one(list) {
    return list[this.below(list.length)]
  }

  sentence(user, words = 3 + this.below(8)) {
    const list = Array.from({ length: words }, () => this.word())
    for (const word of list) this.written.set(word, { user, at: this.time })
    return list.join(' ') + this.one(['', '.', '.', '?', ','])
  }

  /** Sends what the people did to the server, and to the others now or later. */
  async deliver(followed) {
    const taken = []
    for (const { user, update } of this.pending.splice(0)) {
      const body = Buffer.alloc(9 + update.length)
      body.writeUInt8(user, 0)
      body.writeDoubleLE(this.time, 1)
      body.set(update, 9)
      taken.push(followed.ask('u', body))
      for (const peer of this.peers) if (peer.user !== user) peer.waiting.push(update)
    }
    await Promise.all(taken)
    for (const peer of this.peers) if (this.random() < 0.8) this.receive(peer)
  }

  receive(peer) {
    for (const update of peer.waiting.splice(0)) this.take(peer, update)
  }

  /** y-tiptap can fail to restore the selection after an update of others. In this case, the page is loaded again. */
  take(peer, update) {
    this.reloading(peer, () => Y.applyUpdate(peer.doc, update, 'remote'))
  }

  reloading(peer, work) {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      peer.editor.destroy()
      const fresh = new Y.Doc()
      fresh.clientID = peer.doc.clientID + 3
      Y.applyUpdate(fresh, Y.encodeStateAsUpdate(peer.doc), 'remote')
      fresh.on('update', (update, origin) => origin !== 'remote' && this.pending.push({ user: peer.user, update }))
      peer.doc = fresh
      peer.editor = new Editor(fresh.getXmlFragment('default'))
    }
  }

  async settle(followed) {
    for (let round = 0; round < 10; round++) {
      for (const peer of this.peers) this.receive(peer)
      if (this.pending.length === 0) return
      await this.deliver(followed)
    }
  }

  async begin(followed) {
    const text = (words) => (words ? schema.text(this.sentence(0, words)) : undefined)
    const para = () => paragraph.create(null, text(4 + this.below(12)))
    const item = () => listItem.create(null, para())
    const rows = () => tableRow.create(null, [0, 1, 2].map(() => tableCell.create(null, paragraph.create(null, text(2)))))
    const blocks = [heading.create({ level: 1 }, text(4))]
    for (let n = 0; n < 14; n++) blocks.push(para())
    blocks.splice(5, 0, bulletList.create(null, [item(), item(), item()]), table.create(null, [rows(), rows(), rows()]))
    blocks.splice(9, 0, blockquote.create(null, [para()]), codeBlock.create(null, text(6)))
    const [first] = this.peers
    first.editor = new Editor(first.doc.getXmlFragment('default'))
    first.editor.dispatch(first.editor.state.tr.replaceWith(0, first.editor.state.doc.content.size, blocks))
    await this.deliver(followed)
    for (const peer of this.peers.slice(1)) {
      this.receive(peer)
      peer.editor = new Editor(peer.doc.getXmlFragment('default'))
    }
    await this.settle(followed)
  }

  /** The paragraphs and headings of a document, with their places. */
  lines(doc) {
    const lines = []
    doc.descendants((node, pos) => {
      if (node.isTextblock) lines.push({ node, pos })
    })
    return lines
  }

  /** A random place in a line: mostly at the edge of a word, as carets are. */
  place(line) {
    const edges = [0, line.node.content.size]
    for (const match of line.node.textContent.matchAll(WORD)) edges.push(match.index, match.index + match[0].length)
    return line.pos + 1 + Math.min(line.node.content.size, this.one(edges))
  }

  /** A random word of a line: from, to. */
  wordOf(line) {
    const all = [...line.node.textContent.matchAll(WORD)]
    if (all.length === 0 || line.node.content.size !== line.node.textContent.length) return null
    const first = this.below(all.length)
    const last = Math.min(all.length - 1, first + this.below(3))
    return [line.pos + 1 + all[first].index, line.pos + 1 + all[last].index + all[last][0].length]
  }

  async edit(followed) {
    this.time += 1_000 + this.below(1_500)
    const peer = this.one(this.peers)
    const { editor } = peer
    const lines = this.lines(editor.state.doc)
    const line = this.one(lines)
    const kind = this.below(26)
    this.kind = kind
    const typed = async () => {
      const sentence = ` ${this.sentence(peer.user)} `
      // From outside, or letter by letter.
      if (this.random() < 0.2) return editor.dispatch(editor.state.tr.insertText(sentence))
      for (const letter of sentence) editor.dispatch(editor.state.tr.insertText(letter))
    }
    const cut = () => {
      const { from, to } = editor.state.selection
      if (from === to) return
      this.clipboards[peer.user] = editor.state.selection.content()
      // So few letters count as written by the person who pastes them.
      if (to - from < 12) for (const word of wordsIn(editor.state.doc.textBetween(from, to))) this.written.delete(word)
      editor.run(deleteSelection)
    }
    const paste = () => {
      const slice = this.clipboards[peer.user]
      if (!slice) return
      this.clipboards[peer.user] = null
      editor.dispatch(editor.state.tr.replaceSelection(slice))
    }
    switch (kind) {
      case 0: case 1: case 2:
        editor.select(this.place(line))
        return typed()
      case 3: case 4:
        editor.select(this.place(line))
        return void editor.run(enter)
      case 5: case 6:
        editor.select(line.pos + 1)
        return void editor.run(backspace)
      case 7:
        editor.select(line.pos + 1)
        return void editor.run(setBlockType(line.node.type === heading ? paragraph : heading, line.node.type === heading ? null : { level: 1 + this.below(3) }))
      case 8:
        editor.select(line.pos + 1)
        return void editor.run(wrapInList(this.one([bulletList, orderedList])))
      case 9:
        editor.select(line.pos + 1)
        return void editor.run(this.one([liftListItem(listItem), sinkListItem(listItem), lift]))
      case 10:
        editor.select(line.pos + 1)
        return void editor.run(wrapIn(blockquote))
      case 11: case 12: { // a block up or down
        const { doc } = editor.state
        if (doc.childCount < 2) return
        const index = this.below(doc.childCount - 1)
        const from = doc.content.findIndex(0).offset + [...Array(index).keys()].reduce((sum, at) => sum + doc.child(at).nodeSize, 0)
        const [a, b] = [doc.child(index), doc.child(index + 1)]
        return editor.dispatch(editor.state.tr.replaceWith(from, from + a.nodeSize + b.nodeSize, [b, a]))
      }
      case 13: { // words, cut and pasted in one go or later
        const words = this.wordOf(line)
        if (!words) return
        editor.select(...words)
        cut()
        await this.deliver(followed)
        editor.select(this.place(this.one(this.lines(editor.state.doc))))
        return paste()
      }
      case 14: { // a block, or several, cut and pasted
        const { doc } = editor.state
        const first = this.below(doc.childCount)
        const last = Math.min(doc.childCount - 1, first + this.below(2))
        let from = 0
        for (let at = 0; at < first; at++) from += doc.child(at).nodeSize
        let to = from
        for (let at = first; at <= last; at++) to += doc.child(at).nodeSize
        const blocks = doc.slice(from, to).content
        if (blocks.childCount === doc.childCount) return
        editor.dispatch(editor.state.tr.delete(from, to))
        await this.deliver(followed)
        const now = editor.state.doc
        const at = this.below(now.childCount + 1)
        let place = 0
        for (let index = 0; index < at; index++) place += now.child(index).nodeSize
        return editor.dispatch(editor.state.tr.insert(place, blocks))
      }
      case 15: { // words are deleted
        const words = this.wordOf(line)
        if (!words) return
        editor.select(...words)
        return void editor.run(deleteSelection)
      }
      case 16: case 17: case 18:
        return void this.reloading(peer, () => undoCommand(editor.state))
      case 19:
        return void this.reloading(peer, () => redoCommand(editor.state))
      case 20: { // find and replace: one word in one place
        const words = this.wordOf(line)
        if (!words) return
        const word = this.word()
        this.written.set(word, { user: peer.user, at: this.time })
        return editor.dispatch(editor.state.tr.insertText(word, ...words))
      }
      case 21: { // REST: a heading mark, a new line, a block in another place
        await this.settle(followed)
        const json = this.peers[0].editor.state.doc.toJSON()
        const at = this.below(json.content.length)
        const way = this.below(3)
        if (way === 0 && json.content[at].type === 'paragraph') Object.assign(json.content[at], { type: 'heading', attrs: { level: 1 } })
        else if (way === 1) json.content.splice(at, 0, { type: 'paragraph', content: [{ type: 'text', text: this.sentence(peer.user) }] })
        else if (json.content.length > 1) json.content.splice(this.below(json.content.length - 1), 0, ...json.content.splice(at, 1))
        return this.write(followed, peer.user, json)
      }
      case 22: { // a revision is kept, or restored
        await this.settle(followed)
        const now = this.peers[0].editor.state.doc.toJSON()
        if (this.revisions.length === 0 || this.random() < 0.6) return void this.revisions.push(now)
        return this.write(followed, peer.user, this.one(this.revisions.slice(-3)))
      }
      case 23: { // table rows
        const inCell = lines.filter(({ pos }) => editor.state.doc.resolve(pos).node(-1)?.type === tableRow)
        if (inCell.length === 0) return
        editor.select(this.one(inCell).pos + 1)
        if (!isInTable(editor.state)) return
        if (this.random() < 0.5) return void editor.run(addRowAfter)
        if (editor.state.doc.resolve(editor.state.selection.from).node(1).childCount > 1) editor.run(deleteRow)
        return
      }
      case 24: {
        const words = this.wordOf(line)
        if (!words || line.node.type === codeBlock) return
        editor.select(...words)
        return void editor.run(toggleMark(schema.marks.bold))
      }
      case 25:
        if (line.node.type === codeBlock) return
        editor.select(this.place(line))
        return editor.dispatch(editor.state.tr.replaceSelectionWith(hardBreak.create()))
    }
  }

  async write(followed, user, json) {
    const update = await followed.ask('w', Buffer.from(JSON.stringify(json)))
    if (update.length === 0) return
    const body = Buffer.alloc(9 + update.length)
    body.writeUInt8(user, 0)
    body.writeDoubleLE(this.time, 1)
    body.set(update, 9)
    await followed.ask('u', body)
    for (const peer of this.peers) this.take(peer, update)
  }
}
