import type { Node } from '@tiptap/pm/model'
import type { Editor } from '@tiptap/core'
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { t } from '../messages'
import { icon } from '../toolbar/ToolButton'
import { useEditorState } from '../useEditorState'

interface Heading {
  text: string
  level: number
  at: number
}

export function headingsOf(doc: Node): Heading[] {
  const headings: Heading[] = []
  doc.forEach((node, at) => {
    if (node.type.name === 'heading' && node.textContent.trim() !== '') headings.push({ text: node.textContent, level: Number(node.attrs.level), at })
  })
  return headings
}

/** Below this height of the window, a heading is not reached yet. */
const REACHED = 160

/** The headings of the document, with the one that is being read. */
export function Outline({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const headings = useEditorState(editor, ({ state }) => headingsOf(state.doc))
  const [current, setCurrent] = useState(0)
  useEffect(() => {
    let frame = 0
    const look = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => {
        const tops = headings.map(({ at }) => (editor.view.nodeDOM(at) as HTMLElement | null)?.getBoundingClientRect?.().top ?? 0)
        setCurrent(Math.max(0, tops.findLastIndex((top) => top < REACHED)))
      })
    }
    look()
    addEventListener('scroll', look, true)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', look, true)
    }
  }, [editor, headings])
  const go = (at: number) => {
    const heading = editor.view.nodeDOM(at)
    if (!(heading instanceof HTMLElement)) return
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    scrollTo({ top: scrollY + heading.getBoundingClientRect().top - REACHED + 24, behavior: calm ? 'auto' : 'smooth' })
    if (editor.isEditable) editor.chain().setTextSelection(at + 1).focus(undefined, { scrollIntoView: false }).run()
  }
  const least = Math.min(...headings.map(({ level }) => level))
  return (
    <aside className="panel outline" aria-label={t.outline}>
      <div className="row">
        <h2>{t.outline}</h2>
        <button type="button" className="button quiet" aria-label={t.closeTheOutline} onClick={onClose}><X {...icon} /></button>
      </div>
      {headings.length === 0 && <p className="hint">{t.noHeadingsYetTypeAnd}</p>}
      <nav aria-label={t.headings}>
        <ol>
          {headings.map(({ text, level, at }, index) => (
            <li key={at}><button type="button" className={`level${level - least + 1}`} aria-current={index === current ? 'location' : undefined} onClick={() => go(at)}>{text}</button></li>
          ))}
        </ol>
      </nav>
    </aside>
  )
}
