// A button that opens a list of actions. Arrow keys move, Escape returns to the button.
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'

interface Props {
  label: string
  icon: ReactNode
  /** The text that the button shows beside the icon; if absent, the label is only read by screen readers. */
  text?: string
  /** Where the list opens; below if absent. */
  opens?: 'above'
  /** Buttons and links, each an action. */
  children: ReactNode
}

const itemsOf = (list: HTMLElement | null) => [...(list?.querySelectorAll<HTMLElement>('button, a') ?? [])]

export function Menu({ label, icon, text, opens, children }: Props) {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isOpen) return
    itemsOf(list.current)[0]?.focus()
    const away = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', away)
    return () => document.removeEventListener('pointerdown', away)
  }, [isOpen])
  const close = () => {
    setOpen(false)
    root.current?.querySelector('button')?.focus()
  }
  const onKey = (event: KeyboardEvent) => {
    const all = itemsOf(list.current)
    const at = all.indexOf(document.activeElement as HTMLElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (next !== undefined) {
      event.preventDefault()
      all[(next + all.length) % all.length]?.focus()
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      close()
    } else if (event.key === 'Tab') setOpen(false)
  }
  return (
    <div className={opens ? `menu ${opens}` : 'menu'} ref={root}>
      <button type="button" className="button quiet" aria-haspopup="menu" aria-expanded={isOpen} aria-label={label} title={text ? undefined : label} onClick={() => setOpen(!isOpen)}>{icon}{text && <span className="name">{text}</span>}</button>
      {isOpen && (
        <div ref={list} role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKey} onClick={close}>{children}</div>
      )}
    </div>
  )
}
