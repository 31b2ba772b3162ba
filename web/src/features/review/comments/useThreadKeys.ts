import { type KeyboardEvent, useCallback, useRef } from 'react'
import { keepFocus } from '../../../elements/keepFocus'
import type { ThreadView } from '../api'

/** The keys of the list of comments: to the next and previous one, to reply, and to resolve. */
export function useThreadKeys(listed: ThreadView[], active: string | null, onActive: (thread: string) => void) {
  const shown = useRef<HTMLElement>(null)
  const panel = useCallback((element: HTMLElement | null) => {
    shown.current = element
    return keepFocus(element)
  }, [])
  const cardOf = (thread: string) => shown.current?.querySelector<HTMLElement>(`[data-thread="${thread}"]`)
  const go = (step: 1 | -1) => {
    const at = listed.findIndex(({ thread_id }) => thread_id === active)
    const next = listed[at < 0 ? (step > 0 ? 0 : listed.length - 1) : (at + step + listed.length) % listed.length]
    if (!next) return
    onActive(next.thread_id)
    cardOf(next.thread_id)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const isTyping = event.target instanceof Element && event.target.closest('input:not([type=checkbox]), textarea, select')
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping) return
    const key = event.key.toLowerCase()
    const card = active ? cardOf(active) : undefined
    if (key === 'j' || event.key === 'ArrowDown') go(1)
    else if (key === 'k' || event.key === 'ArrowUp') go(-1)
    else if (key === 'r' && card) card.querySelector<HTMLElement>('textarea')?.focus()
    else if (key === 'e' && card) card.querySelector<HTMLElement>('[data-key="resolve"]')?.click()
    else return
    event.preventDefault()
  }
  return { panel, onKeyDown, go }
}
