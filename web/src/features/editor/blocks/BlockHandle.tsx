// Beside the block under the mouse: a handle to drag it by, and a menu of what can be done with it.
import { NodeSelection, TextSelection } from '@tiptap/pm/state'
import type { Editor } from '@tiptap/core'
import { ArrowDown, ArrowUp, Copy, GripVertical, Link2, MessageSquarePlus, Trash2 } from 'lucide-react'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import { copyText } from '../../../copy'
import { Menu } from '../../../elements/Menu'
import { keyName } from '../keys'
import { t } from '../messages'
import type { DocumentPanels } from '../panels'
import { aboutNode, mediaOf } from '../passage'
import { icon } from '../toolbar/ToolButton'
import { KINDS } from '../toolbar/tools'
import { addressOfPassage } from './address'

interface Props {
  editor: Editor
  document: string
  panels: DocumentPanels
  editable: boolean
  mayComment: boolean
  /** Where the mouse already is, if it is over the text. */
  pointerY: number | undefined
}

/** The block of the document, or the item of a list, that a line of the page belongs to. */
function blockUnder(editor: Editor, y: number): HTMLElement | null {
  const { dom } = editor.view
  let block: Element | undefined
  for (const child of dom.children) {
    const { top, bottom } = child.getBoundingClientRect()
    if (y >= top - 6 && y <= bottom + 6 && bottom > top) block = child
  }
  while (block?.matches('ul,ol')) {
    const item: Element | undefined = [...block.children].find((child) => child.getBoundingClientRect().bottom >= y)
    if (!item) break
    const inner: Element | undefined = [...item.querySelectorAll('ul,ol')].find((list) => list.getBoundingClientRect().top <= y && list.getBoundingClientRect().bottom >= y)
    block = inner ?? item
  }
  return block instanceof HTMLElement ? block : null
}

/** Where the block is in the document; null if it is no longer there. */
function placeOf({ view, state }: Editor, block: HTMLElement): number | null {
  if (!block.isConnected) return null
  const inside = view.posAtDOM(block, 0)
  if (view.nodeDOM(inside) === block) return inside
  const $inside = state.doc.resolve(inside)
  for (let depth = $inside.depth; depth > 0; depth--) if (view.nodeDOM($inside.before(depth)) === block) return $inside.before(depth)
  return null
}

export function BlockHandle({ editor, document, panels, editable, mayComment, pointerY }: Props) {
  const handle = useRef<HTMLDivElement>(null)
  const [block, setBlock] = useState<HTMLElement | null>(() => (pointerY === undefined ? null : blockUnder(editor, pointerY)))
  useEffect(() => {
    // The editor may be destroyed before this effect is cleaned up: a suggester's own editor is, when they change to
    // editing.
    const { dom } = editor.view
    const sheet = dom.closest('.sheet')
    let frame = 0
    const onMove = (event: Event) => {
      const { clientY, buttons, pointerType } = event as PointerEvent
      if (buttons !== 0 || pointerType === 'touch' || handle.current?.querySelector('[role="menu"]')) return
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => setBlock(blockUnder(editor, clientY)))
    }
    const hide = (event: Event) => {
      const isOnHandle = event instanceof PointerEvent && handle.current?.contains(event.relatedTarget as Node | null)
      if (!isOnHandle && !handle.current?.querySelector('[role="menu"]')) setBlock(null)
    }
    sheet?.addEventListener('pointermove', onMove)
    sheet?.addEventListener('pointerleave', hide)
    dom.addEventListener('keydown', hide)
    addEventListener('scroll', hide, true)
    return () => {
      cancelAnimationFrame(frame)
      sheet?.removeEventListener('pointermove', onMove)
      sheet?.removeEventListener('pointerleave', hide)
      dom.removeEventListener('keydown', hide)
      removeEventListener('scroll', hide, true)
    }
  }, [editor])
  useEffect(() => {
    if (!block || !handle.current) return
    const { top, left } = block.getBoundingClientRect()
    const line = Number.parseFloat(getComputedStyle(block).lineHeight) || 28
    const padding = Number.parseFloat(getComputedStyle(block).paddingTop) || 0
    const edge = editor.view.dom.getBoundingClientRect().left
    handle.current.style.setProperty('top', `${top + padding + line / 2 - 14}px`)
    handle.current.toggleAttribute('data-low', top > innerHeight * 0.55)
    handle.current.style.setProperty('left', `${Math.min(left, edge) - 30}px`)
  }, [block, editor])
  if (!block) return null
  const select = (): boolean => {
    const at = placeOf(editor, block)
    const node = at === null ? null : editor.state.doc.nodeAt(at)
    if (at === null || !node) return false
    const { doc, tr } = editor.state
    editor.view.dispatch(tr.setSelection(NodeSelection.isSelectable(node) ? NodeSelection.create(doc, at) : TextSelection.near(doc.resolve(at + 1))))
    return true
  }
  const onDragStart = (event: DragEvent) => {
    if (!select()) return
    const slice = editor.state.selection.content()
    const { dom, text } = editor.view.serializeForClipboard(slice)
    event.dataTransfer.clearData()
    event.dataTransfer.setData('text/html', dom.innerHTML)
    event.dataTransfer.setData('text/plain', text)
    event.dataTransfer.effectAllowed = 'copyMove'
    event.dataTransfer.setDragImage(block, 0, 0)
    editor.view.dragging = { slice, move: true }
  }
  const within = (act: () => void) => () => {
    if (select()) act()
    setBlock(null)
  }
  const turn = (run: (editor: Editor) => void) => within(() => {
    // Kinds are set where the caret is.
    const { from } = editor.state.selection
    editor.commands.setTextSelection(TextSelection.near(editor.state.doc.resolve(from + 1)).from)
    run(editor)
  })
  const comment = () => {
    const at = placeOf(editor, block)
    const passage = at === null ? null : aboutNode(editor.state, at)
    if (passage) panels.beginThread({ passage })
    setBlock(null)
  }
  const copyLink = within(() => {
    const { from, to } = editor.state.selection
    void copyText(`${location.origin}${addressOfPassage(document, editor.state.doc.textBetween(from, to, '\n', ' '))}`)
  })
  const hasWords = (block.textContent ?? '').trim() !== ''
  const place = mayComment && !hasWords ? placeOf(editor, block) : null
  const node = place === null ? null : editor.state.doc.nodeAt(place)
  const isCommentable = mayComment && (hasWords || (node !== null && mediaOf(node) !== null))
  if (!editable && !hasWords && !isCommentable) return null
  const isText = editable && (/^(P|H[1-6]|PRE|BLOCKQUOTE|LI)$/.test(block.nodeName) || block.matches('[data-callout], [data-type="details"]'))
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it can only be dragged by mouse; its menu and keys move it, too
    <div ref={handle} className="block-handle" draggable={editable} onDragStart={onDragStart} onDragEnd={() => setBlock(null)}>
      <Menu label={editable ? t.blockDragToMoveClick : t.blockMenu} icon={<GripVertical {...icon} />}>
        {isCommentable && <button type="button" role="menuitem" onClick={comment}><MessageSquarePlus {...icon} />{t.comment}</button>}
        {editable && <button type="button" role="menuitem" onClick={within(() => editor.chain().moveBlock(-1).focus().run())}><ArrowUp {...icon} />{t.moveUp}<span className="hint-keys" aria-hidden="true">{keyName('Alt-Shift-Up')}</span></button>}
        {editable && <button type="button" role="menuitem" onClick={within(() => editor.chain().moveBlock(1).focus().run())}><ArrowDown {...icon} />{t.moveDown}<span className="hint-keys" aria-hidden="true">{keyName('Alt-Shift-Down')}</span></button>}
        {editable && <button type="button" role="menuitem" onClick={within(() => editor.chain().duplicateBlock().focus().run())}><Copy {...icon} />{t.duplicateBlock}</button>}
        {hasWords && <button type="button" role="menuitem" onClick={copyLink}><Link2 {...icon} />{t.copyLinkToBlock}</button>}
        {editable && <button type="button" role="menuitem" onClick={within(() => editor.chain().deleteBlock().focus().run())}><Trash2 {...icon} />{t.deleteBlock}</button>}
        {isText && <small className="eyebrow">{t.turnInto}</small>}
        {isText && KINDS.map(({ label, Icon, run }) => <button key={label} type="button" role="menuitem" onClick={turn(run)}><Icon {...icon} />{label}</button>)}
      </Menu>
    </div>
  )
}
