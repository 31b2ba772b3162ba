// The text of a comparison, as the server wrote it, with its images. A change that is looked at is marked.
import { useEffect, useRef, useState } from 'react'
import { Attachments } from '../../files'
import { type ChangeMarks, readChanges } from './changeMarks'
import { addRestoreButtons } from './restorableBlocks'
import type { Block } from './RestoreBlock'

interface Props {
  document: string
  html: string
  isSideBySide: boolean
  /** The index of the change that is looked at. */
  at: number | null
  onChanges: (changes: ChangeMarks[]) => void
  onLook: (at: number) => void
  /** Puts a changed block back, if that is possible. */
  onRestore: ((block: Block) => void) | null
}

/** Images are shown from URLs that end, so a text has only their ids. */
export function useImages(document: string, text: HTMLElement | null, html: string) {
  useEffect(() => {
    const images = text ? [...text.querySelectorAll<HTMLImageElement>('img[data-attachment]')] : []
    if (images.length === 0 || html === '') return
    const attachments = new Attachments(document)
    const draw = () => {
      for (const image of images) {
        const url = attachments.find(image.dataset.attachment ?? '')?.display_url
        if (url && image.getAttribute('src') !== url) image.src = url
      }
    }
    return attachments.use(draw)
  }, [document, text, html])
}

export function ComparedText({ document, html, isSideBySide, at, onChanges, onLook, onRestore }: Props) {
  const [text, setText] = useState<HTMLDivElement | null>(null)
  const changes = useRef<ChangeMarks[]>([])
  useImages(document, text, html)
  useEffect(() => {
    changes.current = text && html !== '' ? readChanges(text) : []
    onChanges(changes.current)
  }, [text, html, onChanges])
  useEffect(() => (text && html !== '' && onRestore ? addRestoreButtons(text, onRestore) : undefined), [text, html, onRestore])
  useEffect(() => {
    for (const [index, { marks }] of changes.current.entries()) for (const mark of marks) mark.classList.toggle('looked', index === at)
    if (at === null) return
    const first = changes.current[at]?.marks[0]
    const place = first?.getBoundingClientRect()
    if (place && (place.top < 160 || place.bottom > window.innerHeight - 40)) first?.scrollIntoView({ block: 'center' })
    first?.focus({ preventScroll: true })
  }, [at])
  useEffect(() => {
    if (!text) return
    const look = ({ target }: Event) => {
      const found = changes.current.findIndex(({ marks }) => marks.some((mark) => target instanceof Node && mark.contains(target)))
      if (found >= 0) onLook(found)
    }
    text.addEventListener('focusin', look)
    text.addEventListener('click', look)
    return () => {
      text.removeEventListener('focusin', look)
      text.removeEventListener('click', look)
    }
  }, [text, onLook])
  return (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: the server writes it from a list of what it allows (PROSE-11)
    <div ref={setText} className={isSideBySide ? 'tiptap sides' : 'tiptap'} dangerouslySetInnerHTML={{ __html: html }} />
  )
}
