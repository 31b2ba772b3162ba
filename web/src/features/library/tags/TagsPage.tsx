// The tags of the workspace. Managers rename, merge and remove them on every document.
import { Combine, Pencil, Trash2 } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { PageHeader } from '../../../elements/PageHeader'
import { mayManageTags } from '../../../rights'
import { useLive } from '../../../sync/refetch'
import type { Me } from '../../people'
import { type TagCount, api } from '../api'
import { tagsKey } from '../queries'
import { TagDialog } from './TagDialog'

const icon = { size: 16, strokeWidth: 1.75 }

export function TagsPage({ me }: { me: Me }) {
  useLive('documents', tagsKey)
  const tags = useQuery({ queryKey: [...tagsKey, 'archived'], queryFn: () => api.tags(true) })
  const [dialog, show] = useState<{ kind: 'rename' | 'merge' | 'remove'; tag: TagCount } | null>(null)
  const all = tags.data ?? []
  const mayManage = mayManageTags(me.role)
  return (
    <main className="list">
      <PageHeader title="Tags" />
      <p className="hint">Tags of the documents that you can see, archived ones included.{mayManage && ' A change applies to every document of the workspace that has the tag.'}</p>
      {tags.isError && <div role="alert" className="notice">{tags.error.message}</div>}
      {tags.isSuccess && all.length === 0 && <div className="empty">No tags yet. Open a document and add the first one below its title.</div>}
      {all.length > 0 && (
        <ul aria-label="Tags">
          {all.map((tag) => (
            <li key={tag.id} className="entry">
              <div className="about">
                <Link className="chip" href={`/documents?tag=${encodeURIComponent(tag.name)}`}>{tag.name}</Link>
                <small>{tag.documents} {tag.documents === 1 ? 'document' : 'documents'}</small>
              </div>
              {mayManage && (
                <div className="acts">
                  <button type="button" className="button" onClick={() => show({ kind: 'rename', tag })}><Pencil {...icon} />Rename</button>
                  {all.length > 1 && <button type="button" className="button" onClick={() => show({ kind: 'merge', tag })}><Combine {...icon} />Merge</button>}
                  <button type="button" className="button danger" onClick={() => show({ kind: 'remove', tag })}><Trash2 {...icon} />Delete tag</button>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {dialog && <TagDialog key={dialog.tag.id} kind={dialog.kind} tag={dialog.tag} all={all} onClose={() => show(null)} />}
    </main>
  )
}
