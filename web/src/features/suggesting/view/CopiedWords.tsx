import { type ReactNode, useState } from 'react'
import { copyText } from '../../../copy'
import { t } from '../messages'

interface Props {
  /** Why the words are offered. */
  children: ReactNode
  words: string
  onDiscard: () => void
}

/** Offers a copy of words that are not suggested, before they are discarded. */
export function CopiedWords({ children, words, onDiscard }: Props) {
  const [copied, setCopied] = useState('')
  return (
    <div className="notice rescue" role="alert">
      <p>{children}</p>
      <pre className="unsent">{words}</pre>
      <button type="button" className="button primary" onClick={() => void copyText(words).then(() => setCopied(words))}>{copied === words ? t.copied : t.copyTheText}</button>
      <button type="button" className="button" onClick={onDiscard}>{t.discard}</button>
    </div>
  )
}
