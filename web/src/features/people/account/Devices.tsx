import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { dateTime } from '../../../dates'
import { api } from '../api'
import { t } from '../messages'

// not a text: names of products, as user agents write them
const BROWSERS = ['Edg', 'Firefox', 'Chrome', 'Safari']
// not a text: as above
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux']

/** Shortens a user agent to a name such as "Firefox on Linux". */
export function deviceName(agent: string): string {
  const browser = BROWSERS.find((name) => agent.includes(`${name}/`))
  const system = SYSTEMS.find((name) => agent.includes(name))
  if (!browser) return agent.slice(0, 60) || t.unknownApp
  const name = browser.replace(/^Edg$/, 'Edge')
  return system ? t.deviceOn({ browser: name, system }) : name
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
      <h2 id="devices">{t.devices}</h2>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      <ul className="shares">
        {devices.data?.map((device) => (
          <li key={device.session_id}>
            <span className="who">
              {deviceName(device.agent)}
              <small>{device.current ? t.thisDevice({ date: dateTime(device.signed_in_at) }) : t.lastSeen({ seen: dateTime(device.last_seen_at), date: dateTime(device.signed_in_at) })}</small>
            </span>
            {!device.current && <button type="button" className="button" onClick={() => end.mutate(device.session_id)}>{t.signOut}</button>}
          </li>
        ))}
      </ul>
      {(devices.data?.length ?? 0) > 1 && (
        <div className="row"><button type="button" className="button" onClick={() => endOthers.mutate()}>{t.signOutAllOtherDevices}</button></div>
      )}
    </section>
  )
}
