// Two versions of a text compared, in one text or side by side; or the text of one version alone.
import { useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { type Compared, type Revision, api } from '../api'
import { t } from '../messages'
import { useRevisionBefore, useRevisions, useUnread } from '../queries'
import type { ChangeMarks } from './changeMarks'
import { ComparedText } from './ComparedText'
import { ComparisonTools } from './ComparisonTools'
import { type Block, BlockRestored, RestoreBlockDialog, useRestoreBlock } from './RestoreBlock'
import { WhoWrote } from './WhoWrote'
import { readingFocus } from './readingFocus'
import { type Version, idOf, nameOf } from './VersionPicker'
import { titleOf } from './titles'

interface Props {
  document: string
  revision: Revision
  /** What is shown first. */
  shown: Compared
  /** Whether files can be made of it: not by guests. */
  mayExport?: boolean
  /** Whether blocks can be restored. */
  mayRestore?: boolean
}

/** The versions that are compared; without a first one an empty document. */
interface Pair {
  from: Version | null
  to: Version
}

export function Comparison({ document, revision, shown, mayExport = true, mayRestore = false }: Props) {
  const revisions = useRevisions(document)
  const all = revisions.data ?? []
  const read = useUnread(document, false).data?.from ?? undefined
  const isNewest = all[0]?.revision_id === revision.revision_id
  const previous = useRevisionBefore(document, revision.revision_id)
  const [against, setAgainst] = useState<Compared | null>(shown)
  const [chosen, setChosen] = useState<Pair>({ from: revision, to: 'now' })
  const [isSideBySide, setSideBySide] = useState(false)
  const [changes, setChanges] = useState<ChangeMarks[] | null>(null)
  const [at, setAt] = useState<number | null>(null)
  const [block, setBlock] = useState<Block | null>(null)
  const { restore, undo } = useRestoreBlock(document)
  const pair: Pair = against === 'now' ? { from: revision, to: 'now' } : against === 'before' ? { from: previous ?? null, to: revision } : chosen
  const between = { ...(pair.from && { from: idOf(pair.from) }), ...(pair.to !== 'now' && { to: idOf(pair.to) }) }
  const isText = against === 'text'
  const view = isSideBySide ? 'sides' : 'blocks'
  const html = useQuery({
    queryKey: ['changes', document, isText ? revision.revision_id : { ...between, view }],
    enabled: against !== 'authors' && (against !== 'before' || previous !== undefined),
    queryFn: () => (isText ? api.revisionAsHtml(document, revision.revision_id) : api.changesAsHtml(document, { ...between, view })),
  })
  const note = useCallback((found: ChangeMarks[]) => {
    setChanges(found)
    setAt(null)
  }, [])
  const choose = (from: Version | null, to: Version) => {
    setAt(null)
    setChosen({ from, to })
    setAgainst(null)
  }
  const compareWith = (wish: Compared) => {
    setAt(null)
    setAgainst(wish)
  }
  const failure = html.error ?? restore.error ?? undo.error
  const restorable = mayRestore && pair.to === 'now' && pair.from && pair.from !== 'now' ? pair.from : null
  const version = titleOf(revision)
  const title = isText ? t.textOf({ version }) : against === 'now' ? t.changesSince({ version }) : against === 'before' ? t.changesIn({ version }) : t.changesFromTo({ from: nameOf(pair.from), to: nameOf(pair.to) })
  return (
    <article ref={readingFocus} className={isSideBySide && !isText ? 'sheet comparison wide' : 'sheet comparison'} aria-label={t.changes}>
      <ComparisonTools
        document={document} versions={['now', ...all]} read={read} hasPrevious={previous !== undefined} from={pair.from} to={pair.to} between={between} against={against} isSideBySide={isSideBySide} mayExport={mayExport}
        changes={html.data === undefined ? null : changes} at={at} onAgainst={compareWith} onVersions={choose} onSideBySide={(on) => { setAt(null); setSideBySide(on) }} onLook={setAt}
      />
      {against === 'authors' ? <WhoWrote document={document} {...(!isNewest && { revision })} /> : <>
      <h2>{title}</h2>
      {failure && <p role="alert" className="notice">{failure.message}</p>}
      {restore.data && <BlockRestored isBusy={undo.isPending} onUndo={() => undo.mutate(restore.data.revision_id)} />}
      {html.isPending && !html.error && <p role="status" className="hint">{t.loading}</p>}
      {isSideBySide && !isText && <div className="pair heads" aria-hidden="true"><strong>{nameOf(pair.from)}</strong><strong>{nameOf(pair.to)}</strong></div>}
      <ComparedText document={document} html={html.data ?? ''} isSideBySide={isSideBySide && !isText} at={at} onChanges={note} onLook={setAt} onRestore={restorable && !isText ? setBlock : null} />
      {block && restorable && <RestoreBlockDialog block={block} onConfirm={() => restore.mutate({ revision: restorable, block: block.number })} onClose={() => setBlock(null)} />}
      </>}
    </article>
  )
}
