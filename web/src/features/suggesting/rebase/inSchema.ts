// Each editor has a schema of its own: nodes of two editors are never equal, and nodes of one cannot be put into the
// other.
import { Fragment, type Mark, type Node, type Schema } from '@tiptap/pm/model'

/** Converted nodes by their new schema. Nodes are immutable, so a node is converted only once. */
const known = new WeakMap<Schema, WeakMap<Node, Node>>()

const marksIn = (schema: Schema, marks: readonly Mark[]): Mark[] =>
  marks.flatMap(({ type, attrs }) => schema.marks[type.name]?.create(attrs) ?? [])

/** The same node, of another schema that has the same kinds of nodes. */
export function inSchema(schema: Schema, node: Node): Node {
  if (node.type.schema === schema) return node
  const nodes = known.get(schema) ?? new WeakMap<Node, Node>()
  known.set(schema, nodes)
  const found = nodes.get(node)
  if (found) return found
  const marks = marksIn(schema, node.marks)
  const children = node.content.content.map((child) => inSchema(schema, child))
  const made = node.isText ? schema.text(node.text ?? '', marks) : schema.node(node.type.name, node.attrs, Fragment.fromArray(children), marks)
  nodes.set(node, made)
  return made
}
