import type { CSSProperties } from 'react'
import { useStore } from '../../store'
import type { DocumentSession } from '../../sync/session'

/** More faces than this are only counted. */
const SHOWN = 5

/** The people who have the document open too. */
export function People({ session }: { session: DocumentSession }) {
  const people = useStore(session, (state) => state.people)
  const once = [...new Map(people.map((person) => [person.id, person])).values()]
  const initials = (name: string) => name.split(/\s+/).slice(0, 2).map((word) => word[0]?.toUpperCase()).join('')
  return (
    <>
      <ul className="people" aria-label="Also here">
        {once.slice(0, SHOWN).map((person) => (
          <li key={person.id} className="avatar" title={person.name} style={{ '--person': person.color } as CSSProperties}>
            <span aria-hidden="true">{initials(person.name)}</span>
            <span className="visually-hidden">{person.name}</span>
          </li>
        ))}
        {once.length > SHOWN && <li className="avatar more">+{once.length - SHOWN}</li>}
      </ul>
      <span className="visually-hidden" aria-live="polite">{once.length > 0 ? `Also here: ${once.map((person) => person.name).join(', ')}` : ''}</span>
    </>
  )
}
