import { useEffect, useState } from 'react'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { BLOCKED_AFTER_MS, UNREACHABLE, trust } from '../../sync/trust'

/** Says whether changes are saved. Screen readers are told only when the kind of answer changes. */
export function TrustLine({ session, mayComment }: { session: DocumentSession; mayComment: boolean }) {
  const state = useStore(session, (state) => state)
  const [, again] = useState(0)
  useEffect(() => {
    if (state.unsaved === 0) return
    const timer = setInterval(() => again((n) => n + 1), 200)
    return () => clearInterval(timer)
  }, [state.unsaved])
  const { kind, text } = trust(state, Date.now(), mayComment)
  const blocked = !state.connected && state.waitingMs > BLOCKED_AFTER_MS
  return (
    <>
      <span className={`trust ${kind}`} data-testid="trust" title={text === 'Saved' ? 'All changes are on the disk of the server' : undefined}>{text}</span>
      <span role="status" className="visually-hidden">{{ ok: 'Saved', muted: '', warn: 'Offline', danger: text }[kind]}</span>
      {blocked && (
        <span className="notice warn" role="alert">
          {text !== UNREACHABLE && `${UNREACHABLE} `}You can keep writing: your changes are saved on this device and sent as soon as the server is back.
          If this does not change, a proxy or firewall may block WebSocket connections to {location.host}.
        </span>
      )}
    </>
  )
}
