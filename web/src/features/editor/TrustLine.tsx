import { useEffect, useState } from 'react'
import { clockTime } from '../../dates'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'
import { BLOCKED_AFTER_MS, IN_TRASH, type Trust, UNREACHABLE, ageOf, trust, trustDetails } from '../../sync/trust'
import { t } from './messages'

interface Props {
  session: DocumentSession
  mayComment: boolean
  /** Restores the document from the trash; undefined for people who cannot. */
  onRestore: (() => void) | undefined
}

/** The text of the line, as one string: most keystrokes do not change it, and then nothing is redrawn. */
const said = (session: DocumentSession, mayComment: boolean): string => {
  const { kind, text } = trust(session.state, Date.now(), mayComment)
  return [kind, text, ageOf(session.state, Date.now()) ?? ''].join('\n')
}

/**
 * Shows whether changes are saved and, on request, since when. Screen readers announce it only when the kind of state
 * changes.
 */
export function TrustLine({ session, mayComment, onRestore }: Props) {
  const [words, setWords] = useState(() => said(session, mayComment))
  const [isOpen, setOpen] = useState(false)
  const isOffline = useStore(session, (state) => state.isOffline)
  const blocked = useStore(session, ({ connected, waitingMs }) => !connected && waitingMs > BLOCKED_AFTER_MS)
  useEffect(() => {
    const look = () => setWords(said(session, mayComment))
    look()
    const stop = session.onChange(look)
    // "Saving…" and the age of the text change with time.
    const isMoving = () => session.state.unsaved > 0 || !session.state.connected || session.state.isOffline
    const timer = setInterval(() => isMoving() && look(), 200)
    return () => {
      clearInterval(timer)
      stop()
    }
  }, [session, mayComment])
  const [kind = '', text = '', age = ''] = words.split('\n')
  return (
    <>
      <span className="trust-place">
        <button type="button" className={`trust ${kind}`} data-testid="trust" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)} onBlur={() => setOpen(false)}>{text}</button>
        {isOpen && <TrustDetails session={session} age={age} />}
      </span>
      {text === IN_TRASH && onRestore && <button type="button" className="button" onClick={onRestore}>{t.restore}</button>}
      <span role="status" className="visually-hidden">{{ ok: t.saved, muted: '', warn: t.offline, danger: text }[kind as Trust['kind']]}</span>
      {(blocked || age) && (
        <span className="notice warn" role="alert">
          {text !== UNREACHABLE && !isOffline && `${UNREACHABLE} `}{age && `${age} `}{t.youCanKeepWriting}
          {!isOffline && ` ${t.aProxyMayBlock({ host: location.host })}`}
        </span>
      )}
    </>
  )
}

function TrustDetails({ session, age }: { session: DocumentSession; age: string }) {
  const state = useStore(session, (state) => state)
  return <span className="trust-details open" role="tooltip">{age && `${age} `}{trustDetails(state, clockTime)}</span>
}
