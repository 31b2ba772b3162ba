import type { Role } from '../../../rights'
import type { Member } from '../api'
import { ACTIONS, type Action } from './actions'
import { ROLES } from './roles'

interface Props {
  member: Member
  onRole: (role: Role) => void
  onAction: (action: Action) => void
}

/** The settings of a member, for admins. */
export function MemberControls({ member, onRole, onAction }: Props) {
  return (
    <>
      <label>
        <span className="visually-hidden">Role of {member.name}</span>
        <select value={member.role} onChange={(event) => onRole(event.target.value as Role)}>
          {Object.entries(ROLES).map(([role, label]) => <option key={role} value={role}>{label}</option>)}
        </select>
      </label>
      <label>
        <span className="visually-hidden">More for {member.name}</span>
        <select
          value=""
          onChange={(event) => {
            const action = ACTIONS.find(({ label }) => label === event.target.value)
            if (action && (!action.asks || confirm(`${action.label}: ${member.name}?`))) onAction(action)
          }}
        >
          <option value="">More…</option>
          {ACTIONS.map(({ label }) => <option key={label} value={label}>{label}</option>)}
        </select>
      </label>
    </>
  )
}
