import { type KeyboardEvent, useEffect, useState } from 'react'
import { t } from './messages'

interface Props {
  title: string
  readOnly: boolean
  onRename: (title: string) => void
  /** Goes on in the text. */
  onDone: () => void
}

/**
 * Shows the saved title or, while it is edited, the typed text. The default title is shown as a placeholder, which
 * typing replaces. On a new page, the title field has the focus first.
 */
export function TitleField({ title, readOnly, onRename, onDone }: Props) {
  const [draft, setDraft] = useState<string | null>(null)
  const isUnnamed = title === t.untitled
  // The code that created the page sets this in the history state; it counts only once.
  const [isNew] = useState(() => !readOnly && history.state?.isNew === true)
  useEffect(() => {
    if (isNew) history.replaceState(null, '')
  }, [isNew])
  const leave = () => {
    const next = draft?.trim()
    if (next && next !== title) onRename(next)
    setDraft(null)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || (event.key !== 'Enter' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    onDone()
  }
  return (
    <input
      className="title"
      aria-label={t.title}
      placeholder={t.untitled}
      // biome-ignore lint/a11y/noAutofocus: a new page is empty, and its name comes first
      autoFocus={isNew}
      value={draft ?? title}
      readOnly={readOnly}
      onFocus={() => !readOnly && setDraft(isUnnamed ? '' : title)}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={onKeyDown}
    />
  )
}
