import { type RefObject, useEffect, useState } from 'react'

/** The first mark of each change: marks side by side are one change. */
const marksIn = (text: HTMLElement): HTMLElement[] =>
  [...text.querySelectorAll<HTMLElement>('ins, del')].filter((mark) => {
    const before = mark.previousSibling
    return mark.offsetParent !== null && !(before instanceof HTMLElement && (before.tagName === 'INS' || before.tagName === 'DEL'))
  })

/** The changes in a shown comparison: how many there are, and the way from one to the next. */
export function useMarks(text: RefObject<HTMLElement | null>, html: string | undefined) {
  const [{ at, count }, set] = useState({ at: 0, count: 0 })
  useEffect(() => {
    set({ at: 0, count: text.current && html !== undefined ? marksIn(text.current).length : 0 })
  }, [text, html])
  const go = (step: number) => {
    const marks = text.current ? marksIn(text.current) : []
    if (marks.length === 0) return
    const next = at === 0 && step < 0 ? marks.length : ((at - 1 + step + marks.length) % marks.length) + 1
    set({ at: next, count: marks.length })
    for (const [index, mark] of marks.entries()) mark.classList.toggle('looked', index === next - 1)
    marks[next - 1]?.scrollIntoView({ block: 'center' })
  }
  return { at, count, go }
}
