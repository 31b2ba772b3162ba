import { X } from 'lucide-react'
import { type KeyboardEvent, useId, useState } from 'react'
import { Link } from 'wouter'
import { t } from '../messages'
import { useTags } from '../queries'
import { sameTag } from './sameTag'

interface Props {
  tags: string[]
  /** Absent if they cannot be changed. */
  onChange: ((of: (now: string[]) => string[]) => void) | undefined
}

/** The tags of a document: each leads to the others that have it. */
export function DocumentTags({ tags, onChange }: Props) {
  const list = useId()
  const [typed, type] = useState('')
  const [isAdding, setAdding] = useState(false)
  const known = useTags(isAdding)
  const add = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ',') return
    event.preventDefault()
    const name = sameTag(typed, known.data ?? [])
    if (name) onChange?.((now) => (now.includes(name) ? now : [...now, name]))
    type('')
  }
  return (
    <ul className="chips" aria-label={t.tags}>
      {tags.map((tag) => (
        <li key={tag} className="chip">
          <Link href={`/documents?tag=${encodeURIComponent(tag)}`}>{tag}</Link>
          {onChange && <button type="button" aria-label={t.removeTagTag({ tag })} onClick={() => onChange((now) => now.filter((one) => one !== tag))}><X size={12} strokeWidth={2} /></button>}
        </li>
      ))}
      {onChange && (
        <li>
          <input aria-label={t.addATag} placeholder={t.addATag} list={list} maxLength={100} value={typed} onFocus={() => setAdding(true)} onChange={(event) => type(event.target.value)} onKeyDown={add} />
          <datalist id={list}>
            {known.data?.filter(({ name }) => !tags.includes(name)).map(({ id, name }) => <option key={id} value={name} />)}
          </datalist>
        </li>
      )}
    </ul>
  )
}
