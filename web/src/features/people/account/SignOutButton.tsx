import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { deletions } from '../../../sync/deletions'
import { forgetDevice, unsentDocuments } from '../../../sync/local'
import { type Me, api } from '../api'

/** Signs out, and deletes the data on this device, so that the next user of the device cannot find it. */
export function SignOutButton({ me }: { me: Me }) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  const warning = useRef<HTMLDialogElement>(null)
  const [unsent, setUnsent] = useState<string[]>([])
  const signOut = useMutation({
    // What was deleted is not written down for a person who has left.
    mutationFn: () => deletions.flush().then(api.signOut),
    onSuccess: async () => {
      go('/')
      await forgetDevice(me.account_id)
      queries.clear()
      location.reload()
    },
  })
  const ask = () => {
    const documents = unsentDocuments(me.account_id)
    setUnsent(documents)
    if (documents.length > 0) warning.current?.showModal()
    else signOut.mutate()
  }
  return (
    <>
      <button type="button" className="button quiet" onClick={ask}><LogOut size={16} strokeWidth={1.75} />Sign out</button>
      <dialog ref={warning} aria-labelledby="unsent-title">
        <div className="stack">
          <h2 id="unsent-title">Something was not sent yet</h2>
          <p>{unsent.length === 1 ? 'One document has' : `${unsent.length} documents have`} changes that only this device holds. Signing out deletes them.</p>
          <ul className="plain">
            {unsent.map((id) => <li key={id}><Link href={`/documents/${id}`} onClick={() => warning.current?.close()}>Open it, to send or copy them</Link></li>)}
          </ul>
          <div className="row">
            <button type="button" className="button primary" onClick={() => warning.current?.close()}>Stay signed in</button>
            <button type="button" className="button danger" onClick={() => signOut.mutate()}>Delete them and sign out</button>
          </div>
        </div>
      </dialog>
    </>
  )
}
