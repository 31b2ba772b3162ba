// One space: what it is for, and its pages at the top.
import { useQuery } from '@tanstack/react-query'
import { Archive, FileInput, Globe, MoreHorizontal, Plus, Settings2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { Menu } from '../../../elements/Menu'
import { PageHeader } from '../../../elements/PageHeader'
import { dateTime } from '../../../dates'
import { mayAdminister, mayCreateDocuments, mayEdit } from '../../../rights'
import { WatchButton } from '../../notify'
import type { Me } from '../../people'
import { PublishDialog } from '../../publish'
import { ExportDialog, ImportDialog } from '../../transfer'
import { api } from '../api'
import { SpaceDialog } from '../dialogs'
import { t } from '../messages'
import { pagesKey, useNewPage, useSpaces } from '../queries'
import { spaceName } from '../tree/places'

const icon = { size: 16, strokeWidth: 1.75 }
const AT_ONCE = 50

export function SpacePage({ id, me }: { id: string; me: Me }) {
  const [, go] = useLocation()
  const [isChanging, change] = useState(false)
  const [isPublishing, publish] = useState(false)
  const [isImporting, importFiles] = useState(false)
  const [isExporting, exportPages] = useState(false)
  const [count, setCount] = useState(AT_ONCE)
  const spaces = useSpaces()
  const level = useQuery({ queryKey: [...pagesKey, 'level', id, '', count], queryFn: () => api.level(id, undefined, count) })
  const create = useNewPage((made) => go(`/documents/${made}`, { state: { isNew: true } }))
  const space = spaces.data?.find((one) => one.id === id)
  if (!space) return <main className="list">{spaces.isSuccess && <div role="alert" className="notice">{t.thisSpaceDoesntExistOr}</div>}</main>
  const failure = level.error ?? create.error
  const mayAdd = mayEdit(space.right) && mayCreateDocuments(me.role)
  const mayRule = mayAdminister(space.right) && !space.owner_id
  return (
    <main className="list">
      <PageHeader title={spaceName(space, me.account_id)} icon={space.icon}>
        {!space.owner_id && <WatchButton kind="spaces" id={id} />}
        {mayAdd && <button type="button" className="button" onClick={() => importFiles(true)}><FileInput {...icon} />{t.import}</button>}
        {mayAdd && <button type="button" className="button primary" disabled={create.isPending} onClick={() => create.mutate({ space: id })}><Plus {...icon} />{t.newPage}</button>}
        <Menu label={t.moreActions} icon={<MoreHorizontal {...icon} />}>
          {mayRule && <button type="button" role="menuitem" onClick={() => change(true)}><Settings2 {...icon} />{t.spaceSettings}</button>}
          <button type="button" role="menuitem" onClick={() => exportPages(true)}><Archive {...icon} />{t.export}</button>
          {mayRule && <button type="button" role="menuitem" onClick={() => publish(true)}><Globe {...icon} />{t.publishOnTheWeb}</button>}
        </Menu>
      </PageHeader>
      {space.description && <p>{space.description}</p>}
      {space.owner_id === me.account_id && <p className="hint">{t.onlyYouSeeThePages}</p>}
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {level.data?.pages.length === 0 && <div className="empty">{mayAdd ? t.noPagesYetCreateThe : t.noPagesYet}</div>}
      {level.data && level.data.pages.length > 0 && (
        <ul>
          {level.data.pages.map((page) => (
            <li key={page.id}>
              <Link href={`/documents/${page.id}`}>
                <strong>{page.icon && <span aria-hidden="true">{page.icon} </span>}{page.title}</strong>
                <span>{dateTime(page.updated_at)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {level.data?.more && <button type="button" className="button" onClick={() => setCount(count + AT_ONCE)}>{t.more}</button>}
      {isPublishing && <PublishDialog kind="space" id={id} title={space.name} onClose={() => publish(false)} />}
      {isExporting && <ExportDialog of={{ space: id }} name={spaceName(space, me.account_id)} onClose={() => exportPages(false)} />}
      {isImporting && <ImportDialog place={{ space: id }} name={spaceName(space, me.account_id)} onClose={() => importFiles(false)} />}
      {isChanging && <SpaceDialog space={space} onClose={() => change(false)} />}
    </main>
  )
}
