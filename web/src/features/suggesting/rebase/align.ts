// Pairs the blocks of two lists that are the same block, changed or not.
import type { Node } from '@tiptap/pm/model'

/** More pairs than this are not compared by their words: blocks that are not equal then count as different blocks. */
const MOST_PAIRS = 10_000
/** Blocks that have less than this share of their words in common count as different blocks. */
const LEAST_ALIKE = 0.25

/** Whether one block can become the other by changes of its kind and content. */
const canBecome = (a: Node, b: Node): boolean =>
  a.type === b.type ? !a.isText : a.isTextblock && b.isTextblock && a.type.spec.code === b.type.spec.code

/** Pairs of indexes, both rising. */
export function align(before: readonly Node[], after: readonly Node[]): [number, number][] {
  const [rows, columns] = [before.length, after.length]
  if (rows === 0 || columns === 0) return []
  const [first, second] = [before[0] as Node, after[0] as Node]
  if (rows === 1 && columns === 1) return canBecome(first, second) ? [[0, 0]] : []
  const isSmall = rows * columns <= MOST_PAIRS
  const likeness = isSmall ? likenessOf(before, after) : (a: number, b: number) => (before[a]?.eq(after[b] as Node) ? 1 : 0)
  if (!isSmall) return withGaps(before, after, inStep(rows, columns, likeness))
  // The best sum of likenesses, from the end.
  const best = Array.from({ length: rows + 1 }, () => new Float64Array(columns + 1))
  const at = (row: number, column: number) => best[row]?.[column] ?? 0
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const like = likeness(row, column)
      const paired = like > 0 ? like + at(row + 1, column + 1) : 0
      ;(best[row] as Float64Array)[column] = Math.max(paired, at(row + 1, column), at(row, column + 1))
    }
  }
  const pairs: [number, number][] = []
  for (let [row, column] = [0, 0]; row < rows && column < columns; ) {
    const like = likeness(row, column)
    if (like > 0 && at(row, column) === like + at(row + 1, column + 1)) pairs.push([row++, column++])
    else if (at(row, column) === at(row + 1, column)) row++
    else column++
  }
  return pairs
}

/** Finds equal blocks in one pass, for lists that are too long to compare all pairs. */
function inStep(rows: number, columns: number, likeness: (row: number, column: number) => number): [number, number][] {
  const pairs: [number, number][] = []
  const NEAR = 50
  for (let [row, column] = [0, 0]; row < rows && column < columns; row++) {
    const found = Array.from({ length: Math.min(NEAR, columns - column) }, (_, step) => column + step).find((there) => likeness(row, there) > 0)
    if (found === undefined) continue
    pairs.push([row, found])
    column = found + 1
  }
  return pairs
}

/** Adds to the found pairs the pairs in the gaps between them. */
function withGaps(before: readonly Node[], after: readonly Node[], found: [number, number][]): [number, number][] {
  if (found.length === 0) return found
  const pairs: [number, number][] = []
  let [row, column] = [0, 0]
  for (const [nextRow, nextColumn] of [...found, [before.length, after.length] as [number, number]]) {
    for (const [a, b] of align(before.slice(row, nextRow), after.slice(column, nextColumn))) pairs.push([row + a, column + b])
    if (nextRow < before.length) pairs.push([nextRow, nextColumn])
    ;[row, column] = [nextRow + 1, nextColumn + 1]
  }
  return pairs
}

/** How alike two blocks are, from 0 (other blocks) to 1 (equal). */
function likenessOf(before: readonly Node[], after: readonly Node[]): (row: number, column: number) => number {
  const [old, new_] = [before.map(wordsOf), after.map(wordsOf)]
  const known = new Map<number, number>()
  return (row, column) => {
    const place = row * after.length + column
    const found = known.get(place)
    if (found !== undefined) return found
    const [a, b] = [before[row] as Node, after[column] as Node]
    const like = a.eq(b) ? 1 : canBecome(a, b) ? inCommon(old[row] as string[], new_[column] as string[]) * (a.type === b.type ? 0.9 : 0.8) : 0
    known.set(place, like)
    return like
  }
}

const wordsOf = (node: Node): string[] => node.textBetween(0, node.content.size, ' ', ' ').match(/[\p{L}\p{N}]+/gu) ?? []

function inCommon(one: string[], other: string[]): number {
  if (one.length === 0 && other.length === 0) return LEAST_ALIKE
  const left = new Map<string, number>()
  for (const word of one) left.set(word, (left.get(word) ?? 0) + 1)
  let common = 0
  for (const word of other) {
    const count = left.get(word) ?? 0
    if (count > 0) common++
    left.set(word, count - 1)
  }
  const share = (2 * common) / (one.length + other.length)
  return share >= LEAST_ALIKE ? share : 0
}
