import { useMutation } from '@tanstack/react-query'
import { FileInput, LayoutTemplate, Plus } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Me } from '../../people'
import { ImportDialog } from '../../transfer'
import { api } from '../api'
import { TemplateDialog } from '../dialogs'
import { t } from '../messages'
import { KINDS } from '../words'

/** Creates a document of a kind, or with a template, and opens it. */
export function NewDocument({ me }: { me: Me }) {
  const [, go] = useLocation()
  const [isChoosing, setChoosing] = useState(false)
  const [isImporting, importFiles] = useState(false)
  const [kind, choose] = useState('custom')
  const create = useMutation({ mutationFn: () => api.create({ title: t.untitled, kind }), onSuccess: (made) => go(`/documents/${made.id}`, { state: { isNew: true } }) })
  return (
    <div className="new">
      <select aria-label={t.kindOfTheNewDocument} value={kind} onChange={(event) => choose(event.target.value)}>
        {KINDS.map(([known, name]) => <option key={known} value={known}>{name}</option>)}
      </select>
      <button type="button" className="button primary" disabled={create.isPending} onClick={() => create.mutate()}>
        <Plus size={16} strokeWidth={1.75} />{t.newDocument}
      </button>
      <button type="button" className="button" onClick={() => setChoosing(true)}><LayoutTemplate size={16} strokeWidth={1.75} />{t.fromATemplate}</button>
      <button type="button" className="button" onClick={() => importFiles(true)}><FileInput size={16} strokeWidth={1.75} />{t.import}</button>
      {isImporting && <ImportDialog place={{}} name={t.myPages} onClose={() => importFiles(false)} />}
      {isChoosing && <TemplateDialog me={me} onCreated={(id) => go(`/documents/${id}`)} onClose={() => setChoosing(false)} />}
      {create.isError && <div role="alert" className="notice">{create.error.message}</div>}
    </div>
  )
}
