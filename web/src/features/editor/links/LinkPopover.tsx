// At a link: where it leads, and to change, copy or remove it. For selected words: to make one.
import { type Editor, getMarkRange } from '@tiptap/core'
import { Copy, ExternalLink, PanelTop, PencilLine, Unlink } from 'lucide-react'
import { type FormEvent, type KeyboardEvent as ReactKeyboardEvent, useEffect, useRef, useState } from 'react'
import { copyText } from '../../../copy'
import { useStore } from '../../../store'
import { t } from '../messages'
import type { EditorTools } from '../tools'
import { icon } from '../toolbar/ToolButton'
import { useFloating } from '../useFloating'
import { isWebAddress } from '../embed/frames'
import { addressFrom, isSafeAddress } from './address'
import { useEditorState } from '../useEditorState'

interface Props {
  editor: Editor
  tools: EditorTools
  editable: boolean
}

export function LinkPopover({ editor, tools, editable }: Props) {
  const card = useRef<HTMLDivElement>(null)
  const isLinking = useStore(tools, (state) => state.isLinking)
  const [dismissed, dismiss] = useState<number | null>(null)
  const [isFocused, setFocused] = useState(editor.isFocused)
  const link = useEditorState(editor, linkAt)
  useEffect(() => {
    const look = () => setTimeout(() => setFocused(editor.isFocused || card.current?.contains(document.activeElement) === true))
    editor.on('focus', look)
    editor.on('blur', look)
    return () => {
      editor.off('focus', look)
      editor.off('blur', look)
    }
  }, [editor])
  useEffect(() => {
    if (link === null) dismiss(null)
  }, [link])
  const isCard = link !== null && !isLinking && isFocused && dismissed !== link.from
  const isShown = (isLinking && editable) || isCard
  const rect = () => {
    const { from, to } = link ?? editor.state.selection
    const [start, end] = [editor.view.coordsAtPos(from), editor.view.coordsAtPos(to, -1)]
    return { left: start.left, right: end.right, top: start.top, bottom: end.bottom }
  }
  useFloating(card, { rect, prefers: 'below' }, isShown, isLinking, link?.from, link?.href)
  useEffect(() => {
    if (!isCard) return
    const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && dismiss(link.from)
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [isCard, link?.from])
  if (!isShown) return null
  if (isLinking) {
    return <div ref={card} className="floating link-card"><LinkForm key={link?.from} editor={editor} link={link} onDone={() => tools.link(false)} /></div>
  }
  if (!link) return null
  const remove = () => editor.chain().focus().extendMarkRange('link').unsetLink().setTextSelection(editor.state.selection.to).run()
  return (
    <div ref={card} className="floating link-card" role="toolbar" aria-label={t.link}>
      {isSafeAddress(link.href) ? <a href={link.href} target="_blank" rel="noopener noreferrer nofollow"><ExternalLink {...icon} /><span>{link.href}</span></a> : <span className="hint">{link.href}</span>}
      {editable && <button type="button" className="button quiet" aria-label={t.editLink} title={t.editLink} onClick={() => tools.link(true)}><PencilLine {...icon} /></button>}
      <button type="button" className="button quiet" aria-label={t.copyAddress} title={t.copyAddress} onClick={() => void copyText(link.href)}><Copy {...icon} /></button>
      {editable && link.isAlone && <button type="button" className="button quiet" aria-label={t.showAsCard} title={t.showAsCard} onClick={() => asCard(editor, link)}><PanelTop {...icon} /></button>}
      {editable && <button type="button" className="button quiet" aria-label={t.removeLink} title={t.removeLink} onClick={remove}><Unlink {...icon} /></button>}
    </div>
  )
}

interface Link {
  from: number
  to: number
  href: string
  /** Whether it is a page on the web, and nothing else is in its line. */
  isAlone: boolean
}

/** The link at the caret, or that the selection is in. */
function linkAt({ state }: Editor): Link | null {
  const type = state.schema.marks.link
  if (!type) return null
  const { $from, to } = state.selection
  const range = getMarkRange($from, type)
  if (!range || to > range.to) return null
  const mark = state.doc.nodeAt(range.from)?.marks.find((mark) => mark.type === type)
  if (!mark) return null
  const href = String(mark.attrs.href ?? '')
  const isAlone = $from.parent.type.name === 'paragraph' && range.to - range.from === $from.parent.content.size && isWebAddress(href)
  return { ...range, href, isAlone }
}

/** The line of a link becomes a card. Its words are the title, unless they are the address. */
function asCard(editor: Editor, { from, to, href }: Link): void {
  const words = editor.state.doc.textBetween(from, to)
  const embed = { type: 'embed', attrs: { href, title: addressFrom(words) === href ? null : words } }
  editor.chain().focus().insertContentAt({ from: from - 1, to: to + 1 }, embed).run()
}

function LinkForm({ editor, link, onDone }: { editor: Editor; link: ReturnType<typeof linkAt>; onDone: () => void }) {
  const [value, setValue] = useState(link?.href ?? '')
  const [problem, setProblem] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  const leave = () => {
    onDone()
    editor.commands.focus()
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    const href = addressFrom(value)
    if (value.trim() === '' && link) editor.chain().focus().extendMarkRange('link').unsetLink().run()
    else if (!href) return setProblem(t.enterAWebAddressSuch)
    else if (!link && editor.state.selection.empty) editor.chain().focus().insertContent({ type: 'text', text: value.trim(), marks: [{ type: 'link', attrs: { href } }] }).run()
    else editor.chain().focus().extendMarkRange('link').setLink({ href }).run()
    leave()
  }
  const onKeyDown = (event: ReactKeyboardEvent) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    leave()
  }
  return (
    <form onSubmit={save} noValidate onKeyDown={onKeyDown} onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && onDone()}>
      <input ref={field} type="text" inputMode="url" aria-label={t.addressOfTheLink} placeholder={t.pasteOrTypeAnAddress} aria-invalid={problem !== ''} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
      <button type="submit" className="button primary">{link ? t.saveLink : t.addLink}</button>
      {problem && <small role="alert">{problem}</small>}
    </form>
  )
}
