// The bar above a comparison: which versions, how they are shown, and buttons that go from change to change.
import { Columns2, Download, Rows2 } from 'lucide-react'
import { Menu } from '../../../elements/Menu'
import { type Compared, comparisonFile } from '../api'
import { t } from '../messages'
import type { ChangeMarks } from './changeMarks'
import { ChangeSteps, WhoChanged } from './ChangeSteps'
import { type Version, VersionPicker } from './VersionPicker'

interface Props {
  document: string
  versions: readonly Version[]
  read?: string | undefined
  /** Whether the version before this one is known. */
  hasPrevious: boolean
  /** The earlier version; an empty document if absent. */
  from: Version | null
  to: Version
  /** The same, as the server names them. */
  between: { from?: string; to?: string }
  against: Compared | null
  isSideBySide: boolean
  mayExport: boolean
  changes: ChangeMarks[] | null
  at: number | null
  onAgainst: (against: Compared) => void
  onVersions: (from: Version | null, to: Version) => void
  onSideBySide: (on: boolean) => void
  onLook: (at: number) => void
}

const icon = { size: 16, strokeWidth: 1.75 } as const

export function ComparisonTools({ document, versions, read, hasPrevious, from, to, between, against, isSideBySide, mayExport, changes, at, onAgainst, onVersions, onSideBySide, onLook }: Props) {
  return (
    <div className="compare-tools">
      <div className="tools">
        <fieldset className="switch" aria-label={t.compareWith}>
          <button type="button" className="button quiet" aria-pressed={against === 'now'} onClick={() => onAgainst('now')}>{t.compareWithNow}</button>
          <button type="button" className="button quiet" aria-pressed={against === 'before'} disabled={!hasPrevious} onClick={() => onAgainst('before')}>{t.compareWithPrevious}</button>
          <button type="button" className="button quiet" aria-pressed={against === 'text'} onClick={() => onAgainst('text')}>{t.textOfThisVersion}</button>
          <button type="button" className="button quiet" aria-pressed={against === 'authors'} onClick={() => onAgainst('authors')}>{t.whoWroteThis}</button>
        </fieldset>
      </div>
      {against !== 'text' && against !== 'authors' && (
        <>
          <div className="tools versions">
            <VersionPicker label={t.fromVersion} versions={versions.filter((version) => version !== 'now')} chosen={from} read={read} onChoose={(version) => onVersions(version, to)} />
            <VersionPicker label={t.toVersion} versions={versions} chosen={to} onChoose={(version) => onVersions(from, version)} />
          </div>
          <div className="tools">
            <fieldset className="switch wide-only" aria-label={t.comparisonView}>
              <button type="button" className="button quiet" aria-pressed={!isSideBySide} onClick={() => onSideBySide(false)}><Rows2 {...icon} />{t.inOneText}</button>
              <button type="button" className="button quiet" aria-pressed={isSideBySide} onClick={() => onSideBySide(true)}><Columns2 {...icon} />{t.sideBySide}</button>
            </fieldset>
            <ChangeSteps changes={changes} at={at} onLook={onLook} />
            {mayExport && (
              <Menu label={t.downloadTheComparison} icon={<Download {...icon} />}>
                <a role="menuitem" href={comparisonFile(document, between, 'pdf')} download>{t.asPdf}</a>
                <a role="menuitem" href={comparisonFile(document, between, 'docx')} download>{t.asWord}</a>
              </Menu>
            )}
          </div>
          <WhoChanged changes={changes} at={at} />
        </>
      )}
    </div>
  )
}
