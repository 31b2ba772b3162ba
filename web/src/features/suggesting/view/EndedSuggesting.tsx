import { useStore } from '../../../store'
import type { SuggestingView } from './SuggestingView'

/** Says why nothing more can be suggested here. */
export function EndedSuggesting({ view }: { view: SuggestingView }) {
  const reason = useStore(view, ({ phase, reason }) => (phase === 'ended' ? reason : null))
  return reason && <div className="notice" role="alert">{reason}</div>
}
