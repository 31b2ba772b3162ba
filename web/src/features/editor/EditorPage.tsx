// The page of one document.
import '../../styles/editor.css'
import '../../styles/comparison.css'
import '../../styles/nodes.css'
import '../../styles/suggesting.css'
import { type ReactNode, useEffect, useState } from 'react'
import { isNotFound, isRefusal } from '../../client'
import { maySeeReview } from '../../rights'
import { useStore } from '../../store'
import { notedUnsent } from '../../sync/local'
import type { DocumentSession } from '../../sync/session'
import { UNREACHABLE } from '../../sync/trust'
import { keptDocument, useDocument } from '../library'
import { OtherWorkspace } from '../people'
import { useThreads } from '../review'
import { UnsentSuggestions } from '../suggesting'
import { Desk } from './Desk'
import type { Writer } from './extensions'
import { t } from './messages'
import { DocumentPanels } from './panels'
import { useDocumentSession } from './useDocumentSession'
import { useHash } from './useHash'

const reasonOf = (error: Error): string =>
  isNotFound(error) ? t.thisDocumentDoesntExistOr : isRefusal(error) ? error.message : UNREACHABLE

export function EditorPage({ id, me }: { id: string; me: Writer }) {
  const document = useDocument(id, me.id)
  const [known] = useState(() => keptDocument(me.id, id))
  const threads = useThreads(id, maySeeReview(me.isGuest, document.data?.right))
  const session = useDocumentSession(id, me.id)
  const [panels] = useState(() => new DocumentPanels())
  const hash = useHash()
  useEffect(() => panels.follow(hash), [panels, hash])

  // Until the server answers, the text on this device is shown; also when access has ended while it has unsent changes.
  const mayShowKnown = !isRefusal(document.error) || notedUnsent(me.id, id) > 0
  const view = document.data ?? (document.isError && mayShowKnown ? known : undefined)
  if (!view && document.isError) {
    const message = reasonOf(document.error)
    const reason = <div role="alert" className="notice"><h1 className="visually-hidden">{t.thisDocumentCantBeShown}</h1>{message}</div>
    const isMissing = !me.isGuest && isNotFound(document.error)
    return <main className="list"><UnsentSuggestions account={me.id} document={id} />{isMissing ? <OtherWorkspace document={id}>{reason}</OtherWorkspace> : reason}</main>
  }
  if (!session || !view) return <main className="desk" />
  const desk = <Desk session={session} panels={panels} document={view} threads={threads} me={me} />
  // When access has ended, the page stays while it holds changes that the server does not have.
  return document.isError && isRefusal(document.error) ? <Ended session={session} account={me.id} reason={reasonOf(document.error)}>{desk}</Ended> : desk
}

function Ended({ session, account, reason, children }: { session: DocumentSession; account: string; reason: string; children: ReactNode }) {
  const unsaved = useStore(session, (state) => state.unsaved)
  return unsaved > 0 ? children : <main className="list"><UnsentSuggestions account={account} document={session.id} /><div role="alert" className="notice">{reason}</div></main>
}
