// Creates a space, or changes one and who is in it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { PersonPicker } from '../../../elements/PersonPicker'
import type { Right } from '../../../rights'
import { useGroups, useMembers } from '../../people'
import { type SpaceView, api } from '../api'
import { t } from '../messages'
import { spacesKey } from '../queries'
import { LEVELS } from '../sharing/levels'

const OPEN = [
  { value: '', label: t.noAccess },
  { value: 'view', label: t.canView },
  { value: 'comment', label: t.canComment },
  { value: 'edit', label: t.canEdit },
]

interface Props {
  /** The space to change; a new one if absent. */
  space?: SpaceView
  onClose: () => void
  onMade?: (space: SpaceView) => void
}

export function SpaceDialog({ space, onClose, onMade }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const queries = useQueryClient()
  useEffect(() => dialog.current?.showModal(), [])
  const save = useMutation({
    mutationFn: (fields: { name: string; icon: string; description: string; open_level: Right | null }) => (space ? api.changeSpace(space, fields) : api.newSpace(fields)),
    onSuccess: (saved) => {
      void queries.invalidateQueries({ queryKey: spacesKey })
      dialog.current?.close()
      if (!space) onMade?.(saved)
    },
  })
  const remove = useMutation({
    mutationFn: (id: string) => api.removeSpace(id),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: spacesKey })
      dialog.current?.close()
    },
  })
  const failure = save.error ?? remove.error
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="space-title">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const read = (name: string) => String(form.get(name) ?? '').trim()
          save.mutate({ name: read('name'), icon: read('icon'), description: read('description'), open_level: (read('open_level') || null) as Right | null })
        }}
      >
        <h2 id="space-title">{space ? t.spaceName({ name: space.name }) : t.newSpace}</h2>
        <div className="row">
          <label className="field emoji">{t.emoji}<input name="icon" maxLength={16} defaultValue={space?.icon} /></label>
          <label className="field grow">{t.name}<input name="name" required maxLength={100} defaultValue={space?.name} /></label>
        </div>
        <label className="field">{t.descriptionOptional}<input name="description" maxLength={2000} defaultValue={space?.description} /></label>
        <label className="field">
          {t.anyoneInTheWorkspace}
          <select name="open_level" defaultValue={space?.open_level ?? ''}>{OPEN.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}</select>
        </label>
        {space && <SpacePeople space={space} />}
        {failure && <div role="alert" className="notice">{failure.message}</div>}
        <div className="row">
          <button type="submit" className="button primary" disabled={save.isPending}>{space ? t.save : t.createSpace}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>{t.cancel}</button>
          {space && <button type="button" className="button danger" onClick={() => remove.mutate(space.id)}>{t.deleteSpace}</button>}
        </div>
      </form>
    </dialog>
  )
}

/** The members of a space and the groups in it. Changes take effect at once. */
function SpacePeople({ space }: { space: SpaceView }) {
  const queries = useQueryClient()
  const key = [...spacesKey, space.id, 'members']
  const people = useQuery({ queryKey: key, queryFn: () => api.peopleOfSpace(space.id) })
  const members = useMembers()
  const groups = useGroups()
  const again = () => queries.invalidateQueries({ queryKey: key })
  const put = useMutation({
    mutationFn: ({ to, level }: { to: string; level: Right }) => {
      const [kind = '', id = ''] = to.split(':')
      return kind === 'group' ? api.putGroup(space.id, id, level) : api.putMember(space.id, id, level)
    },
    onSuccess: again,
  })
  const take = useMutation({ mutationFn: (to: string) => (to.startsWith('group:') ? api.removeGroup(space.id, to.slice(6)) : api.removeMember(space.id, to.slice(7))), onSuccess: again })
  const inside = [
    ...(people.data?.groups ?? []).map((group) => ({ to: `group:${group.group_id}`, name: group.name, detail: t.group, level: group.level })),
    ...(people.data?.members ?? []).map((member) => ({ to: `person:${member.account_id}`, name: member.name, detail: member.email, level: member.level })),
  ]
  const known = new Set(inside.map(({ to }) => to))
  const outside = [
    ...(groups.data ?? []).map((group) => ({ key: `group:${group.group_id}`, name: group.name, detail: t.groupOfCount({ count: group.members }) })),
    ...(members.data ?? []).map((member) => ({ key: `person:${member.account_id}`, name: member.name, detail: member.email, color: member.color })),
  ].filter(({ key }) => !known.has(key))
  const failure = people.error ?? put.error ?? take.error
  return (
    <>
      <ul className="shares" aria-label={t.membersOfTheSpace}>
        {inside.map(({ to, name, detail, level }) => (
          <li key={to}>
            <span className="who">{name}<small>{detail}</small></span>
            <label>
              <span className="visually-hidden">{t.accessOfName({ name })}</span>
              <select value={level} onChange={(event) => put.mutate({ to, level: event.target.value as Right })}>
                {LEVELS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
              </select>
            </label>
            <button type="button" className="button quiet" aria-label={t.removeName({ name })} onClick={() => take.mutate(to)}>{t.remove}</button>
          </li>
        ))}
      </ul>
      {outside.length > 0 && (
        <PersonPicker label={t.addPeopleOrGroups} choices={outside} chosen={[]} onChange={(to) => to[0] && put.mutate({ to: to[0], level: 'edit' })} />
      )}
      {failure && <div role="alert" className="notice">{failure.message}</div>}
    </>
  )
}
