// The frame of every page: the rail with the workspace and its pages, and the page itself. On a phone the rail is a
// sheet behind a menu button.
import { Menu as MenuIcon, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { type Me, useLiveMe } from './features/people'
import { beginToLoadAhead } from './idle'
import { t } from './messages'
import { Rail } from './rail'

const icon = { size: 20, strokeWidth: 1.75 }

export function Frame({ me, children }: { me: Me; children: ReactNode }) {
  const [path] = useLocation()
  const [isOpen, setOpen] = useState(false)
  useLiveMe()
  useEffect(beginToLoadAhead, [])
  const page = useRef<HTMLDivElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const closer = useRef<HTMLButtonElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the sheet
  useEffect(() => setOpen(false), [path])
  useEffect(() => {
    if (!isOpen) return
    closer.current?.focus()
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false)
    const back = opener.current
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      back?.focus()
    }
  }, [isOpen])
  /** The text of a document, or else the page. */
  const skip = () => (page.current?.querySelector<HTMLElement>('[contenteditable="true"]') ?? page.current)?.focus()
  return (
    <div className={/^\/documents\/./.test(path) ? 'frame has-bar' : 'frame'}>
      <button type="button" className="skip button primary" onClick={skip}>{t.skipToContent}</button>
      <div className="topbar">
        <button ref={opener} type="button" className="button quiet" aria-label={t.openTheMenu} aria-expanded={isOpen} onClick={() => setOpen(true)}><MenuIcon {...icon} /></button>
      </div>
      {isOpen && <div className="shade" aria-hidden="true" onClick={() => setOpen(false)} />}
      <aside className={isOpen ? 'rail open' : 'rail'} aria-label={t.workspace}>
        <button ref={closer} type="button" className="button quiet rail-close" aria-label={t.closeTheMenu} onClick={() => setOpen(false)}><X {...icon} /></button>
        <Rail me={me} />
      </aside>
      <div ref={page} id="page" tabIndex={-1} inert={isOpen}>{children}</div>
    </div>
  )
}
