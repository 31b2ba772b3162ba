import { useMutation } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { api } from '../api'
import { KINDS } from '../words'

/** Creates a document of a kind, and opens it. */
export function NewDocument() {
  const [, go] = useLocation()
  const [kind, choose] = useState('custom')
  const create = useMutation({ mutationFn: () => api.create('Untitled', { kind }), onSuccess: (made) => go(`/documents/${made.id}`) })
  return (
    <div className="new">
      <select aria-label="Kind of the new document" value={kind} onChange={(event) => choose(event.target.value)}>
        {KINDS.map(([known, name]) => <option key={known} value={known}>{name}</option>)}
      </select>
      <button type="button" className="button primary" disabled={create.isPending} onClick={() => create.mutate()}>
        <Plus size={16} strokeWidth={1.75} />New document
      </button>
      {create.isError && <div role="alert" className="notice">{create.error.message}</div>}
    </div>
  )
}
