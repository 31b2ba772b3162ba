// Work of the server that failed, which its operator can retry. For the owner of the first workspace.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime } from '../../../dates'
import { PageHeader } from '../../../elements/PageHeader'
import { api } from '../api'

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
      <PageHeader title="Instance"><a className="button" href="/docs">API reference</a></PageHeader>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <section className="card stack" aria-labelledby="jobs-failed">
        <h2 id="jobs-failed">Failed background jobs</h2>
        {failed.data?.length === 0 && <p>None. {waiting.data && waiting.data.length > 0 ? `${waiting.data.length} waiting.` : 'Nothing is waiting.'}</p>}
        <ul className="shares">
          {failed.data?.map((job) => (
            <li key={job.job_id}>
              <span className="who">{job.kind}<small>{dateTime(job.created_at)} · {job.attempts} attempts{job.last_error && ` · ${job.last_error}`}</small></span>
              <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate(job.job_id)}>Retry</button>
              <button type="button" className="button quiet" disabled={remove.isPending} onClick={() => remove.mutate(job.job_id)}>Remove</button>
            </li>
          ))}
        </ul>
      </section>
    </main>
  )
}
