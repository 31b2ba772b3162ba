import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime } from '../../../dates'
import { api } from '../api'

/** Shortens a user agent to a name such as "Firefox on Linux". */
export function deviceName(agent: string): string {
  const browser = ['Edg', 'Firefox', 'Chrome', 'Safari'].find((name) => agent.includes(`${name}/`))
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) => agent.includes(name))
  if (!browser) return agent.slice(0, 60) || 'Unknown app'
  return [browser === 'Edg' ? 'Edge' : browser, system].filter(Boolean).join(' on ')
}

/** The sessions of the account; each can be ended. */
export function Devices() {
  const queries = useQueryClient()
  const devices = useQuery({ queryKey: ['devices'], queryFn: api.devices })
  const refresh = () => queries.invalidateQueries({ queryKey: ['devices'] })
  const end = useMutation({ mutationFn: api.endDevice, onSuccess: refresh })
  const endOthers = useMutation({ mutationFn: api.endOtherDevices, onSuccess: refresh })
  const failure = devices.error ?? end.error ?? endOthers.error
  return (
    <section className="card stack" aria-labelledby="devices">
      <h2 id="devices">Devices</h2>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <ul className="shares">
        {devices.data?.map((device) => (
          <li key={device.session_id}>
            <span className="who">
              {deviceName(device.agent)}
              <small>{device.current ? 'This device' : `Last seen ${dateTime(device.last_seen_at)}`}, signed in {dateTime(device.signed_in_at)}</small>
            </span>
            {!device.current && <button type="button" className="button" onClick={() => end.mutate(device.session_id)}>Sign out</button>}
          </li>
        ))}
      </ul>
      {(devices.data?.length ?? 0) > 1 && (
        <div className="row"><button type="button" className="button" onClick={() => endOthers.mutate()}>Sign out all other devices</button></div>
      )}
    </section>
  )
}
