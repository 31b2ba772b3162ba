import { useState } from 'react'
import { t } from './messages'

interface Props {
  title: string
  readOnly: boolean
  onRename: (title: string) => void
}

/** Shows the saved title or, while it is edited, the typed text. */
export function TitleField({ title, readOnly, onRename }: Props) {
  const [draft, setDraft] = useState<string | null>(null)
  const leave = () => {
    const next = draft?.trim()
    if (next && next !== title) onRename(next)
    setDraft(null)
  }
  return (
    <input
      className="title"
      aria-label={t.title}
      value={draft ?? title}
      readOnly={readOnly}
      onFocus={() => !readOnly && setDraft(title)}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  )
}
