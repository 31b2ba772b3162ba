import { Link } from 'wouter'
import { t } from '../messages'
import { type WatchedKind, useWatch, useWatches } from './queries'

/** The documents and spaces that the account watches. */
export function Watched() {
  const watches = useWatches()
  const documents = watches.data?.documents ?? []
  const spaces = watches.data?.spaces ?? []
  return (
    <section className="card stack" aria-labelledby="watched">
      <h2 id="watched">{t.watched}</h2>
      {watches.isError && <div role="alert" className="notice">{watches.error.message}</div>}
      {watches.isSuccess && documents.length + spaces.length === 0 && <p>{t.youWatchNothingOpenA}</p>}
      <ul className="shares" aria-label={t.watched}>
        {spaces.map((one) => <Row key={one.id} kind="spaces" id={one.id} title={one.title} />)}
        {documents.map((one) => <Row key={one.id} kind="documents" id={one.id} title={one.title} />)}
      </ul>
    </section>
  )
}

function Row({ kind, id, title }: { kind: WatchedKind; id: string; title: string }) {
  const { isReady, toggle } = useWatch(kind, id)
  return (
    <li>
      <span className="who"><Link href={`/${kind}/${id}`}>{title}</Link><small>{kind === 'spaces' ? t.space : t.document}</small></span>
      <button type="button" className="button quiet" aria-label={t.stopWatchingTitle({ title })} disabled={!isReady} onClick={toggle}>{t.stopWatching}</button>
    </li>
  )
}
