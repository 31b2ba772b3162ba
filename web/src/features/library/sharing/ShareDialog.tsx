// All ways to share a document: with members, groups, links, the whole workspace.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { expiry } from '../../../dates'
import { type Right, ceilingOf, isStronger } from '../../../rights'
import { useGroups, useMembers, useWorkspaceName } from '../../people'
import { type DocumentView, type Sensitivity, api } from '../api'
import { Links } from '../links/Links'
import { t } from '../messages'
import { documentKey, sharingKey, useHasChildren, useHolders } from '../queries'
import { AddPeople } from './AddPeople'
import { Holders } from './Holders'
import { LEVELS, LINK_LEVELS, limitedTo } from './levels'

const SENSITIVITIES: Record<Sensitivity, string> = {
  public: t.public,
  internal: t.internal,
  confidential: t.confidentialViewsAreLogged,
  restricted: t.restrictedViewsAreLogged,
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
  const workspace = useWorkspaceName()
  const groups = useGroups()
  const again = () => queries.invalidateQueries({ queryKey: key })
  const give = useMutation({
    mutationFn: ({ to, level, until }: { to: string; level: Right; until: string | null }) => {
      const [kind = '', id = ''] = to.split(':')
      return kind === 'group' ? api.shareWithGroup(document.id, id, level, until) : api.share(document.id, id, level, until)
    },
    onSuccess: again,
  })
  const add = useMutation({
    mutationFn: ({ to, ...rest }: { to: string[]; level: Right; until: string | null }) => Promise.all(to.map((one) => give.mutateAsync({ to: one, ...rest }))),
    onSettled: again,
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
    ...(groupShares.data ?? []).map((grant) => ({ to: `group:${grant.group_id}`, detail: t.group, ...grant })),
    ...(shares.data ?? []).map((grant) => ({ to: `person:${grant.account_id}`, detail: grant.email, ...grant })),
  ]
  const known = new Set(given.map(({ to }) => to))
  const others = [
    ...(groups.data ?? []).map((group) => ({ key: `group:${group.group_id}`, name: group.name, detail: t.groupOfCount({ count: group.members }) })),
    ...(members.data ?? []).map((member) => ({ key: `person:${member.account_id}`, name: member.name, detail: member.email, color: member.color })),
  ].filter(({ key }) => !known.has(key))
  /** The name of a member and the highest right that their role allows; undefined if the role does not limit them. */
  const limitOf = (key: string) => {
    const member = members.data?.find(({ account_id }) => key === `person:${account_id}`)
    const ceiling = member && member.account_id !== document.created_by ? ceilingOf(member.role) : 'admin'
    return member && ceiling !== 'admin' ? { name: member.name, ceiling } : undefined
  }
  const hasChildren = useHasChildren(document)
  const failure = access.error ?? shares.error ?? give.error ?? take.error ?? change.error
  return (
    <dialog ref={dialog} className="wide" onClose={onClose} aria-labelledby="share-title">
      <div className="stack">
        <h2 id="share-title">{t.shareTitle({ title: document.title })}</h2>
        <div className="row">
          <label className="field grow">
            {t.anyoneInWorkspace({ workspace })}
            <select defaultValue={document.open_level ?? ''} onChange={(event) => change.mutate({ open_level: (event.target.value || null) as Right | null })}>
              <option value="">{t.noAccess}</option>
              {LINK_LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
            </select>
          </label>
          <label className="field grow">
            {t.classification}
            <select defaultValue={document.sensitivity} onChange={(event) => change.mutate({ sensitivity: event.target.value as Sensitivity })}>
              {Object.entries(SENSITIVITIES).map(([value, label]) => <option key={value} value={value}>{label}</option>)}
            </select>
          </label>
        </div>
        <label className="check">
          <input type="checkbox" defaultChecked={document.inherits} onChange={(event) => change.mutate({ inherits: event.target.checked })} />
          <span>{document.parent_id ? t.sameAccessAsThePageAbove : t.sameAccessAsItsSpace}<small>{t.whenOffThisPageAnd}</small></span>
        </label>
        {hasChildren && <p className="hint">{t.pagesBelowAreSharedToo}</p>}
        <AddPeople others={others} ceilingOf={limitOf} isAdding={add.isPending} onAdd={(to, level, until) => add.mutate({ to, level, until })} />
        <ul className="shares" aria-label={t.peopleWithAccess}>
          {given.map((grant) => {
            const limit = limitOf(grant.to)
            return (
            <li key={grant.to}>
              <span className="who">{grant.name}<small>{grant.detail}{grant.expires_at && ` · ${t.expiresDate({ date: expiry(grant.expires_at) })}`}
                {limit && isStronger(grant.level, limit.ceiling) && <span className="limit">{limitedTo(grant.name, limit.ceiling, grant.level)}</span>}
              </small></span>
              <label>
                <span className="visually-hidden">{t.accessOfName({ name: grant.name })}</span>
                <select value={grant.level} onChange={(event) => give.mutate({ to: grant.to, level: event.target.value as Right, until: grant.expires_at ?? null })}>
                  {LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
                </select>
              </label>
              <button type="button" className="button quiet" onClick={() => take.mutate(grant.to)}>{t.remove}</button>
            </li>
            )
          })}
        </ul>
        <Links document={document} />
        <Holders holders={access.data ?? []} />
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.done}</button>
      </div>
    </dialog>
  )
}
