// Turns cleaned HTML into the content to insert.
import { DOMParser, Fragment, type ResolvedPos, type Schema, Slice } from '@tiptap/pm/model'

export function contentOf(body: HTMLElement, schema: Schema): Fragment {
  const { content } = DOMParser.fromSchema(schema).parse(body, { preserveWhitespace: false })
  const isEmpty = content.childCount === 1 && content.firstChild?.type.name === 'paragraph' && content.firstChild.content.size === 0
  return isEmpty ? Fragment.empty : content
}

/** Text joins the line that it is pasted into; lists, tables and headings stay what they are. */
export function sliceOf(content: Fragment, $from: ResolvedPos): Slice {
  const { firstChild, lastChild, childCount } = content
  if (!firstChild || !lastChild) return Slice.empty
  const isList = ({ name }: { name: string }) => name.endsWith('List')
  const around = $from.depth > 1 ? $from.node(-2) : null
  // A list that is pasted into one of its kind goes on with it.
  if (childCount === 1 && isList(firstChild.type) && around?.type === firstChild.type) return new Slice(content, 2, 2)
  const isInEmptyLine = $from.parent.isTextblock && $from.parent.content.size === 0
  if (childCount === 1 && firstChild.isTextblock) return isInEmptyLine && firstChild.type.name !== 'paragraph' ? new Slice(content, 0, 0) : new Slice(content, 1, 1)
  if (isInEmptyLine) return new Slice(content, 0, 0)
  const isLine = ({ name }: { name: string }) => name === 'paragraph'
  return new Slice(content, isLine(firstChild.type) ? 1 : 0, isLine(lastChild.type) ? 1 : 0)
}
