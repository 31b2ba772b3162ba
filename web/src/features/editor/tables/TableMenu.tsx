// Above the table that the caret is in: what can be done with its rows, columns and cells.
import { type Editor, useEditorState } from '@tiptap/react'
import { ChevronDown, Trash2 } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { Menu } from '../../../elements/Menu'
import { icon } from '../toolbar/ToolButton'
import { useFloating } from '../useFloating'
import { tableAt } from './tables'

type Run = (chain: ReturnType<Editor['chain']>) => ReturnType<Editor['chain']>

export function TableMenu({ editor, editable }: { editor: Editor; editable: boolean }) {
  const bar = useRef<HTMLDivElement>(null)
  const { isInside, canMerge, canSplit, canSort, at } = useEditorState({
    editor,
    selector: ({ editor }) => {
      const isInside = editor.isActive('table')
      return {
        isInside,
        canMerge: isInside && editor.can().mergeCells(),
        canSplit: isInside && editor.can().splitCell(),
        canSort: isInside && editor.can().sortRows('up'),
        at: isInside ? editor.state.selection.$from.before(1) : 0,
      }
    },
  })
  const isShown = isInside && editable
  useFloating(bar, { rect: () => tableAt(editor)?.getBoundingClientRect() ?? null, prefers: 'above', isAtEnd: true }, isShown, at)
  if (!isShown) return null
  const item = (label: string, run: Run, disabled = false) => (
    <button type="button" role="menuitem" disabled={disabled} onClick={() => run(editor.chain().focus()).run()}>{label}</button>
  )
  const opener = (name: string): ReactNode => <>{name}<ChevronDown {...icon} /></>
  return (
    <div ref={bar} className="floating table-menu tools" role="toolbar" aria-label="Table tools">
      <Menu label="Row" icon={opener('Row')}>
        {item('Insert row above', (chain) => chain.addRowBefore())}
        {item('Insert row below', (chain) => chain.addRowAfter())}
        {item('Header row', (chain) => chain.toggleHeaderRow())}
        {item('Delete row', (chain) => chain.deleteRow())}
      </Menu>
      <Menu label="Column" icon={opener('Column')}>
        {item('Insert column left', (chain) => chain.addColumnBefore())}
        {item('Insert column right', (chain) => chain.addColumnAfter())}
        {item('Header column', (chain) => chain.toggleHeaderColumn())}
        {item('Sort A to Z', (chain) => chain.sortRows('up'), !canSort)}
        {item('Sort Z to A', (chain) => chain.sortRows('down'), !canSort)}
        {item('Delete column', (chain) => chain.deleteColumn())}
      </Menu>
      <Menu label="Cells" icon={opener('Cells')}>
        {item('Merge cells', (chain) => chain.mergeCells(), !canMerge)}
        {item('Split cell', (chain) => chain.splitCell(), !canSplit)}
        {item('Align left', (chain) => chain.setCellAttribute('align', null))}
        {item('Align center', (chain) => chain.setCellAttribute('align', 'center'))}
        {item('Align right', (chain) => chain.setCellAttribute('align', 'right'))}
      </Menu>
      <button type="button" className="button quiet" aria-label="Delete table" title="Delete table" onClick={() => editor.chain().focus().deleteTable().run()}><Trash2 {...icon} /></button>
    </div>
  )
}
