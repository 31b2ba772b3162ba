import { useState } from 'react'
import { copyText } from '../../../copy'
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
      <p>Your access changed before your last suggestions were saved. These are the paragraphs that have them: take a copy.</p>
      <pre className="unsent">{words}</pre>
      <button type="button" className="button primary" onClick={() => void copyText(words).then(() => setCopied(true))}>{isCopied ? 'Copied' : 'Copy the text'}</button>
      <button type="button" className="button" onClick={discard}>Discard</button>
    </div>
  )
}
