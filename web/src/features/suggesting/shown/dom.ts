// The elements for content that is not in the text: proposed and struck content, and labels.
import { DOMSerializer, Fragment, Node, type Schema } from '@tiptap/pm/model'
import type { Json } from '../api'
import { t } from '../messages'
import { areBlocks, plainText } from './words'

/** Longer content is shortened in the text; the panel shows more of it. */
const MOST_LETTERS = 600

interface Looks {
  id: string
  color: string | undefined
  /** Read before the content by screen readers. */
  said?: string
}

function element(tag: 'ins' | 'del' | 'span', className: string, { id, color }: Looks): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.contentEditable = 'false'
  if (id) made.dataset.suggestion = id
  if (color) made.style.setProperty('--person', color)
  return made
}

/** Content that is proposed, or struck, as the text would show it. */
export function content(schema: Schema, nodes: readonly Json[], is: 'ins' | 'del', looks: Looks): HTMLElement {
  const isBlock = areBlocks(nodes, schema)
  // not a text: classes
  const made = element(is, `suggestion ${is === 'ins' ? 'added' : 'removed'}${isBlock ? ' blocks' : ''}`, looks)
  const text = plainText(nodes)
  try {
    // not a text: it is caught
    if (text.length > MOST_LETTERS) throw new RangeError('too long')
    const fragment = Fragment.from(nodes.map((node) => Node.fromJSON(schema, node)))
    made.append(DOMSerializer.fromSchema(schema).serializeFragment(fragment))
  } catch {
    made.textContent = text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text
  }
  // Content that is shown twice must be reachable, and usable, only in the text itself.
  for (const inner of made.querySelectorAll<HTMLElement>('a, input, button')) {
    inner.tabIndex = -1
    inner.removeAttribute('href')
  }
  return made
}

/** "bold", "heading 2" */
export function label(words: string, looks: Looks): HTMLElement {
  // not a text: classes
  const made = element('span', 'suggestion label', looks)
  made.textContent = words
  made.setAttribute('role', 'note')
  made.setAttribute('aria-label', t.suggestedLabel({ what: words }))
  return made
}
