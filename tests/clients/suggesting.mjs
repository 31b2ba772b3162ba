// Do suggestions stand while others type? Three people edit a document as people do (everyday.mjs). Two more, who never
// write in it, make suggestions in real editors: they type, delete, replace, format, split, join, and insert and delete
// blocks. A suggestion is made from what their editor says and what the document says; the view that they edit is the
// document with their suggestions, computed anew each time. Every word is unique, so the truth is known without the
// engine: a suggestion is due as long as the words that it is about are there once, and what an acceptance must give is
// computed from lines of text.
//
//   node suggesting.mjs <path of the suggesting example> [seeds] [first seed] [edits]
import { performance } from 'node:perf_hooks'
import { joinBackward, deleteSelection, setBlockType, splitBlock, toggleMark, wrapIn } from 'prosemirror-commands'
import { splitListItem, wrapInList } from 'prosemirror-schema-list'
import { EditorState, TextSelection } from 'prosemirror-state'
import { addRowAfter, isInTable } from 'prosemirror-tables'
import { schema } from './editors.mjs'
import { Followed, WORD, World, generator, wordsIn } from './everyday.mjs'

const [, , program, seeds = '30', firstSeed = '1', edits = '100'] = process.argv
const SUGGESTERS = [3, 4]
const MOST = 12
const KEPT = 99
const VERBOSE = process.env.SUGGESTING_VERBOSE
const { paragraph, heading, blockquote, bulletList, listItem, codeBlock, table, tableRow, tableCell, image } = schema.nodes

// ---- The suggester's editor: it shows a view, and is thrown away after each change.

class View {
  constructor(json) {
    this.state = EditorState.create({ schema, doc: schema.nodeFromJSON(json) })
  }
  dispatch(tr) {
    this.state = this.state.apply(tr)
  }
  run(command) {
    return command(this.state, (tr) => this.dispatch(tr))
  }
  select(from, to = from) {
    const { doc } = this.state
    this.dispatch(this.state.tr.setSelection(TextSelection.between(doc.resolve(from), doc.resolve(to))))
  }
  get lines() {
    const lines = []
    this.state.doc.descendants((node, pos) => {
      if (node.isTextblock) lines.push({ node, pos, depth: this.state.doc.resolve(pos).depth })
    })
    return lines
  }
}

class Suggester {
  constructor(seed, user, world) {
    this.random = generator(seed * 7919 + user)
    this.user = user
    this.world = world
  }
  below(n) {
    return Math.floor(this.random() * n)
  }
  one(list) {
    return list[this.below(list.length)]
  }
  words(n = 1 + this.below(3)) {
    return Array.from({ length: n }, () => this.world.word()).join(' ')
  }
  text(n) {
    return schema.text(this.words(n))
  }
  /** Words of a line that are in a row: from, to. */
  some(line, most = 3) {
    const all = [...line.node.textContent.matchAll(WORD)]
    if (all.length === 0 || line.node.content.size !== line.node.textContent.length) return null
    const first = this.below(all.length)
    const last = Math.min(all.length - 1, first + this.below(most))
    return [line.pos + 1 + all[first].index, line.pos + 1 + all[last].index + all[last][0].length]
  }

  /** One change, as a person makes it. Its name, or nothing if it cannot be made here. */
  change(view) {
    const { lines } = view
    const line = this.one(lines)
    const some = this.some(line)
    const isCode = line.node.type === codeBlock
    const top = this.below(view.state.doc.childCount)
    let at = 0
    for (let index = 0; index < top; index++) at += view.state.doc.child(index).nodeSize
    const block = view.state.doc.child(top)
    const inList = lines.filter(({ pos }) => view.state.doc.resolve(pos).parent.type === listItem)
    const insert = (pos, node) => view.dispatch(view.state.tr.insert(pos, node))
    switch (this.below(21)) {
      case 0: case 1: case 2:
        if (!some) return
        view.dispatch(this.random() < 0.2 ? view.state.tr.insertText(`${this.words()} `, line.pos + 1) : view.state.tr.insertText(` ${this.words()}`, some[1]))
        return 'type'
      case 3: case 4: {
        if (!some) return
        const [from, to] = some
        const before = from > line.pos + 1 && view.state.doc.textBetween(from - 1, from) === ' ' ? 1 : 0
        view.dispatch(view.state.tr.delete(from - before, to))
        return 'delete'
      }
      case 5: case 6:
        if (!some) return
        view.dispatch(view.state.tr.insertText(this.words(), ...some))
        return 'replace'
      case 7: case 8:
        if (!some || isCode) return
        view.select(...some)
        view.run(toggleMark(this.one([schema.marks.bold, schema.marks.italic])))
        return 'format'
      case 9:
        if (isCode || line.node.content.size === 0) return
        view.select(line.pos + 1)
        return view.run(setBlockType(line.node.type === heading ? paragraph : heading, line.node.type === heading ? null : { level: 1 + this.below(3) })) && 'kind'
      case 10: {
        const words = [...line.node.textContent.matchAll(WORD)]
        if (words.length < 2 || isCode || line.node.content.size !== line.node.textContent.length) return
        view.select(line.pos + 1 + words[1 + this.below(words.length - 1)].index)
        return view.run(view.state.doc.resolve(line.pos).parent.type === listItem ? splitListItem(listItem) : splitBlock) && 'split'
      }
      case 11:
        view.select(line.pos + 1)
        return view.run(joinBackward) && 'join'
      case 12: {
        if (inList.length === 0) return
        const item = this.one(inList)
        const $pos = view.state.doc.resolve(item.pos)
        insert($pos.after(), listItem.create(null, paragraph.create(null, this.text())))
        return 'list item'
      }
      case 13: {
        const cells = lines.filter(({ pos }) => view.state.doc.resolve(pos).parent.type === tableCell)
        if (cells.length === 0) return
        view.select(this.one(cells).pos + 1)
        const $cell = view.state.selection.$from
        if (!isInTable(view.state)) return
        const depth = [...Array($cell.depth + 1).keys()].find((depth) => $cell.node(depth).type === tableRow)
        const cells_ = Array.from({ length: $cell.node(depth).childCount }, () => tableCell.create(null, paragraph.create(null, this.text(1))))
        if (this.random() < 0.3) {
          if ($cell.node(depth - 1).childCount < 2) return
          view.dispatch(view.state.tr.delete($cell.before(depth), $cell.after(depth)))
          return 'row deleted'
        }
        if (this.random() < 0.2) return view.run(addRowAfter) && 'row'
        insert($cell.after(depth), tableRow.create(null, cells_))
        return 'row'
      }
      case 14: case 15:
        insert(at + block.nodeSize, this.one([paragraph.create(null, this.text()), heading.create({ level: 2 }, this.text()), blockquote.create(null, paragraph.create(null, this.text()))]))
        return 'block'
      case 16:
        insert(at + block.nodeSize, image.create({ src: `/pictures/${this.words(1)}.png` }))
        return 'image'
      case 17:
        insert(at + block.nodeSize, table.create(null, [0, 1].map(() => tableRow.create(null, [0, 1].map(() => tableCell.create(null, paragraph.create(null, this.text(1))))))))
        return 'table'
      case 18:
        if (view.state.doc.childCount < 2) return
        view.dispatch(view.state.tr.delete(at, at + block.nodeSize))
        return 'block deleted'
      case 19: { // from one line into the next
        const index = lines.indexOf(line)
        const next = lines[index + 1]
        if (!next || !some || isCode || next.node.type === codeBlock || next.pos !== line.pos + line.node.nodeSize) return
        const there = this.some(next)
        if (!there) return
        view.select(some[0], there[1])
        return view.run(deleteSelection) && 'across'
      }
      case 20:
        view.select(line.pos + 1)
        return view.run(this.one([wrapInList(bulletList), wrapIn(blockquote)])) && 'wrap'
    }
  }
}

// ---- The truth, without the engine.

const inline = (nodes = []) => nodes.map((node) => (node.type === 'text' ? node.text : node.type === 'hardBreak' ? '\n' : '￼')).join('')
const isLine = (node) => ['paragraph', 'heading', 'codeBlock'].includes(node.type)

/** The lines of blocks: text, the nodes above it, and its place. */
function linesOf(blocks, above = [], path = []) {
  return (blocks ?? []).flatMap((node, index) =>
    isLine(node) ? [{ text: inline(node.content), node, above: [...above, node], path: [...path, index] }] : linesOf(node.content, [...above, node], [...path, index]),
  )
}
const readings = (blocks) => (blocks ?? []).flatMap((node) => (isLine(node) ? [inline(node.content)] : node.content ? readings(node.content) : [`${node.type} ${node.attrs?.src ?? ''}`]))
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
/** The places of some text, as whole words. */
const places = (line, text) => (!line.includes(text) ? [] : [...line.matchAll(new RegExp(`(?<![\\p{L}\\p{Co}])${escaped(text)}(?![\\p{L}\\p{Co}])`, 'gu'))].map((match) => match.index))
const tidy = (text) => text.replace(/\s+/g, ' ').trim()
const next = (path) => [...path.slice(0, -1), path.at(-1) + 1].join()
const shape = ({ type, attrs }) => JSON.stringify([type, Object.entries(attrs ?? {}).filter(([, value]) => value !== null).sort()])
const stripped = (row) => shape({ type: row.name, attrs: row.attributes })
/** Every run of blocks beside each other, as long as `count`. */
function* runs(blocks, count) {
  for (let at = 0; at + count <= (blocks ?? []).length; at++) yield blocks.slice(at, at + count)
  for (const block of blocks ?? []) if (block.content && !isLine(block)) yield* runs(block.content, count)
}
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)
const bare = (node) => ({ type: node.type, text: node.text, attrs: Object.entries(node.attrs ?? {}).filter(([, value]) => value !== null).sort(), marks: node.marks?.map((mark) => mark.type).sort(), content: (node.content ?? []).map(bare) })

/** Whether the words that a suggestion is about are in the text, once, as they were; then it must stand. */
function isDue({ row }, doc) {
  const lines = linesOf(doc.content)
  const once = (text) => lines.reduce((sum, line) => sum + places(line.text, text).length, 0) === 1
  switch (row.change) {
    case 'words': {
      const parts = row.before.map((part) => inline(part))
      // A block of code has no marks.
      const isFormat = parts.length === 1 && inline(row.after) === parts[0]
      if (isFormat && lines.some((line) => line.node.type === 'codeBlock' && line.text.includes(parts[0]))) return false
      if (parts.length === 1) return once(tidy(parts[0]) === '' ? parts[0] : parts[0].trim())
      return lines.some((_, at) =>
        parts.every((part, offset) => {
          const line = lines[at + offset]
          if (!line || (offset > 0 && next(lines[at + offset - 1].path) !== line.path.join())) return false
          if (offset === 0) return line.text.endsWith(part) && places(line.text, part.trim()).length === 1
          return offset === parts.length - 1 ? line.text.startsWith(part) && places(line.text, part.trim()).length === 1 : line.text === part
        }))
    }
    case 'insert': return once(row.side === 'after' ? row.quotes[0] + row.gap : row.gap + row.quotes[0])
    case 'split': return once(row.quotes[0] + row.gap + row.quotes[1])
    case 'join': {
      const [one, two] = row.quotes.map((quote) => lines.find((line) => places(line.text, quote).length > 0))
      return !!one && !!two && next(one.path) === two.path.join()
    }
    case 'kind': return lines.some((line) => {
      const target = line.above.at(-1 - row.up)
      const holder = line.above.at(-2 - row.up)
      // An item begins with a paragraph.
      if (holder?.type === 'listItem' && holder.content[0] === target && row.after.name !== 'paragraph') return false
      return places(line.text, row.quotes[0])[0] === 0 && !!target && linesOf([target])[0].node === line.node && shape(target) === stripped(row.before)
    })
    case 'blocks':
      if (row.place.at === 'here') {
        const wanted = readings(row.before)
        const found = (run) => same(readings(run), wanted) && (row.after.length === 0 ? same(run.map((one) => one.type), row.before.map((one) => one.type)) : same(run.map(bare), row.before.map(bare)))
        // An item begins with a paragraph.
        const first = lines.find((line) => line.text === wanted[0])
        const fits = row.after.length === 0 || row.after[0].type === 'paragraph' || !(first?.above.at(-2)?.type === 'listItem' && first.path.at(-1) === 0)
        return fits && [...runs(doc.content, row.before.length)].some(found)
      }
      if (row.place.at === 'whole' || row.before.length > 0) return false
      // Where two blocks were joined, there is no place between them. A row needs a table; other blocks fit anywhere.
      if (row.place.of[1] && row.place.of[0].side !== row.place.of[1].side && lines.some((line) => row.quotes.every((quote) => line.text.includes(quote)))) return false
      return once(row.quotes[0]) && (row.list?.name !== 'table' || lines.find((line) => places(line.text, row.quotes[0]).length > 0).above.some((node) => node.type === 'table'))
  }
  return false
}

/** Applies to lines of text what a suggestion says that it does; the document must then have the same text. */
const isRight = (row, before, after) => [0, 1, 2, 3].some((skipped) => isRightAt(row, before, after, skipped))

/** The same for one of the lines that have its words: undo and paste can make copies. */
function isRightAt({ row }, before, after, skipped) {
  const [was, is] = [linesOf(before.content), linesOf(after.content)]
  const texts = (lines) => lines.map((line) => tidy(line.text))
  const becomes = (at, count, ...instead) => same(texts(is), [...texts(was.slice(0, at)), ...instead.map(tidy), ...texts(was.slice(at + count))])
  const find = (text) => was.map((line, at) => (places(line.text, text).length > 0 ? at : -1)).filter((at) => at >= 0)[skipped] ?? -1
  const put = (line, from, to, text) => line.slice(0, from) + text + line.slice(to)
  const marksOf = (lines) => lines.flatMap((line) => (line.node.content ?? []).flatMap((node) => (node.type === 'text' ? wordsIn(node.text).map((word) => [word, JSON.stringify((node.marks ?? []).map((mark) => mark.type).sort())]) : [])))
  switch (row.change) {
    case 'words': {
      const parts = row.before.map((part) => inline(part))
      const first = parts[0].trim()
      const at = find(first)
      if (at < 0) return false
      if (parts.length > 1) {
        const last = was[at + parts.length - 1].text
        return becomes(at, parts.length, put(was[at].text, places(was[at].text, first)[0] - (parts[0].length - parts[0].trimStart().length), Infinity, inline(row.after)) + last.slice(parts.at(-1).length))
      }
      if (inline(row.after) === parts[0]) {
        const [had, has] = [marksOf(was), marksOf(is)]
        const changed = has.filter(([word, marks], index) => had[index]?.[0] !== word || had[index][1] !== marks)
        return same(texts(was), texts(is)) && changed.every(([word]) => wordsIn(parts[0]).includes(word))
      }
      const [head, tail] = [parts[0].length - parts[0].trimStart().length, parts[0].length - parts[0].trimEnd().length]
      const instead = row.after.length === 0 ? '' : inline(row.after)
      return places(was[at].text, first).some((from) => {
        const exactly = put(was[at].text, Math.max(0, from - head), from + first.length + tail, instead)
        return becomes(at, 1, exactly) || becomes(at, 1, put(was[at].text, from, from + first.length, instead.trim()))
      })
    }
    case 'insert': {
      const text = row.side === 'after' ? row.quotes[0] + row.gap : row.gap + row.quotes[0]
      // The word may be the end, or the beginning, of a longer one: lines were joined there.
      const edge = new RegExp(row.side === 'after' ? `${escaped(text)}(?!\\p{L})` : `(?<!\\p{L})${escaped(text)}`, 'u')
      const at = find(text) < 0 ? was.findIndex((line) => edge.test(line.text)) : find(text)
      if (at < 0) return false
      const place = (places(was[at].text, text)[0] ?? was[at].text.search(edge)) + (row.side === 'after' ? text.length : 0)
      return becomes(at, 1, put(was[at].text, place, place, inline(row.after)))
    }
    case 'split': {
      const text = row.quotes.join(row.gap)
      const at = find(text)
      const place = at < 0 ? 0 : places(was[at].text, text)[0] + row.quotes[0].length + row.at
      return at >= 0 && becomes(at, 1, was[at].text.slice(0, place), was[at].text.slice(place))
    }
    case 'join': {
      const at = find(row.quotes[0])
      return at >= 0 && places(was[at + 1]?.text ?? '', row.quotes[1]).length > 0 && becomes(at, 2, was[at].text + was[at + 1].text)
    }
    case 'kind': {
      // Others may have written between its first words.
      const at = find(wordsIn(row.quotes[0])[0])
      const others = is.every((line, index) => index === at || shape(line.node) === shape(was[index].node))
      return at >= 0 && same(texts(was), texts(is)) && others && shape(is[at].above.at(-1 - row.up)) === stripped(row.after)
    }
    case 'blocks': {
      const new_ = linesOf(row.after).map((line) => line.text)
      if (row.place.at === 'here') {
        const gone = linesOf(row.before).map((line) => line.text)
        const found = [...was.keys()].filter((at) => same(texts(was.slice(at, at + gone.length)), gone.map(tidy)))[skipped] ?? -1
        return found >= 0 && (becomes(found, gone.length, ...new_) || (new_.length === 0 && becomes(found, gone.length, '')))
      }
      if (row.place.at === 'whole') return true
      const place = [...was.keys(), was.length].find((at) => becomes(at, linesOf(row.before).length, ...new_))
      if (place === undefined) return false
      // Nothing lies between the new blocks and the block with the words.
      // Where the list is gone, and its items are blocks now, new items are a list of their own.
      const holders = row.quotes.flatMap((quote) => was.filter((line) => places(line.text, quote).length > 0)).flatMap((line) => line.above)
      const isGone = row.list && row.list.name !== 'table' && !holders.some(({ type }) => row.place.of.some(({ chain }) => chain[0] === type))
      const instead = isGone ? [{ type: row.list.name, attrs: row.list.attributes, content: row.after }] : row.after
      const count = instead.length
      const wanted = instead.map(bare)
      // Others may have written between the words, except the one that is nearest.
      const has = (node, quote, side) => !!node && linesOf([node]).some((line) => line.text.includes(wordsIn(quote).at(side === 'after' ? -1 : 0)))
      const beside = (blocks) => (blocks ?? []).some((_, index) =>
        same(blocks.slice(index, index + count).map(bare), wanted) &&
        row.place.of.some(({ side }, at) => has(side === 'after' ? blocks[index - 1] : blocks[index + count], row.quotes[at], side)))
      const anywhere = (blocks) => beside(blocks) || (blocks ?? []).some((block) => block.content && !isLine(block) && anywhere(block.content))
      return anywhere(after.content)
    }
  }
  return false
}

const isValid = (node) => {
  try {
    return node.check() === undefined
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return false
  }
}

// ---- One document, edited and suggested to.

async function run(followed, seed, totals) {
  followed.seed = seed
  await followed.ask('n')
  const world = new World(seed, false)
  await world.begin(followed)
  const suggesters = SUGGESTERS.map((user) => new Suggester(seed, user, world))
  const body = (value) => Buffer.from(JSON.stringify(value))
  const kinds = new Map()
  const totalOf = (id) => (totals.kinds[kinds.get(id)] ??= { made: 0, due: 0, kept: 0, accepted: 0, wrong: 0 })
  const told = new Set()
  const complain = (id, what, ...more) => {
    if (!VERBOSE || told.has(`${id} ${what}`)) return
    told.add(`${id} ${what}`)
    console.log(`seed ${seed} edit ${world.number} base edit ${world.kind}, ${kinds.get(id)} ${id}: ${what}`, ...more)
  }
  let rows = []
  let doc
  const look = async () => {
    ;[doc, rows] = await Promise.all([followed.json('t'), followed.json('q')])
    for (const row of rows) {
      if (!isDue(row, doc)) continue
      const total = totalOf(row.id)
      total.due++
      if (row.state === 'stands') total.kept++
      else complain(row.id, row.state, JSON.stringify(row.row), JSON.stringify(linesOf(doc.content).filter((line) => places(line.text, row.row.quotes[0].split('\n')[0]).length > 0).map((line) => line.text)))
    }
  }
  const suggest = async (suggester) => {
    const mine = rows.filter((row) => row.user === suggester.user)
    if (mine.length >= MOST) return
    const view = new View(await followed.json('f', Buffer.from([suggester.user])))
    if (!isValid(view.state.doc)) {
      // People who write at the same time can leave what the next editor repairs.
      if (isValid(schema.nodeFromJSON(doc))) {
        totals.disagree++
        complain(mine[0].id, 'the view is not valid', JSON.stringify(mine.map(({ row }) => row)))
      }
      return
    }
    const name = suggester.change(view)
    if (!name) return
    view.state.doc.check()
    const said = Buffer.concat([Buffer.from([suggester.user]), body(view.state.doc.toJSON())])
    const { new: made, withdrawn, agrees } = await followed.json('s', said)
    for (const id of made) {
      kinds.set(id, name)
      totalOf(id).made++
    }
    totals.made += made.length
    totals.withdrawn += withdrawn.length
    if (!agrees) {
      totals.disagree++
      const now = await followed.json('f', Buffer.from([suggester.user]))
      const differs = (a, b) => JSON.stringify(a.content.filter((block, at) => !same(bare(block), b.content[at] && bare(b.content[at]))).slice(0, 3))
      complain(made[0], 'the view is not what was typed', differs(view.state.doc.toJSON(), now), differs(now, view.state.doc.toJSON()), JSON.stringify((await followed.json('q')).filter((row) => row.user === suggester.user).map((one) => [one.id, one.state, one.overlaps, one.row])))
    }
  }
  const accept = async ({ id, row }) => {
    await world.settle(followed)
    ;[doc, rows] = await Promise.all([followed.json('t'), followed.json('q')])
    if (rows.find((row) => row.id === id)?.state !== 'stands') return
    const update = await followed.ask('a', body({ id }))
    const message = Buffer.alloc(9 + update.length)
    message.writeUInt8(9, 0)
    message.writeDoubleLE(world.time, 1)
    message.set(update, 9)
    await followed.ask('u', message)
    for (const peer of world.peers) world.take(peer, update)
    const after = await followed.json('t')
    const total = totalOf(id)
    total.accepted++
    if (isRight({ row }, doc, after)) return
    total.wrong++
    complain(id, 'garbled', JSON.stringify(row), JSON.stringify(linesOf(doc.content).map((line) => line.text)), JSON.stringify(linesOf(after.content).map((line) => line.text)))
  }
  for (world.number = 0; world.number < Number(edits); world.number++) {
    await world.edit(followed)
    await world.deliver(followed)
    if (world.number % 20 === 19) await world.settle(followed)
    await look()
    if (world.number % 4 === 3) await suggest(suggesters[(world.number >> 2) & 1])
    const [first] = suggesters
    if (world.number % 12 === 11 && rows.length > 0) {
      const row = first.one(rows)
      if (row.state !== 'stands' || first.random() < 0.3) await followed.ask('r', body({ id: row.id }))
      else await accept(row)
    }
  }
  // What does not overlap can be accepted in any order.
  await world.settle(followed)
  await look()
  const taken = new Set()
  for (const row of rows) if (row.state === 'stands' && !row.overlaps.some((other) => taken.has(other))) taken.add(row.id)
  const ids = [...taken]
  const shuffled = ids.map((id) => [suggesters[0].random(), id]).sort().map(([, id]) => id)
  const [once, forwards, another] = await Promise.all([followed.json('x', body(ids)), followed.json('o', body(ids)), followed.json('o', body(shuffled))])
  totals.together += ids.length
  totals.overlapping += rows.filter((row) => row.overlaps.length > 0).length
  for (const { doc: one, refused } of [forwards, another]) {
    totals.refused += refused.length
    for (const [id, reason] of refused) complain(id, `refused after others: ${reason}`, JSON.stringify(rows.find((row) => row.id === id).row))
    if (refused.length === 0 && !same(once.content.map(bare), one.content.map(bare))) {
      totals.orders++
      const differs = once.content.findIndex((block, at) => !same(bare(block), one.content[at] && bare(one.content[at])))
      complain(ids[0], 'the order matters', JSON.stringify([once.content.slice(differs, differs + 2), one.content.slice(differs, differs + 2)]))
    }
  }
}

const started = performance.now()
const totals = { kinds: {}, made: 0, withdrawn: 0, disagree: 0, together: 0, overlapping: 0, refused: 0, orders: 0 }
const followed = new Followed(program)
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(seeds); seed++) await run(followed, seed, totals)
followed.end()
const sum = { made: 0, due: 0, kept: 0, accepted: 0, wrong: 0 }
console.log(`suggestions: ${seeds} seeds of ${edits} edits, ${totals.made} made, ${totals.withdrawn} made again as part of another, ${((performance.now() - started) / 1000).toFixed(0)} s`)
console.log(`  ${'made by'.padEnd(16)}${'made'.padStart(8)}${'checks'.padStart(9)}${'kept'.padStart(10)}${'orphaned'.padStart(10)}${'accepted'.padStart(10)}${'wrong'.padStart(7)}`)
const print = (name, { made, due, kept, accepted, wrong }) =>
  console.log(`  ${name.padEnd(16)}${String(made).padStart(8)}${String(due).padStart(9)}${`${((100 * kept) / (due || 1)).toFixed(2)} %`.padStart(10)}${String(due - kept).padStart(10)}${String(accepted).padStart(10)}${String(wrong).padStart(7)}`)
for (const [name, kind] of Object.entries(totals.kinds).sort()) {
  print(name, kind)
  for (const key of Object.keys(sum)) sum[key] += kind[key]
}
print('all', sum)
console.log(`  accepted together in two orders: ${totals.together}, refused: ${totals.refused}, other results: ${totals.orders}; overlapping: ${totals.overlapping}`)
if ((100 * sum.kept) / sum.due < KEPT || sum.wrong + totals.disagree + totals.refused + totals.orders > 0) {
  console.error(`  must be: at least ${KEPT} % kept, none wrong, none refused, no other results, and ${totals.disagree} views that say something else`)
  process.exit(1)
}
