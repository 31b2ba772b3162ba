import type { Editor } from '@tiptap/core'
import { CaseSensitive, ChevronDown, ChevronUp, Replace, WholeWord, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useStore } from '../../../store'
import { withKeys } from '../keys'
import { t } from '../messages'
import { icon } from '../toolbar/ToolButton'
import type { EditorTools } from '../tools'
import { find, foundIn, go, leave, replaceAll, replaceCurrent } from './Find'
import { useEditorState } from '../useEditorState'

/** Finds words in the text, and replaces them. */
export function FindBar({ editor, tools, editable }: { editor: Editor; tools: EditorTools; editable: boolean }) {
  const mode = useStore(tools, (state) => state.find)
  const field = useRef<HTMLInputElement>(null)
  const [query, setQuery] = useState(() => selectedWords(editor))
  const [words, setWords] = useState('')
  const [isCased, setCased] = useState(false)
  const [isWhole, setWhole] = useState(false)
  const [replaced, setReplaced] = useState<number | null>(null)
  const { count, current } = useEditorState(editor, ({ state }) => ({ count: foundIn(state).ranges.length, current: foundIn(state).current }))
  useEffect(() => {
    find(editor.view, query === '' ? null : { query, isCased, isWhole })
    setReplaced(null)
  }, [editor, query, isCased, isWhole])
  useEffect(() => {
    if (!mode) return
    field.current?.focus()
    field.current?.select()
  }, [mode])
  useEffect(() => () => {
    if (!editor.isDestroyed) leave(editor.view)
  }, [editor])
  const close = () => {
    tools.find(null)
    editor.commands.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close()
    else if (event.key === 'Enter' && event.target === field.current) go(editor.view, event.shiftKey ? -1 : 1)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const found = query === '' ? '' : count === 0 ? t.notFound : t.matchAt({ at: current + 1, count })
  return (
    <search className="find-bar" aria-label={t.findInThisDocument} onKeyDown={onKeyDown}>
      <div>
        <input ref={field} type="text" aria-label={t.find} placeholder={t.find} value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
        <span className="found" role="status">{replaced === null ? found : t.replacedCount({ count: replaced })}</span>
        <button type="button" className="button quiet" aria-label={t.matchCase} title={t.matchCase} aria-pressed={isCased} onClick={() => setCased(!isCased)}><CaseSensitive {...icon} /></button>
        <button type="button" className="button quiet" aria-label={t.wholeWords} title={t.wholeWords} aria-pressed={isWhole} onClick={() => setWhole(!isWhole)}><WholeWord {...icon} /></button>
        <button type="button" className="button quiet" aria-label={t.previousMatch} title={withKeys(t.previousMatch, 'Shift-Enter')} disabled={count === 0} onClick={() => go(editor.view, -1)}><ChevronUp {...icon} /></button>
        <button type="button" className="button quiet" aria-label={t.nextMatch} title={withKeys(t.nextMatch, 'Enter')} disabled={count === 0} onClick={() => go(editor.view, 1)}><ChevronDown {...icon} /></button>
        {editable && mode === 'find' && <button type="button" className="button quiet" aria-label={t.alsoReplace} title={withKeys(t.alsoReplace, 'Mod-h')} onClick={() => tools.find('replace')}><Replace {...icon} /></button>}
        <button type="button" className="button quiet" aria-label={t.closeFinding} title={withKeys(t.close, 'Esc')} onClick={close}><X {...icon} /></button>
      </div>
      {editable && mode === 'replace' && (
        <div>
          <input type="text" aria-label={t.replaceWith} placeholder={t.replaceWith} value={words} onChange={(event) => setWords(event.currentTarget.value)} onKeyDown={(event) => event.key === 'Enter' && replaceCurrent(editor.view, words)} />
          <button type="button" className="button" disabled={count === 0} onClick={() => replaceCurrent(editor.view, words)}>{t.replace}</button>
          <button type="button" className="button" disabled={count === 0} onClick={() => setReplaced(replaceAll(editor.view, words))}>{t.replaceAll}</button>
        </div>
      )}
    </search>
  )
}

/** If a part of a line is selected, it becomes the search text. */
function selectedWords({ state: { selection: { from, to, $from, $to }, doc } }: Editor): string {
  return $from.sameParent($to) && to - from < 200 ? doc.textBetween(from, to) : ''
}
