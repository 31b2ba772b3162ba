import { useEffect, useState } from 'react'
import { clockTime } from '../../dates'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { BLOCKED_AFTER_MS, IN_TRASH, UNREACHABLE, ageOf, trust, trustDetails } from '../../sync/trust'

interface Props {
  session: DocumentSession
  mayComment: boolean
  /** Restores the document from the trash; undefined for people who cannot. */
  onRestore: (() => void) | undefined
}

/** Says whether changes are saved, and when asked, since when. Screen readers are told only when the kind of answer changes. */
export function TrustLine({ session, mayComment, onRestore }: Props) {
  const state = useStore(session, (state) => state)
  const [, again] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const isAway = !state.connected || state.isOffline
  useEffect(() => {
    if (state.unsaved === 0 && !isAway) return
    const timer = setInterval(() => again((n) => n + 1), isAway ? 5_000 : 200)
    return () => clearInterval(timer)
  }, [state.unsaved, isAway])
  const { kind, text } = trust(state, Date.now(), mayComment)
  const age = ageOf(state, Date.now())
  const blocked = !state.connected && state.waitingMs > BLOCKED_AFTER_MS
  return (
    <>
      <span className="trust-place">
        <button type="button" className={`trust ${kind}`} data-testid="trust" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} onBlur={() => setOpen(false)}>{text}</button>
        <span className={isOpen ? 'trust-details open' : 'trust-details'} role="tooltip">{age && `${age} `}{trustDetails(state, clockTime)}</span>
      </span>
      {text === IN_TRASH && onRestore && <button type="button" className="button" onClick={onRestore}>Restore</button>}
      <span role="status" className="visually-hidden">{{ ok: 'Saved', muted: '', warn: 'Offline', danger: text }[kind]}</span>
      {(blocked || age) && (
        <span className="notice warn" role="alert">
          {text !== UNREACHABLE && !state.isOffline && `${UNREACHABLE} `}{age && `${age} `}You can keep writing: your changes are saved on this device and sent as soon as the server is back.
          {!state.isOffline && ` If this does not change, a proxy or firewall may block WebSocket connections to ${location.host}.`}
        </span>
      )}
    </>
  )
}
