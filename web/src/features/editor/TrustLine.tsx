import { useEffect, useState } from 'react'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { BLOCKED_AFTER_MS, type Trust, UNREACHABLE, trust } from '../../sync/trust'

/** What is said, as one string: it is the same for most letters that are typed, and then nothing is drawn anew. */
const said = (session: DocumentSession, mayComment: boolean): string => {
  const { kind, text } = trust(session.state, Date.now(), mayComment)
  return `${kind} ${text}`
}

/** Says whether changes are saved. Screen readers are told only when the kind of answer changes. */
export function TrustLine({ session, mayComment }: { session: DocumentSession; mayComment: boolean }) {
  const [words, setWords] = useState(() => said(session, mayComment))
  const blocked = useStore(session, ({ connected, waitingMs }) => !connected && waitingMs > BLOCKED_AFTER_MS)
  useEffect(() => {
    const look = () => setWords(said(session, mayComment))
    look()
    const stop = session.onChange(look)
    // "Saving…" is a matter of time.
    const timer = setInterval(() => session.state.unsaved > 0 && look(), 200)
    return () => {
      clearInterval(timer)
      stop()
    }
  }, [session, mayComment])
  const [kind = '', ...rest] = words.split(' ')
  const text = rest.join(' ')
  return (
    <>
      <span className={`trust ${kind}`} data-testid="trust" title={text === 'Saved' ? 'All changes are on the disk of the server' : undefined}>{text}</span>
      <span role="status" className="visually-hidden">{{ ok: 'Saved', muted: '', warn: 'Offline', danger: text }[kind as Trust['kind']]}</span>
      {blocked && (
        <span className="notice warn" role="alert">
          {text !== UNREACHABLE && `${UNREACHABLE} `}You can keep writing: your changes are saved on this device and sent as soon as the server is back.
          If this does not change, a proxy or firewall may block WebSocket connections to {location.host}.
        </span>
      )}
    </>
  )
}
