import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from '../copy'
import { t } from '../messages'

/** Long enough to be read. */
const TOLD_MS = 2_000

/** Copies a text, and shows that it was copied. */
export function CopyButton({ text, label = t.copy }: { text: string; label?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>()
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(undefined), TOLD_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const Icon = outcome === 'copied' ? Check : Copy
  return (
    <button type="button" className="button" onClick={() => void copyText(text).then(() => setOutcome('copied'), () => setOutcome('failed'))}>
      <Icon size={16} strokeWidth={1.75} /><span aria-live="polite">{outcome === 'copied' ? t.copied : outcome === 'failed' ? t.selectTheTextToCopy : label}</span>
    </button>
  )
}
