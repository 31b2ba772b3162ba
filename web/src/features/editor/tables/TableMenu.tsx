// Above the table that the caret is in: what can be done with its rows, columns and cells.
import { TextSelection } from '@tiptap/pm/state'
import type { Editor } from '@tiptap/core'
import { ChevronDown, MessageSquarePlus, Trash2 } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { Menu } from '../../../elements/Menu'
import { t } from '../messages'
import type { DocumentPanels } from '../panels'
import { aboutNode } from '../passage'
import { icon } from '../toolbar/ToolButton'
import { useFloating } from '../useFloating'
import { useHasFocus } from '../useHasFocus'
import { cellAt, tableAt } from './tables'
import { useEditorState } from '../useEditorState'

/** Whether the cell of the caret has words. */
function wordsInCell(state: Editor['state']): boolean {
  const cell = cellAt(state)
  return cell !== null && state.doc.nodeAt(cell)?.textContent.trim() !== ''
}

type Run = (chain: ReturnType<Editor['chain']>) => ReturnType<Editor['chain']>

interface Props {
  editor: Editor
  panels: DocumentPanels
  editable: boolean
  mayComment: boolean
}

export function TableMenu({ editor, panels, editable, mayComment }: Props) {
  const bar = useRef<HTMLDivElement>(null)
  const { isInside, isSelecting, canMerge, canSplit, canSort, hasWords, at } = useEditorState(editor, (editor) => {
    const { state } = editor
    const isInside = editor.isActive('table')
    return {
      isInside,
      isSelecting: state.selection instanceof TextSelection && !state.selection.empty,
      canMerge: isInside && editor.can().mergeCells(),
      canSplit: isInside && editor.can().splitCell(),
      canSort: isInside && editor.can().sortRows('up'),
      hasWords: isInside && wordsInCell(state),
      at: isInside ? state.selection.$from.before(1) : 0,
    }
  })
  const { hasFocus, onBlur } = useHasFocus(editor, bar)
  // With selected words, their bar is enough.
  const isShown = isInside && editable && hasFocus && !isSelecting
  useFloating(bar, { rect: () => tableAt(editor)?.getBoundingClientRect() ?? null, prefers: 'above', isAtEnd: true }, isShown, at)
  if (!isShown) return null
  const item = (label: string, run: Run, disabled = false) => (
    <button type="button" role="menuitem" disabled={disabled} onClick={() => run(editor.chain().focus()).run()}>{label}</button>
  )
  const comment = () => {
    const cell = cellAt(editor.state)
    const passage = cell === null ? null : aboutNode(editor.state, cell)
    if (passage) panels.beginThread({ passage })
  }
  const opener = (name: string): ReactNode => <>{name}<ChevronDown {...icon} /></>
  return (
    <div ref={bar} className="floating table-menu tools" role="toolbar" aria-label={t.tableTools} onBlur={onBlur} onMouseDown={(event) => event.preventDefault()}>
      <Menu label={t.row} icon={opener(t.row)}>
        {item(t.insertRowAbove, (chain) => chain.addRowBefore())}
        {item(t.insertRowBelow, (chain) => chain.addRowAfter())}
        {item(t.headerRow, (chain) => chain.toggleHeaderRow())}
        {item(t.deleteRow, (chain) => chain.deleteRow())}
      </Menu>
      <Menu label={t.column} icon={opener(t.column)}>
        {item(t.insertColumnLeft, (chain) => chain.addColumnBefore())}
        {item(t.insertColumnRight, (chain) => chain.addColumnAfter())}
        {item(t.headerColumn, (chain) => chain.toggleHeaderColumn())}
        {item(t.sortAToZ, (chain) => chain.sortRows('up'), !canSort)}
        {item(t.sortZToA, (chain) => chain.sortRows('down'), !canSort)}
        {item(t.deleteColumn, (chain) => chain.deleteColumn())}
      </Menu>
      <Menu label={t.cells} icon={opener(t.cells)}>
        {item(t.mergeCells, (chain) => chain.mergeCells(), !canMerge)}
        {item(t.splitCell, (chain) => chain.splitCell(), !canSplit)}
        {item(t.alignLeft, (chain) => chain.setCellAttribute('align', null))}
        {item(t.alignCenter, (chain) => chain.setCellAttribute('align', 'center'))}
        {item(t.alignRight, (chain) => chain.setCellAttribute('align', 'right'))}
      </Menu>
      {mayComment && <button type="button" className="button quiet" aria-label={t.commentOnTheCell} title={t.commentOnTheCell} disabled={!hasWords} onClick={comment}><MessageSquarePlus {...icon} /></button>}
      <button type="button" className="button quiet" aria-label={t.deleteTable} title={t.deleteTable} onClick={() => editor.chain().focus().deleteTable().run()}><Trash2 {...icon} /></button>
    </div>
  )
}
