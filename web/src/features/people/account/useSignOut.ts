import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { deletions } from '../../../sync/undoableDeletions'
import { forgetDevice, unsentDocuments } from '../../../sync/local'
import { type Me, api } from '../api'

/** Signs out, and deletes the data on this device, so that the next user of the device cannot find it. */
export function useSignOut(me: Me) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  /** The documents with changes that signing out would delete, while the person is asked about them. */
  const [unsent, setUnsent] = useState<string[]>([])
  const { mutate, error } = useMutation({
    // Pending deletions are not stored on the device for a person who has signed out.
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
    if (documents.length === 0) mutate()
  }
  return { ask, unsent, signOut: () => mutate(), stay: () => setUnsent([]), failure: error }
}
