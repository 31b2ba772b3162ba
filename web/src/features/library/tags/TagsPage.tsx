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
import { t } from '../messages'
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
      <PageHeader title={t.tags} />
      <p className="hint">{t.tagsOfTheDocumentsThat} {mayManage && t.aChangeAppliesToEvery}</p>
      {tags.isError && <div role="alert" className="notice">{tags.error.message}</div>}
      {tags.isSuccess && all.length === 0 && <div className="empty">{t.noTagsYetOpenA}</div>}
      {all.length > 0 && (
        <ul aria-label={t.tags}>
          {all.map((tag) => (
            <li key={tag.id} className="entry">
              <div className="about">
                <Link className="chip" href={`/documents?tag=${encodeURIComponent(tag.name)}`}>{tag.name}</Link>
                <small>{t.documentsCount({ count: tag.documents })}</small>
              </div>
              {mayManage && (
                <div className="acts">
                  <button type="button" className="button" onClick={() => show({ kind: 'rename', tag })}><Pencil {...icon} />{t.rename}</button>
                  {all.length > 1 && <button type="button" className="button" onClick={() => show({ kind: 'merge', tag })}><Combine {...icon} />{t.merge}</button>}
                  <button type="button" className="button danger" onClick={() => show({ kind: 'remove', tag })}><Trash2 {...icon} />{t.deleteTag}</button>
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
