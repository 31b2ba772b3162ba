import { useState } from 'react'
import { copyText } from '../../../copy'
import { t } from '../messages'
import { forgetUnsent, unsentWords } from './unsent'

/** Offers a copy of what a person suggested before they lost the right to. */
export function UnsentSuggestions({ account, document }: { account: string; document: string }) {
  const [words, setWords] = useState(() => unsentWords(account, document))
  const [isCopied, setCopied] = useState(false)
  if (words === '') return null
  const discard = () => {
    forgetUnsent(account, document)
    setWords('')
  }
  return (
    <div className="notice rescue" role="alert">
      <p>{t.accessChanged}</p>
      <pre className="unsent">{words}</pre>
      <button type="button" className="button primary" onClick={() => void copyText(words).then(() => setCopied(true))}>{isCopied ? t.copied : t.copyTheText}</button>
      <button type="button" className="button" onClick={discard}>{t.discard}</button>
    </div>
  )
}
