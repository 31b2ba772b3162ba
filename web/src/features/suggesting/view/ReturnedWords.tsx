import { useState } from 'react'
import { copyText } from '../../../copy'
import { useStore } from '../../../store'
import { t } from '../messages'
import type { SuggestingView } from './SuggestingView'

/** Offers a copy of words that could not become a suggestion, because somebody has just decided about their place. */
export function ReturnedWords({ view }: { view: SuggestingView }) {
  const words = useStore(view, (state) => state.returned)
  const [copied, setCopied] = useState('')
  if (words === '') return null
  return (
    <div className="notice rescue" role="alert">
      <p>{t.wordsReturned}</p>
      <pre className="unsent">{words}</pre>
      <button type="button" className="button primary" onClick={() => void copyText(words).then(() => setCopied(words))}>{copied === words ? t.copied : t.copyTheText}</button>
      <button type="button" className="button" onClick={view.dismissReturned}>{t.discard}</button>
    </div>
  )
}
