import { type CSSProperties, useEffect, useState } from 'react'
import { Avatar } from '../../elements/Avatar'
import { Menu } from '../../elements/Menu'
import { useStore } from '../../store'
import type { DocumentSession, Person } from '../../sync/session'
import { Follow } from './follow'
import { t } from './messages'

/** More faces than this are in a list. */
const SHOWN = 5

/** The people who have the document open too. Choosing one follows them. */
export function People({ session }: { session: DocumentSession }) {
  const people = useStore(session, (state) => state.people)
  const [follow] = useState(() => new Follow(session))
  const { following, isElsewhere } = useStore(follow, (state) => state)
  useEffect(() => follow.stop, [follow])
  const once = [...new Map(people.map((person) => [person.id, person])).values()]
  const [shown, rest] = once.length > SHOWN ? [once.slice(0, SHOWN), once.slice(SHOWN)] : [once, []]
  const followed = once.find(({ id }) => id === following)
  return (
    <>
      <ul className="people" aria-label={t.inThisDocument}>
        {shown.map((person) => <li key={person.id}><Face person={person} isFollowed={person.id === following} onChoose={follow.start} /></li>)}
        {rest.length > 0 && (
          <li>
            <Menu label={t.morePeople({ count: rest.length })} icon={<span className="avatar more">+{rest.length}</span>}>
              {rest.map((person) => (
                <button key={person.id} type="button" role="menuitem" onClick={() => follow.start(person)}><Avatar name={person.name} color={person.color} />{person.name}</button>
              ))}
            </Menu>
          </li>
        )}
      </ul>
      <span className="visually-hidden" aria-live="polite">{once.length > 0 ? t.inThisDocumentNames({ names: once.map(({ name }) => name).join(', ') }) : ''}</span>
      {followed && (
        <div className="following" style={{ '--person': followed.color } as CSSProperties}>
          <p role="status">{isElsewhere ? t.waitingForToReturnTo({ name: followed.name }) : t.followingName({ name: followed.name })}</p>
          <button type="button" onClick={follow.stop}>{t.stopFollowing}</button>
        </div>
      )}
    </>
  )
}

function Face({ person, isFollowed, onChoose }: { person: Person; isFollowed: boolean; onChoose: (person: Person) => void }) {
  return (
    <button type="button" className="face" aria-pressed={isFollowed} title={t.followName({ name: person.name })} onClick={() => onChoose(person)}>
      <Avatar name={person.name} color={person.color} /><span className="visually-hidden">{person.name}</span>
    </button>
  )
}
