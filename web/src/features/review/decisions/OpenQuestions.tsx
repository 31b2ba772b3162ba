// Pending approvals and open comments, across all documents that the account can see.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { date, dateTime } from '../../../dates'
import { type DecisionRange, type OpenQuestion, api } from '../api'
import { t } from '../messages'

const place = ({ kind, document_id, id }: OpenQuestion): string => `/documents/${document_id}${kind === 'approval' ? '#approval' : `#thread=${id}`}`

function Question({ one }: { one: OpenQuestion }) {
  const { kind, title, question, quote, awaited, asked_by_name, asked_at, due_at, is_overdue, is_mine } = one
  const what = { name: asked_by_name || t.someone, title: <Link href={place(one)}>{title}</Link> }
  return (
    <li className="decision">
      <p className="what">{kind === 'approval' ? t.requestedApprovalOf(what) : t.askedIn(what)} <time dateTime={asked_at}>{dateTime(asked_at)}</time></p>
      {kind === 'comment' && <q>{question || quote}</q>}
      {kind === 'approval' && <p>{is_mine ? t.waitingForYourDecision : t.waitingForNames({ names: awaited.map(({ name }) => name).join(', ') })}</p>}
      {due_at && <p className={is_overdue ? 'overdue' : 'due'}>{(is_overdue ? t.overdueSince : t.dueBy)({ date: date(due_at) })}</p>}
    </li>
  )
}

export function OpenQuestions({ range }: { range: DecisionRange }) {
  const { document, kind } = range
  const questions = useInfiniteQuery({
    queryKey: ['decisions', 'open', document, kind],
    queryFn: ({ pageParam }) => api.openQuestions(range, pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  })
  const all = questions.data?.pages.flatMap(({ items }) => items) ?? []
  const of = (kind: OpenQuestion['kind']) => all.filter((one) => one.kind === kind)
  const sections = [{ title: t.pendingApprovals, those: of('approval') }, { title: t.openComments, those: of('comment') }].filter(({ those }) => those.length > 0)
  return (
    <>
      {questions.error && <div role="alert" className="notice">{questions.error.message}</div>}
      {questions.data && all.length === 0 && !questions.hasNextPage && <div className="empty">{t.noOpenQuestions}</div>}
      {sections.map(({ title, those }) => (
        <section key={title} className="stack" aria-label={title}>
          <h2 className="eyebrow">{title}</h2>
          <ul aria-label={title}>{those.map((one) => <Question key={one.id} one={one} />)}</ul>
        </section>
      ))}
      {questions.hasNextPage && <button type="button" className="button" disabled={questions.isFetching} onClick={() => void questions.fetchNextPage()}>{t.more}</button>}
    </>
  )
}
