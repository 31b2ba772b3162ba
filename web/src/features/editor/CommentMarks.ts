// Highlights the passages of threads in the text. Decorations, never marks: comments do not change the document.
import { Extension } from '@tiptap/core'
import { type EditorState, NodeSelection, Plugin, PluginKey, Selection } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import type { Anchor, Media, PassageKind } from '../review'
import { kindAt, mediaOf, rangeOf } from './passage'

export interface Passage extends Anchor {
  thread: string
}

/** A thread about an image or a file. */
export interface AboutMedia {
  thread: string
  media: Media
}

export type Commented = Passage | AboutMedia

interface Shown {
  passages: Commented[]
  active: string | null
  decorations: DecorationSet
  kinds: Readonly<Record<string, PassageKind>>
}

const key = new PluginKey<Shown>('comments')

/** Sets the passages, images and files to highlight, and the one whose thread is active. */
export const showPassages = (state: EditorState, passages: Commented[], active: string | null) =>
  state.tr.setMeta(key, { passages, active }).setMeta('addToHistory', false)

/** The kind of block that a passage is in, by thread, for passages that are not in paragraphs. */
export const kindsOf = (state: EditorState): Shown['kinds'] => key.getState(state)?.kinds ?? {}

export const CommentMarks = Extension.create<{ onOpen: (thread: string) => void }>({
  name: 'commentMarks',
  addOptions: () => ({ onOpen: () => {} }),
  addProseMirrorPlugins() {
    const { onOpen } = this.options
    return [
      new Plugin<Shown>({
        key,
        state: {
          init: () => ({ passages: [], active: null, decorations: DecorationSet.empty, kinds: {} }),
          apply(tr, shown, _before, state) {
            const change = tr.getMeta(key) as Pick<Shown, 'passages' | 'active'> | undefined
            // Local typing is not in the Y.Doc yet: highlights move along, and are found again with the next edit of others.
            if (!change && !tr.getMeta(ySyncPluginKey)) return tr.docChanged ? moved(state, { ...shown, decorations: shown.decorations.map(tr.mapping, tr.doc) }) : shown
            const { passages, active } = change ?? shown
            return withMedia(state, { passages, active, ...decorate(state, passages, active) })
          },
        },
        props: {
          decorations: (state) => key.getState(state)?.decorations,
          handleClick(view, at, event) {
            const marked = event.target instanceof Element ? event.target.closest('[data-thread]') : null
            if (!marked) return false
            // The highlight is drawn again when its thread opens. The editor has not read the new selection of the browser
            // by then, and would put the old one back.
            const { doc, tr } = view.state
            const inside = marked.matches('.commented') ? view.posAtDOM(marked, 0) : at
            const node = doc.nodeAt(inside)
            view.dispatch(tr.setSelection(node && mediaOf(node) ? NodeSelection.create(doc, inside) : Selection.near(doc.resolve(at))))
            if (view.editable) view.focus()
            onOpen(marked.getAttribute('data-thread') ?? '')
            return true
          },
        },
      }),
    ]
  },
})

function decorate(state: EditorState, passages: Commented[], active: string | null): Pick<Shown, 'decorations' | 'kinds'> {
  const kinds: Record<string, PassageKind> = {}
  const decorations = passages.flatMap((passage) => {
    const range = 'media' in passage ? null : rangeOf(state, passage)
    if (!range) return []
    const { thread } = passage
    // not a text: a class
    const words = Decoration.inline(range.from, range.to, { class: thread === active ? 'passage active' : 'passage', 'data-thread': thread })
    const place = kindAt(state, range)
    if (!place) return [words]
    kinds[thread] = place.kind
    return place.kind === 'cell' ? [words, ...wholeCell(state, place.at, range, thread === active)] : [words]
  })
  return { decorations: DecorationSet.create(state.doc, decorations), kinds }
}

const isMedia = (passage: Commented) => 'media' in passage
const aboutMedia = ({ media }: { media?: true }) => media === true

/** The state after local typing: images and files are searched for again if one was deleted or may have come back. */
function moved(state: EditorState, shown: Shown): Shown {
  const threads = shown.passages.filter(isMedia)
  if (threads.length === 0) return shown
  const isLost = threads.some(({ thread }) => shown.kinds[thread] === 'deleted') || shown.decorations.find(undefined, undefined, aboutMedia).length < threads.length
  return isLost ? withMedia(state, shown) : shown
}

/** Marks the images and files that threads are about. */
function withMedia(state: EditorState, shown: Shown): Shown {
  const threads = shown.passages.filter(isMedia)
  if (threads.length === 0) return shown
  const kinds = { ...shown.kinds }
  const nodes = mediaIn(state)
  const marks = threads.flatMap(({ thread, media: wanted }) => {
    const found = nodes.find(({ media }) => isSame(media, wanted))
    // Before its content has arrived, nothing is known to be deleted.
    if (found || state.doc.content.size > 2) kinds[thread] = found?.kind ?? 'deleted'
    if (!found) return []
    // not a text: a class
    const look = { class: thread === shown.active ? 'commented active' : 'commented', 'data-thread': thread }
    return [Decoration.node(found.at, found.at + found.size, look, { media: true })]
  })
  const decorations = shown.decorations.remove(shown.decorations.find(undefined, undefined, aboutMedia))
  return { ...shown, kinds, decorations: decorations.add(state.doc, marks) }
}

/** The images and files of a document. */
function mediaIn({ doc }: EditorState) {
  const found: { media: Media; kind: 'image' | 'file' | 'card'; at: number; size: number }[] = []
  doc.descendants((node, at) => {
    const marked = mediaOf(node)
    if (marked) found.push({ media: marked.media, kind: marked.kind, at, size: node.nodeSize })
    return !node.isTextblock
  })
  return found
}

const isSame = (one: Media, other: Media) => ('attachment' in one ? 'attachment' in other && one.attachment === other.attachment : 'src' in other && one.src === other.src)

/** Marks a cell as a whole if all of its words are commented. */
function wholeCell({ doc }: EditorState, at: number, { from, to }: { from: number; to: number }, isActive: boolean): Decoration[] {
  const cell = doc.nodeAt(at)
  if (!cell || doc.textBetween(from, to) !== cell.textContent) return []
  return [Decoration.node(at, at + cell.nodeSize, { class: isActive ? 'commented active' : 'commented' })]
}
