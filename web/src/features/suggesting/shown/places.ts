// From the server's points, which name blocks and characters, to places in the editor.
import type { Node } from '@tiptap/pm/model'
import type { Point } from '../api'

/** The place of a point; null if the text has no such place. */
export function placeOf(doc: Node, { path, offset }: Point): number | null {
  let [node, at] = [doc, 0]
  for (const index of path) {
    if (node.inlineContent || index >= node.childCount) return null
    at += startOf(node, index) + 1
    node = node.child(index)
  }
  if (node.inlineContent) return offset <= node.content.size ? at + offset : null
  return offset <= node.childCount ? at + startOf(node, offset) : null
}

const startOf = (node: Node, index: number): number => {
  let at = 0
  for (let child = 0; child < index; child++) at += node.child(child).nodeSize
  return at
}

/** Places of many points of one text, which is walked along once. */
export function placesIn(doc: Node): (point: Point) => number | null {
  const starts: number[] = []
  let at = 0
  doc.forEach((node) => {
    starts.push(at)
    at += node.nodeSize
  })
  return (point) => {
    const [first, ...rest] = point.path
    if (first === undefined) return point.offset < starts.length ? (starts[point.offset] as number) : point.offset === starts.length ? doc.content.size : null
    const [start, block] = [starts[first], doc.maybeChild(first)]
    if (start === undefined || !block) return null
    const within = placeOf(block, { path: rest, offset: point.offset })
    return within === null ? null : start + 1 + within
  }
}
