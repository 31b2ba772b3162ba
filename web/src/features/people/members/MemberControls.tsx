import { useState } from 'react'
import { ConfirmDialog } from '../../../elements/ConfirmDialog'
import type { Role } from '../../../rights'
import type { Member } from '../api'
import { t } from '../messages'
import { ACTIONS, type Action } from './actions'
import { ROLES } from './roles'

interface Props {
  member: Member
  onRole: (role: Role) => void
  onAction: (action: Action) => void
}

/** The settings of a member, for admins. */
export function MemberControls({ member, onRole, onAction }: Props) {
  const [asked, ask] = useState<Action>()
  const choose = (label: string) => {
    const action = ACTIONS.find((one) => one.label === label)
    if (action?.asks) ask(action)
    else if (action) onAction(action)
  }
  return (
    <>
      <label>
        <span className="visually-hidden">{t.roleOfName({ name: member.name })}</span>
        <select value={member.role} onChange={(event) => onRole(event.target.value as Role)}>
          {Object.entries(ROLES).map(([role, label]) => <option key={role} value={role}>{label}</option>)}
        </select>
      </label>
      <label>
        <span className="visually-hidden">{t.moreForName({ name: member.name })}</span>
        <select value="" onChange={(event) => choose(event.target.value)}>
          <option value="">{t.more}</option>
          {ACTIONS.map(({ label }) => <option key={label} value={label}>{label}</option>)}
        </select>
      </label>
      {asked?.asks && (
        <ConfirmDialog title={asked.asks.title({ name: member.name })} action={asked.asks.action} onConfirm={() => onAction(asked)} onClose={() => ask(undefined)}>{asked.asks.text}</ConfirmDialog>
      )}
    </>
  )
}
