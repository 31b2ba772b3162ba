// Keeps a list open while one types after a character such as "/" at the beginning of a word.
import type { Editor, Range } from '@tiptap/core'
import type { ResolvedPos } from '@tiptap/pm/model'
import { Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { type Menu, SuggestionMenu } from './SuggestionMenu'

interface Options<Item> {
  editor: Editor
  /** The name of the plugin. */
  name: string
  /** The characters that open the list. */
  sign: string
  /** Whether the query may have spaces. */
  allowsSpaces?: boolean
  items: (query: string) => Item[] | Promise<Item[]>
  /** Puts an item in the place of what was typed. */
  insert: (editor: Editor, range: Range, item: Item) => void
  menu: Menu<Item>
}

interface Typed extends Range {
  query: string
}

interface State {
  typed: Typed | null
  /** Where the list was closed by Escape, until a space is typed there. */
  closedAt: number | null
}

const NONE: State = { typed: null, closedAt: null }

export function offering<Item>({ editor, name, sign, allowsSpaces = false, items, insert, menu }: Options<Item>): Plugin {
  const key = new PluginKey<State>(name)
  const pattern = patternOf(sign, allowsSpaces)
  let list: SuggestionMenu<Item> | null = null
  /** The number of the last query: the answer to an earlier one comes too late. */
  let asked = 0

  const end = () => {
    asked++
    list?.end()
    list = null
  }
  const draw = (view: EditorView, typed: Typed, found: Item[]) =>
    list?.show({ items: found, query: typed.query, place: view.coordsAtPos(typed.from), choose: (item) => insert(editor, typed, item) })
  const ask = (view: EditorView, typed: Typed) => {
    const own = ++asked
    const found = items(typed.query)
    draw(view, typed, Array.isArray(found) ? found : [])
    if (!Array.isArray(found)) void found.catch(() => []).then((later) => own === asked && draw(view, typed, later))
  }

  return new Plugin<State>({
    key,
    state: {
      init: () => NONE,
      apply: (tr, { typed, closedAt }) => {
        if (tr.getMeta(key) === 'close') return { typed: null, closedAt: typed?.from ?? closedAt }
        const { composing } = editor.view
        const now = editor.isEditable && (tr.selection.empty || composing) ? typedBefore(tr.selection.$from, pattern, sign) : null
        if (!now) return NONE
        const closed = closedAt === null ? null : tr.mapping.map(closedAt)
        const staysClosed = closed === now.from && (allowsSpaces || !insertsSpace(tr))
        return staysClosed ? { typed: null, closedAt: closed } : { typed: now, closedAt: null }
      },
    },
    view: () => ({
      update: (view, before) => {
        const [was, is] = [key.getState(before)?.typed, key.getState(view.state)?.typed]
        if (!is) return was ? end() : undefined
        if (list && was?.from === is.from && was.to === is.to && was.query === is.query) return
        list ??= new SuggestionMenu(menu, view.dom)
        ask(view, is)
      },
      destroy: end,
    }),
    props: {
      handleKeyDown: (view, event) => {
        if (!key.getState(view.state)?.typed) return false
        if (event.key !== 'Escape') return list?.key(event) ?? false
        view.dispatch(view.state.tr.setMeta(key, 'close'))
        return true
      },
    },
  })
}

/** The sign, and what was typed behind it until the caret. */
function patternOf(sign: string, allowsSpaces: boolean): RegExp {
  const escaped = sign.replace(/[[\]/.*+?^$|(){}\\]/g, '\\$&')
  return new RegExp(`(?<=^| )${escaped}(${allowsSpaces ? `(?:(?!\\s${escaped}).)*` : `[^\\s${escaped}]*`})$`)
}

function typedBefore({ nodeBefore, pos }: ResolvedPos, pattern: RegExp, sign: string): Typed | null {
  const query = nodeBefore?.isText ? pattern.exec(nodeBefore.text ?? '')?.[1] : undefined
  return query === undefined ? null : { from: pos - query.length - sign.length, to: pos, query }
}

const insertsSpace = ({ doc, mapping }: Transaction): boolean =>
  mapping.maps.some((map, index) => {
    const later = mapping.slice(index + 1)
    let found = false
    map.forEach((_from, _to, from, to) => {
      found ||= /\s/.test(doc.textBetween(later.map(from, -1), later.map(to), '\n'))
    })
    return found
  })
