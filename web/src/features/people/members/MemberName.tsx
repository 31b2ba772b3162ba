import type { Member } from '../api'

export function MemberName({ member }: { member: Member }) {
  return (
    <span className="who">
      {member.name}
      <small>{member.email}</small>
    </span>
  )
}
