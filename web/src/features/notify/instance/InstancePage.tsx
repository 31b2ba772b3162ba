// Work of the server that failed, which its operator can retry. For the owner of the first workspace.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime } from '../../../dates'
import { PageHeader } from '../../../elements/PageHeader'
import { api } from '../api'
import { t } from '../messages'

const jobsKey = ['jobs']

export function InstancePage() {
  const queries = useQueryClient()
  const again = () => queries.invalidateQueries({ queryKey: jobsKey })
  const waiting = useQuery({ queryKey: [...jobsKey, 'waiting'], queryFn: () => api.jobs(false) })
  const failed = useQuery({ queryKey: [...jobsKey, 'failed'], queryFn: () => api.jobs(true) })
  const retry = useMutation({ mutationFn: api.retryJob, onSuccess: again })
  const remove = useMutation({ mutationFn: api.removeJob, onSuccess: again })
  const failure = waiting.error ?? failed.error ?? retry.error ?? remove.error
  return (
    <main className="list">
      <PageHeader title={t.instance}><a className="button" href="/docs">{t.apiReference}</a></PageHeader>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <section className="card stack" aria-labelledby="jobs-failed">
        <h2 id="jobs-failed">{t.failedBackgroundJobs}</h2>
        {failed.data?.length === 0 && <p>{waiting.data && waiting.data.length > 0 ? t.noneWaiting({ count: waiting.data.length }) : t.noneNothingWaiting}</p>}
        <ul className="shares">
          {failed.data?.map((job) => (
            <li key={job.job_id}>
              <span className="who">{job.kind}<small>{dateTime(job.created_at)} · {t.attemptsCount({ count: job.attempts })}{job.last_error && ` · ${job.last_error}`}</small></span>
              <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate(job.job_id)}>{t.retry}</button>
              <button type="button" className="button quiet" disabled={remove.isPending} onClick={() => remove.mutate(job.job_id)}>{t.remove}</button>
            </li>
          ))}
        </ul>
      </section>
    </main>
  )
}
