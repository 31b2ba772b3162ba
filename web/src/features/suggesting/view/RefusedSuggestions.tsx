import { useStore } from '../../../store'
import { t } from '../messages'
import { CopiedWords } from './CopiedWords'
import type { SuggestingView } from './SuggestingView'
import { unsentWords } from './unsent'

/** Says why the server refuses the typed text, and offers to discard it: otherwise every page would send it again. */
export function RefusedSuggestions({ view, account, document }: { view: SuggestingView; account: string; document: string }) {
  const refusal = useStore(view, ({ phase, refusal }) => (phase === 'ended' ? null : refusal))
  const words = refusal === null ? '' : unsentWords(account, document)
  return words !== '' && <CopiedWords words={words} onDiscard={view.discardRefused}>{t.notTaken({ reason: refusal ?? '' })}</CopiedWords>
}
