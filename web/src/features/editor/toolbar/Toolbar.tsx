// The bar above the text. What does not fit is in the menu at its end; on phones it is at the bottom, above the keyboard.
import type { Editor } from '@tiptap/core'
import { ChevronDown, ClipboardCopy, Eye, FileDown, Focus, Keyboard, ListTree, MessageSquarePlus, MoreHorizontal, PencilLine, Search, UserSearch, WholeWord } from 'lucide-react'
import { useRef, useState } from 'react'
import { Menu } from '../../../elements/Menu'
import { useStore } from '../../../store'
import { ariaKeys, keyName, withKeys } from '../keys'
import type { DocumentMode, Mode } from '../../suggesting'
import { copyAsMarkdown } from '../copy/copySelection'
import { t } from '../messages'
import type { DocumentPanels } from '../panels'
import { hasPassage, isMediaSelected, selected, selectedPassage } from '../passage'
import type { EditorTools } from '../tools'
import { areOn, turn } from '../typing/replacements'
import { ColorMenu, colorsAt } from './ColorMenu'
import { ToolButton, icon, statesOf } from './ToolButton'
import { BLOCKS, HEADINGS, HISTORY, INSERTS, KINDS, LINK, LISTS, MARKS, SCRIPTS, SIDES, TEXT, type Tool } from './tools'
import { useFitting } from './useFitting'
import { useEditorState } from '../useEditorState'

interface Props {
  editor: Editor
  panels: DocumentPanels
  tools: EditorTools
  mode: DocumentMode
  current: Mode
  /** Whether the person may edit, even if the mode is Viewing at present. */
  mayEdit: boolean
  editable: boolean
  mayComment: boolean
  seesReview: boolean
}

/** The groups of tools. When there is no room, they move into the menu, the last group first. */
const GROUPS: Tool[][] = [MARKS, LISTS, BLOCKS, INSERTS, SIDES, SCRIPTS]
const ALL = [...GROUPS.flat(), ...HEADINGS, TEXT, LINK]

export function Toolbar({ editor, panels, tools, mode, current, mayEdit, editable, mayComment, seesReview }: Props) {
  const isAlone = useStore(tools, (state) => state.isAlone)
  const isOutlined = useStore(panels, ({ open }) => open === 'outline')
  const { passage, isCommentable, on, colors } = useEditorState(editor, (editor) => {
    const passage = hasPassage(editor.state)
    return { passage, isCommentable: passage !== null || isMediaSelected(editor.state), on: editable ? statesOf(editor, ALL) : {}, colors: colorsAt(editor) }
  })
  const [replaces, setReplaces] = useState(areOn)
  const bar = useRef<HTMLDivElement>(null)
  const groups = editable ? GROUPS : []
  const fitting = useFitting(bar, groups.length)
  const withPassage = (act: (passage: NonNullable<ReturnType<typeof selectedPassage>>) => void) => () => {
    const passage = selectedPassage(editor.state)
    if (passage) act(passage)
  }
  const comment = () => {
    const passage = selected(editor.state)
    if (passage) panels.beginThread({ passage })
  }
  const kind = KINDS.findLast(({ label }) => on[label])?.label ?? TEXT.label
  const item = (label: string, Icon: Tool['Icon'], run: () => void, keys?: string, isOn?: boolean) => (
    <button key={label} type="button" role="menuitem" aria-keyshortcuts={keys && ariaKeys(keys)} aria-current={isOn || undefined} onClick={run}>
      <Icon {...icon} />{label}{keys && <span className="hint-keys" aria-hidden="true">{keyName(keys)}</span>}
    </button>
  )
  const button = (tool: Tool) => <ToolButton key={tool.label} tool={tool} isOn={on[tool.label]} onUse={() => tool.run(editor)} />
  return (
    <div ref={bar} className="editor-tools tools" role="toolbar" aria-label={editable ? t.formatting : t.comments}>
      {editable && (
        <>
          <span className="group">{HISTORY.map(button)}</span>
          <span className="group">
            <Menu label={t.kindOfBlock({ kind })} icon={<>{kind}<ChevronDown {...icon} /></>}>
              {KINDS.map(({ label, Icon, run, keys }) => item(label, Icon, () => run(editor), keys, label === kind))}
            </Menu>
          </span>
          {groups.slice(0, fitting).map((group) => (
            <span key={group[0]?.label} className="group">
              {group.map(button)}
              {group === MARKS && <ToolButton tool={LINK} isOn={on[LINK.label]} onUse={() => tools.link(true)} />}
              {group === MARKS && <ColorMenu editor={editor} colors={colors} />}
            </span>
          ))}
        </>
      )}
      {mayComment && (
        <span className="group worded">
          <button type="button" className="button quiet" disabled={!isCommentable} title={withKeys(t.commentOnTheSelectedWords, 'Mod-Alt-m')} aria-keyshortcuts={ariaKeys('Mod-Alt-m')} onClick={comment}><MessageSquarePlus {...icon} />{t.comment}</button>
          {current !== 'suggesting' && <button type="button" className="button quiet" title={t.suggestChanges} onMouseDown={(event) => event.preventDefault()} onClick={() => mode.choose('suggesting')}><PencilLine {...icon} />{t.suggest}</button>}
        </span>
      )}
      <span className="group last">
        {seesReview && <button type="button" className="button quiet" aria-label={t.showAuthors} title={t.showWhoWroteTheSelected} disabled={!passage} onClick={withPassage(panels.askAuthors)}><UserSearch {...icon} /></button>}
        <button type="button" className="button quiet" aria-label={t.outline} title={t.outlineTitle} aria-expanded={isOutlined} onClick={() => panels.toggle('outline')}><ListTree {...icon} /></button>
        <Menu label={t.moreTools} icon={<MoreHorizontal {...icon} />}>
          {groups.slice(fitting).flat().map(({ label, Icon, run, keys }) => item(label, Icon, () => run(editor), keys, on[label]))}
          {editable && fitting === 0 && item(t.link, LINK.Icon, () => tools.link(true), 'Mod-k')}
          {item(t.find, Search, () => tools.find('find'), 'Mod-f')}
          {editable && item(t.findAndReplace, Search, () => tools.find('replace'), 'Mod-h')}
          {mayEdit && current === 'viewing' && item(t.editMode, PencilLine, () => mode.choose('editing'))}
          {mayEdit && current === 'editing' && item(t.readOnly, Eye, () => mode.choose('viewing'))}
          {item(isAlone ? t.leaveFocusMode : t.focusMode, Focus, () => tools.alone(!isAlone))}
          {editable && item(replaces ? t.turnOffTypographic : t.turnOnTypographic, WholeWord, () => {
            turn(!replaces)
            setReplaces(!replaces)
          })}
          {item(t.copyAsMarkdown, ClipboardCopy, () => void copyAsMarkdown(editor.state), 'Mod-Alt-Shift-m')}
          {item(t.viewAsMarkdown, FileDown, () => tools.show('markdown'))}
          {item(t.keyboardShortcuts, Keyboard, () => tools.show('keys'), 'Mod-/')}
        </Menu>
      </span>
    </div>
  )
}
