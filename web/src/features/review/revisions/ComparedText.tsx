// The text of a comparison, as the server wrote it, with its images. A change that is looked at is marked.
import { useCallback, useEffect, useRef, useState } from 'react'
import { ServerHtml } from '../../../elements/ServerHtml'
import { type ChangeMarks, readChanges } from './changeMarks'
import { addRestoreButtons } from './restorableBlocks'
import type { Block } from './RestoreBlock'
import { useImages } from './useImages'
import { useLooked } from './useLooked'

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
  useLooked(text, useCallback((target: Element) => {
    const found = changes.current.findIndex(({ marks }) => marks.some((mark) => mark.contains(target)))
    if (found >= 0) onLook(found)
  }, [onLook]))
  return <ServerHtml ref={setText} html={html} className={isSideBySide ? 'sides' : ''} />
}
