// What could not be carried over, one line for each thing.
import type { Import } from './api'
import { t } from './messages'
import { shortPath } from './words'

const AT_ONCE = 200

export function Report({ view }: { view: Import }) {
  const { report, more } = view
  if (report.length === 0) return <p className="hint">{t.everythingCanBeCarriedOver}</p>
  const rest = more + Math.max(report.length - AT_ONCE, 0)
  return (
    <details open={report.length <= 5}>
      <summary>{t.cantBeCarriedOver({ count: report.length + more })}</summary>
      <ul className="import-report">
        {report.slice(0, AT_ONCE).map((line) => (
          <li key={`${line.file} ${line.what} ${line.where}`}>{line.file && <strong>{shortPath(line.file)}: </strong>}{line.what}{line.where && <span> ({line.where})</span>}</li>
        ))}
        {rest > 0 && <li>{t.andMore({ count: rest })}</li>}
      </ul>
    </details>
  )
}
