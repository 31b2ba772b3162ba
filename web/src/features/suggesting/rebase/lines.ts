// What differs within a line: words, and the marks of words that stay.
import { Mark, type Node, Slice } from '@tiptap/pm/model'
import type { Change } from './changes'

interface Token {
  /** Characters, or a placeholder for another node. */
  key: string
  size: number
  marks: readonly Mark[]
}

/** The most pairs of tokens to compare. In longer lines, everything between the common ends is replaced as a whole. */
const MOST_PAIRS = 250_000

/** `start` is where the content of the line begins. */
export function lineChanges(before: Node, after: Node, start: number, changes: Change[]): void {
  const [old, new_] = [tokensOf(before), tokensOf(after)]
  let oldAt = 0
  let newAt = 0
  let [nextOld, nextNew] = [0, 0]
  const sizeOf = (tokens: Token[], from: number, to: number) => tokens.slice(from, to).reduce((sum, token) => sum + token.size, 0)
  const replaceUntil = (oldEnd: number, newEnd: number) => {
    const [oldSize, newSize] = [sizeOf(old, nextOld, oldEnd), sizeOf(new_, nextNew, newEnd)]
    if (oldSize > 0 || newSize > 0) changes.push(...replaced(before, after, oldAt, oldAt + oldSize, newAt, newAt + newSize, start))
    oldAt += oldSize
    newAt += newSize
  }
  for (const [oldIndex, newIndex] of pairsOf(old, new_)) {
    replaceUntil(oldIndex, newIndex)
    const [one, other] = [old[oldIndex] as Token, new_[newIndex] as Token]
    if (!Mark.sameSet(one.marks, other.marks)) changes.push({ kind: 'marks', from: start + oldAt, to: start + oldAt + one.size, marks: other.marks, was: one.marks })
    oldAt += one.size
    newAt += other.size
    ;[nextOld, nextNew] = [oldIndex + 1, newIndex + 1]
  }
  replaceUntil(old.length, new_.length)
}

/** The letters that both ends have in common stay. */
function replaced(before: Node, after: Node, from: number, to: number, newFrom: number, newTo: number, start: number): Change[] {
  const common = before.content.cut(from, to).findDiffStart(after.content.cut(newFrom, newTo))
  if (common === null) return []
  const [ahead, newAhead] = [from + common, newFrom + common]
  const end = before.content.cut(ahead, to).findDiffEnd(after.content.cut(newAhead, newTo))
  // A doubled letter may belong to both common ends, and must not be counted twice.
  const kept = end === null ? 0 : Math.max(0, Math.min(to - ahead - end.a, newTo - newAhead - end.b, to - ahead, newTo - newAhead))
  return [{ kind: 'replace', from: start + ahead, to: start + to - kept, slice: new Slice(after.content.cut(newAhead, newTo - kept), 0, 0) }]
}

function tokensOf(line: Node): Token[] {
  const tokens: Token[] = []
  line.forEach((node) => {
    if (!node.isText) tokens.push({ key: `\u0000${node.type.name}${JSON.stringify(node.attrs)}`, size: node.nodeSize, marks: node.marks })
    for (const word of node.text?.match(/[\p{L}\p{N}]+|\s+|./gsu) ?? []) tokens.push({ key: word, size: word.length, marks: node.marks })
  })
  return tokens
}

/** The longest common subsequence of two lines, as pairs of indexes. Words count more than what lies between them. */
function pairsOf(old: Token[], new_: Token[]): [number, number][] {
  const isSame = (a: number, b: number) => old[a]?.key === new_[b]?.key
  const pairs: [number, number][] = []
  const most = Math.min(old.length, new_.length)
  let from = 0
  while (from < most && isSame(from, from)) from++
  let end = 0
  while (end < most - from && isSame(old.length - 1 - end, new_.length - 1 - end)) end++
  for (let index = 0; index < from; index++) pairs.push([index, index])
  const [rows, columns] = [old.length - end - from, new_.length - end - from]
  if (rows > 0 && columns > 0 && rows * columns <= MOST_PAIRS) {
    const weight = (row: number) => (/[\p{L}\p{N}]/u.test(old[from + row]?.key ?? '') ? 10 : 1)
    const best = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1))
    const at = (row: number, column: number) => best[row]?.[column] ?? 0
    for (let row = rows - 1; row >= 0; row--) {
      for (let column = columns - 1; column >= 0; column--) {
        const paired = isSame(from + row, from + column) ? weight(row) + at(row + 1, column + 1) : 0
        ;(best[row] as Uint32Array)[column] = Math.max(paired, at(row + 1, column), at(row, column + 1))
      }
    }
    for (let [row, column] = [0, 0]; row < rows && column < columns; ) {
      if (isSame(from + row, from + column) && at(row, column) === weight(row) + at(row + 1, column + 1)) pairs.push([from + row++, from + column++])
      else if (at(row, column) === at(row + 1, column)) row++
      else column++
    }
  }
  for (let index = end; index > 0; index--) pairs.push([old.length - index, new_.length - index])
  return pairs
}
