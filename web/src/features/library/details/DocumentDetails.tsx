import { useLive } from '../../../sync/refetch'
import type { DocumentView } from '../api'
import { t } from '../messages'
import { documentKey, useDetails } from '../queries'
import { DocumentTags } from '../tags/DocumentTags'
import { KINDS, kindName } from '../words'

/** Below the title: the kind of the document and its tags. */
export function DocumentDetails({ document: { id, kind, tags }, mayEdit }: { document: DocumentView; mayEdit: boolean }) {
  const change = useDetails(id)
  // A tag that is renamed for the workspace is renamed here.
  useLive('tags', documentKey(id))
  return (
    <div className="details">
      {mayEdit ? (
        <select aria-label={t.kindOfTheDocument} value={kind} disabled={change.isPending} onChange={(event) => change.mutate({ kind: event.target.value })}>
          {KINDS.map(([known, name]) => <option key={known} value={known}>{name}</option>)}
          {!KINDS.some(([known]) => known === kind) && <option value={kind}>{kind}</option>}
        </select>
      ) : <span>{kindName(kind)}</span>}
      <DocumentTags tags={tags} onChange={mayEdit ? (of) => change.mutate((now) => ({ tags: of(now.tags) })) : undefined} />
      {change.isError && <div role="alert" className="notice">{change.error.message}</div>}
    </div>
  )
}
