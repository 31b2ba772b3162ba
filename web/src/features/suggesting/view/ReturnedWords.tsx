import { useStore } from '../../../store'
import { t } from '../messages'
import { CopiedWords } from './CopiedWords'
import type { SuggestingView } from './SuggestingView'

/** Offers a copy of words that could not become a suggestion, because somebody has just decided on one there. */
export function ReturnedWords({ view }: { view: SuggestingView }) {
  const words = useStore(view, (state) => state.returned)
  return words !== '' && <CopiedWords words={words} onDiscard={view.dismissReturned}>{t.wordsReturned}</CopiedWords>
}
