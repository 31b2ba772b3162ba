import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { type TagCount, api } from '../api'
import { t } from '../messages'
import { documentsKey } from '../queries'

interface Props {
  kind: 'rename' | 'merge' | 'remove'
  tag: TagCount
  all: TagCount[]
  onClose: () => void
}

const TITLES = { rename: t.renameTag, merge: t.mergeTag, remove: t.deleteTagName }
const ACTIONS = { rename: t.rename, merge: t.merge, remove: t.delete }

/** Renames a tag, merges it into another one, or removes it, on every document of the workspace. */
export function TagDialog({ kind, tag, all, onClose }: Props) {
  const queries = useQueryClient()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const others = all.filter(({ id }) => id !== tag.id)
  const [name, setName] = useState(tag.name)
  const [into, setInto] = useState(others[0]?.id ?? '')
  const isTaken = kind === 'rename' && others.some((other) => other.name === name.trim())
  const change = useMutation({
    mutationFn: async (): Promise<unknown> => (kind === 'rename' ? api.renameTag(tag.id, name) : kind === 'merge' ? api.mergeTag(tag.id, into) : api.removeTag(tag.id)),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: documentsKey })
      dialog.current?.close()
    },
  })
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="tag-title">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate()
        }}
      >
        <h2 id="tag-title">{TITLES[kind]({ tag: tag.name })}</h2>
        {kind === 'rename' && <label className="field">{t.newName}<input value={name} maxLength={100} onChange={(event) => setName(event.target.value)} /></label>}
        {isTaken && <p role="status" className="hint">{t.thereIsSuchATag}</p>}
        {kind === 'merge' && (
          <label className="field">
            {t.into}
            <select value={into} onChange={(event) => setInto(event.target.value)}>
              {others.map((other) => <option key={other.id} value={other.id}>{other.name}</option>)}
            </select>
          </label>
        )}
        {kind === 'merge' && <p>{t.everyDocumentWithGetsThe({ tag: tag.name })}</p>}
        {kind === 'remove' && <p>{t.theTagIsRemovedFrom}</p>}
        {change.isError && <div role="alert" className="notice">{change.error.message}</div>}
        <div className="row">
          <button type="submit" className={`button ${kind === 'remove' ? 'danger' : 'primary'}`} disabled={change.isPending || (kind === 'rename' && !name.trim())}>
            {isTaken ? t.merge : ACTIONS[kind]}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
        </div>
      </form>
    </dialog>
  )
}
