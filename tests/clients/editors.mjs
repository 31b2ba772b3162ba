// Editors without a page: ProseMirror bound to Yjs by the page's own binding, with its schema and its keys.
import { ySyncPlugin, yUndoPlugin } from '@tiptap/y-tiptap'
import { chainCommands, createParagraphNear, deleteSelection, joinBackward, liftEmptyBlock, newlineInCode, selectNodeBackward, splitBlock } from 'prosemirror-commands'
import { Schema } from 'prosemirror-model'
import { splitListItem } from 'prosemirror-schema-list'
import { EditorState, TextSelection } from 'prosemirror-state'

/** The nodes of the page's editor that matter here. */
const cell = { colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null }, align: { default: null } }
export const schema = new Schema({
  nodes: {
    doc: { content: 'block+' },
    paragraph: { content: 'inline*', group: 'block' },
    heading: { content: 'inline*', group: 'block', attrs: { level: { default: 1 } }, defining: true },
    blockquote: { content: 'block+', group: 'block', defining: true },
    bulletList: { content: 'listItem+', group: 'block list' },
    orderedList: { content: 'listItem+', group: 'block list', attrs: { start: { default: 1 }, type: { default: null } } },
    listItem: { content: 'paragraph block*', defining: true },
    codeBlock: { content: 'text*', group: 'block', marks: '', code: true, attrs: { language: { default: null } } },
    table: { content: 'tableRow+', group: 'block', tableRole: 'table', isolating: true },
    tableRow: { content: '(tableCell | tableHeader)*', tableRole: 'row' },
    tableCell: { content: 'block+', tableRole: 'cell', isolating: true, attrs: cell },
    tableHeader: { content: 'block+', tableRole: 'header_cell', isolating: true, attrs: cell },
    image: { content: '', group: 'block', attrs: Object.fromEntries(['src', 'alt', 'title', 'width', 'height', 'href', 'attachment'].map((name) => [name, { default: null }])) },
    hardBreak: { content: '', group: 'inline', inline: true },
    text: { group: 'inline' },
  },
  marks: { bold: {}, italic: {} },
})

/** What the keys do. */
export const enter = chainCommands(splitListItem(schema.nodes.listItem), newlineInCode, createParagraphNear, liftEmptyBlock, splitBlock)
export const backspace = chainCommands(deleteSelection, joinBackward, selectNodeBackward)

/** An editor without a page: state, plugins and their views. */
export class Editor {
  constructor(fragment) {
    const plugins = [ySyncPlugin(fragment), yUndoPlugin()]
    this.state = EditorState.create({ schema, plugins })
    this.views = []
    for (const plugin of plugins) this.views.push(plugin.spec.view?.(this))
  }

  dispatch(tr) {
    const before = this.state
    this.state = this.state.apply(tr)
    for (const view of this.views) view?.update?.(this, before)
  }

  destroy() {
    for (const view of this.views) view?.destroy?.()
  }

  updateState(state) {
    this.state = state
  }

  hasFocus() {
    return false
  }

  run(command) {
    return command(this.state, (tr) => this.dispatch(tr))
  }

  select(from, to = from) {
    const { doc } = this.state
    this.dispatch(this.state.tr.setSelection(TextSelection.between(doc.resolve(from), doc.resolve(to))))
  }

  /** Selects a word, or puts the caret before it or after it. */
  find(word, side) {
    let at = -1
    this.state.doc.descendants((node, pos) => {
      const index = node.isText ? node.text.indexOf(word) : -1
      if (at < 0 && index >= 0) at = pos + index
    })
    if (at < 0) throw new Error(`${word} is not in the text`)
    if (side === 'before') this.select(at)
    else if (side === 'after') this.select(at + word.length)
    else this.select(at, at + word.length)
    return this
  }
}
