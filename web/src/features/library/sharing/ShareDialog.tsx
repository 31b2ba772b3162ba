// All ways to share a document: with members, groups, links, the whole workspace.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { expiry, fromField } from '../../../dates'
import type { Right } from '../../../rights'
import { useGroups, useMembers } from '../../people'
import { type DocumentView, type Sensitivity, api } from '../api'
import { Links } from '../links/Links'
import { documentKey, sharingKey, useHolders } from '../queries'
import { Holders } from './Holders'
import { LEVELS, LINK_LEVELS } from './levels'

const SENSITIVITIES: Record<Sensitivity, string> = {
  public: 'Public',
  internal: 'Internal',
  confidential: 'Confidential: who reads it is written down',
  restricted: 'Restricted: who reads it is written down',
}

export function ShareDialog({ document, onClose }: { document: DocumentView; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const queries = useQueryClient()
  useEffect(() => dialog.current?.showModal(), [])
  const key = sharingKey(document.id)
  const access = useHolders(document.id)
  const shares = useQuery({ queryKey: [...key, 'shares'], queryFn: () => api.shares(document.id) })
  const groupShares = useQuery({ queryKey: [...key, 'groups'], queryFn: () => api.groupShares(document.id) })
  const members = useMembers()
  const groups = useGroups()
  const again = () => queries.invalidateQueries({ queryKey: key })
  const give = useMutation({
    mutationFn: ({ to, level, until }: { to: string; level: Right; until: string | null }) => {
      const [kind = '', id = ''] = to.split(':')
      return kind === 'group' ? api.shareWithGroup(document.id, id, level, until) : api.share(document.id, id, level, until)
    },
    onSuccess: again,
  })
  const take = useMutation({ mutationFn: (to: string) => (to.startsWith('group:') ? api.unshareWithGroup(document.id, to.slice(6)) : api.unshare(document.id, to.slice(7))), onSuccess: again })
  const change = useMutation({
    mutationFn: (fields: { open_level?: Right | null; sensitivity?: Sensitivity; inherits?: boolean }) => api.change(document.id, fields),
    onSuccess: (changed) => {
      queries.setQueryData(documentKey(document.id), changed)
      void again()
    },
  })
  const given = [
    ...(groupShares.data ?? []).map((grant) => ({ to: `group:${grant.group_id}`, detail: 'Group', ...grant })),
    ...(shares.data ?? []).map((grant) => ({ to: `person:${grant.account_id}`, detail: grant.email, ...grant })),
  ]
  const known = new Set(given.map(({ to }) => to))
  const others = [
    ...(groups.data ?? []).map((group) => ({ to: `group:${group.group_id}`, name: `${group.name} (group of ${group.members})` })),
    ...(members.data ?? []).map((member) => ({ to: `person:${member.account_id}`, name: member.name })),
  ].filter(({ to }) => !known.has(to))
  const failure = access.error ?? shares.error ?? give.error ?? take.error ?? change.error
  return (
    <dialog ref={dialog} className="wide" onClose={onClose} aria-labelledby="share-title">
      <div className="stack">
        <h2 id="share-title">Share “{document.title}”</h2>
        <div className="row">
          <label className="field grow">
            Everybody in the workspace
            <select defaultValue={document.open_level ?? ''} onChange={(event) => change.mutate({ open_level: (event.target.value || null) as Right | null })}>
              <option value="">sees nothing: only people below</option>
              {LINK_LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
            </select>
          </label>
          <label className="field grow">
            Sensitivity
            <select defaultValue={document.sensitivity} onChange={(event) => change.mutate({ sensitivity: event.target.value as Sensitivity })}>
              {Object.entries(SENSITIVITIES).map(([value, label]) => <option key={value} value={value}>{label}</option>)}
            </select>
          </label>
        </div>
        <label className="check">
          <input type="checkbox" defaultChecked={document.inherits} onChange={(event) => change.mutate({ inherits: event.target.checked })} />
          <span>Same access as {document.parent_id ? 'the page above' : 'its space'}<small>Turn off to give access to this page and the pages below it only by name here.</small></span>
        </label>
        <ul className="shares" aria-label="Given to">
          {given.map((grant) => (
            <li key={grant.to}>
              <span className="who">{grant.name}<small>{grant.detail}{grant.expires_at && `, until ${expiry(grant.expires_at)}`}</small></span>
              <label>
                <span className="visually-hidden">What {grant.name} may do</span>
                <select value={grant.level} onChange={(event) => give.mutate({ to: grant.to, level: event.target.value as Right, until: grant.expires_at ?? null })}>
                  {LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
                </select>
              </label>
              <button type="button" className="button quiet" onClick={() => take.mutate(grant.to)}>Remove</button>
            </li>
          ))}
        </ul>
        {others.length > 0 && (
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault()
              const form = new FormData(event.currentTarget)
              give.mutate({ to: String(form.get('to')), level: form.get('level') as Right, until: fromField(form.get('until')) })
            }}
          >
            <label className="field grow">
              Person or group
              <select name="to">{others.map(({ to, name }) => <option key={to} value={to}>{name}</option>)}</select>
            </label>
            <label className="field">
              Level
              <select name="level" defaultValue="edit">{LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
            </label>
            <label className="field">Until (optional)<input type="datetime-local" name="until" /></label>
            <button type="submit" className="button primary">Give</button>
          </form>
        )}
        <Links document={document} />
        <Holders holders={access.data ?? []} />
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        <button type="button" className="button" onClick={() => dialog.current?.close()}>Done</button>
      </div>
    </dialog>
  )
}
