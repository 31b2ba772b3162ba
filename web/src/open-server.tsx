import { t } from './messages'

const OPTION = '--open'

/** The page of a server without accounts, which this app cannot use. */
export function OpenServer() {
  return (
    <main className="welcome">
      <div className="empty">
        <h1>{t.thisServerIsOpen}</h1>
        <p>{t.itTakesAnyDocumentName}</p>
        <code>{`ws://${location.host}/sync/NAME`} · {`ws://${location.host}/collab`}</code>
        <p>{t.startItWithout({ option: <code>{OPTION}</code> })}</p>
      </div>
    </main>
  )
}
