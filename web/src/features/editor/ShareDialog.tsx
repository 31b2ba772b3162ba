import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { type DocumentView, type Right, api } from '../../api'

const LEVELS: { value: Right; label: string }[] = [
  { value: 'view', label: 'may read' },
  { value: 'comment', label: 'may comment' },
  { value: 'edit', label: 'may edit' },
  { value: 'approve', label: 'may approve' },
  { value: 'admin', label: 'may share' },
]

export function ShareDialog({ document, onClose }: { document: DocumentView; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const queries = useQueryClient()
  useEffect(() => dialog.current?.showModal(), [])
  const shares = useQuery({ queryKey: ['shares', document.id], queryFn: () => api.shares(document.id) })
  const members = useQuery({ queryKey: ['members'], queryFn: api.members })
  const again = () => queries.invalidateQueries({ queryKey: ['shares', document.id] })
  const give = useMutation({
    mutationFn: ({ account, level, until }: { account: string; level: Right; until: string }) =>
      api.share(document.id, account, level, until ? new Date(until).toISOString() : null),
    onSuccess: again,
  })
  const take = useMutation({ mutationFn: (account: string) => api.unshare(document.id, account), onSuccess: again })
  const open = useMutation({
    mutationFn: (level: Right | null) => api.change(document.id, { open_level: level }),
    onSuccess: (changed) => queries.setQueryData(['document', document.id], changed),
  })
  const shared = new Set(shares.data?.map((grant) => grant.account_id))
  const others = members.data?.filter((member) => !shared.has(member.account_id)) ?? []
  const failure = give.error ?? take.error ?? open.error
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="share-title">
      <div className="stack">
        <h2 id="share-title">Share “{document.title}”</h2>
        <label className="field">
          Everybody in the workspace
          <select defaultValue={document.open_level ?? ''} onChange={(event) => open.mutate((event.target.value || null) as Right | null)}>
            <option value="">sees nothing: only people below</option>
            {LEVELS.slice(0, 3).map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
          </select>
        </label>
        <ul className="shares">
          {shares.data?.map((grant) => (
            <li key={grant.account_id}>
              <span className="who">
                {grant.name}
                <small>{grant.email}{grant.expires_at && `, until ${new Date(grant.expires_at).toLocaleString()}`}</small>
              </span>
              <label>
                <span className="visually-hidden">What {grant.name} may do</span>
                <select value={grant.level} onChange={(event) => give.mutate({ account: grant.account_id, level: event.target.value as Right, until: grant.expires_at ?? '' })}>
                  {LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
                </select>
              </label>
              <button type="button" className="button quiet" onClick={() => take.mutate(grant.account_id)}>Remove</button>
            </li>
          ))}
        </ul>
        {others.length > 0 && (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              const form = new FormData(event.currentTarget)
              give.mutate({ account: String(form.get('account')), level: form.get('level') as Right, until: String(form.get('until')) })
            }}
          >
            <label className="field grow">
              Person
              <select name="account">{others.map((member) => <option key={member.account_id} value={member.account_id}>{member.name}</option>)}</select>
            </label>
            <label className="field">
              Level
              <select name="level" defaultValue="edit">{LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
            </label>
            <label className="field">Until (optional)<input type="datetime-local" name="until" /></label>
            <button type="submit" className="button primary">Give</button>
          </form>
        )}
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        <button type="button" className="button" onClick={() => dialog.current?.close()}>Done</button>
      </div>
    </dialog>
  )
}
