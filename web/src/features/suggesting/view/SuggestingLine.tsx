import { useEffect, useState } from 'react'
import { useStore } from '../../../store'
import { t } from '../messages'
import type { SuggestingView, ViewState } from './SuggestingView'

/** For a faster save, "Saving…" would only flicker. */
const PATIENCE_MS = 1_500

type Said = { kind: 'ok' | 'muted' | 'warn' | 'danger'; text: string }

/** Whether the server has all suggestions. */
export function saidOf({ phase, isUnsent, unsentSince, isUnreachable, refusal }: ViewState, hasSent: boolean, now: number): Said {
  if (refusal) return { kind: 'danger', text: t.notSaved({ reason: refusal }) }
  if (isUnreachable) return { kind: 'warn', text: isUnsent ? t.offlineKept : t.needsAConnection }
  if (phase === 'opening') return { kind: 'muted', text: t.connecting }
  if (isUnsent && now - unsentSince > PATIENCE_MS) return { kind: 'muted', text: t.saving }
  return hasSent ? { kind: 'ok', text: t.saved } : { kind: 'muted', text: t.suggesting }
}

/** Shown instead of the line that says whether edits are saved. */
export function SuggestingLine({ view }: { view: SuggestingView }) {
  const state = useStore(view, (state) => state)
  const [hasSent, setHasSent] = useState(false)
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!state.isUnsent) return
    setHasSent(true)
    const timer = setTimeout(() => setNow(Date.now()), PATIENCE_MS + 10)
    return () => clearTimeout(timer)
  }, [state.isUnsent])
  const { kind, text } = saidOf(state, hasSent, now)
  return (
    <>
      <span className="trust-place"><span className={`trust ${kind}`} data-testid="trust" aria-busy={state.isUnsent}>{text}</span></span>
      <span role="status" className="visually-hidden">{kind === 'muted' ? '' : text}</span>
    </>
  )
}
