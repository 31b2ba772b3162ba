// Shows the open suggestions of all people in the text itself. Decorations, never marks: they are made once for each
// answer of the server, and only moved while people type.
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, Selection, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet, type EditorProps, type EditorView } from '@tiptap/pm/view'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import type { Shown, SuggestionView } from '../api'
import { mappingBetween } from '../rebase/rebase'
import { decorate } from './decorate'
import { placesIn } from './places'

/** The suggestions to show, and the text at the time when they were requested. */
export interface Answer {
  items: readonly SuggestionView[]
  asked: Node | null
  colorOf: (author: string) => string | undefined
}

interface Marks {
  all: DecorationSet
  active: string | null
}

const key = new PluginKey<Marks>('suggestionMarks')

export const showSuggestions = (state: EditorState, answer: Answer): Transaction => state.tr.setMeta(key, { answer }).setMeta('addToHistory', false)

/** Marks the suggestion that is looked at. */
export const activateSuggestion = (state: EditorState, active: string | null): Transaction => state.tr.setMeta(key, { active }).setMeta('addToHistory', false)

export const SuggestionMarks = Extension.create<{ onOpen: (suggestion: string) => void }>({
  name: 'suggestionMarks',
  addOptions: () => ({ onOpen: () => {} }),
  addProseMirrorPlugins() {
    const { onOpen } = this.options
    return [
      new Plugin<Marks>({
        key,
        state: {
          init: () => ({ all: DecorationSet.empty, active: null }),
          apply(tr, marks, before, state) {
            const { answer, active } = (tr.getMeta(key) ?? {}) as { answer?: Answer; active?: string | null }
            if (answer) return { ...marks, all: decorationsFor(state.doc, answer) }
            if (active !== undefined) return { ...marks, active }
            if (!tr.docChanged || marks.all === DecorationSet.empty) return marks
            // For each edit of others, the binding replaces the whole text, but unchanged nodes stay the same objects.
            const mapping = tr.getMeta(ySyncPluginKey) ? mappingBetween(before.doc, state.doc) : tr.mapping
            return { ...marks, all: marks.all.map(mapping, tr.doc) }
          },
        },
        props: {
          decorations(state) {
            const { all, active } = key.getState(state) as Marks
            if (!active) return all
            const looked = all.find(undefined, undefined, ({ id, isMark }) => id === active && isMark).filter(({ from, to }) => to > from)
            return all.add(state.doc, looked.map(({ from, to }) => Decoration.inline(from, to, { class: 'looked' })))
          },
          ...opening(onOpen),
        },
      }),
    ]
  },
})

/** A click on a suggestion puts the caret there, and opens it. */
export function opening(onOpen: (suggestion: string) => void): Pick<EditorProps, 'handleClick' | 'handleDOMEvents'> {
  const open = (view: EditorView, at: number, id: string | undefined): boolean => {
    if (!id) return false
    view.dispatch(view.state.tr.setSelection(Selection.near(view.state.doc.resolve(at))))
    if (view.editable) view.focus()
    onOpen(id)
    return true
  }
  return {
    handleClick: (view, at, event) => open(view, at, event.target instanceof Element ? event.target.closest<HTMLElement>('[data-suggestion]')?.dataset.suggestion : undefined),
    handleDOMEvents: {
      // Elements that are not part of the text must not get the caret: text typed there would be lost.
      mousedown(view, event) {
        const widget = event.button === 0 && event.target instanceof Element ? event.target.closest<HTMLElement>('.ProseMirror-widget[data-suggestion]') : null
        if (!widget) return false
        event.preventDefault()
        return open(view, view.posAtDOM(widget, 0), widget.dataset.suggestion)
      },
    },
  }
}

/** The place of a suggestion in the editor; null if it is not shown there. */
export function rangeOfSuggestion(state: EditorState, id: string): { from: number; to: number } | null {
  const found = key.getState(state)?.all.find(undefined, undefined, (spec) => spec.id === id)
  return found?.length ? { from: Math.min(...found.map(({ from }) => from)), to: Math.max(...found.map(({ to }) => to)) } : null
}

function decorationsFor(doc: Node, { items, asked, colorOf }: Answer): DecorationSet {
  const now: Decoration[] = []
  const earlier: Decoration[] = []
  const [inDoc, inAsked] = [placesIn(doc), asked && asked !== doc ? placesIn(asked) : null]
  for (const item of items) {
    const shown = item.decoration
    if (item.state !== 'open' || !shown) continue
    const looks = { id: item.id, color: item.color ?? colorOf(item.author) }
    // People may have typed since the server looked, or before it did.
    if (asked && inAsked && readsAs(asked, inAsked, shown, item.before)) earlier.push(...decorate(asked, placed(inAsked, shown), item, shown, looks))
    else if (readsAs(doc, inDoc, shown, item.before)) now.push(...decorate(doc, placed(inDoc, shown), item, shown, looks))
  }
  const set = DecorationSet.create(doc, now)
  if (earlier.length === 0 || !asked) return set
  return set.add(doc, DecorationSet.create(asked, earlier).map(mappingBetween(asked, doc), doc).find())
}

type PlaceOf = ReturnType<typeof placesIn>
const placed = (placeOf: PlaceOf, { from, to }: Shown) => ({ from: placeOf(from) ?? 0, to: placeOf(to) ?? 0 })
const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '')

/** Whether the words between the points of a suggestion are those that it is about. */
function readsAs(doc: Node, placeOf: PlaceOf, { kind, from, to }: Shown, before: string): boolean {
  const [start, end] = [placeOf(from), placeOf(to)]
  if (start === null || end === null || start > end) return false
  if (kind !== 'delete' && kind !== 'replace' && kind !== 'format') return true
  const [here, wanted] = [letters(doc.textBetween(start, end, ' ', ' ')), letters(before)]
  return here === wanted || (wanted !== '' && here.startsWith(wanted)) || (here !== '' && wanted.startsWith(here) && here.length >= 20)
}
