import { useState } from 'react'
import { t } from '../messages'
import { CopiedWords } from './CopiedWords'
import { forgetUnsent, unsentWords } from './unsent'

/** Offers a copy of what a person suggested before they lost the right to. */
export function UnsentSuggestions({ account, document }: { account: string; document: string }) {
  const [words, setWords] = useState(() => unsentWords(account, document))
  const discard = () => {
    forgetUnsent(account, document)
    setWords('')
  }
  return words !== '' && <CopiedWords words={words} onDiscard={discard}>{t.accessChanged}</CopiedWords>
}
