// Which page is shown: first run, sign-in, a link, or one of the workspace.
import { useQuery } from '@tanstack/react-query'
import { Suspense, lazy } from 'react'
import { Route, Switch } from 'wouter'
import { type SetupState, api } from './api'
import { Frame } from './frame'
import { AccountPage } from './features/account/AccountPage'
import { WorkflowsPage } from './features/approvals/WorkflowsPage'
import { AuditPage } from './features/audit/AuditPage'
import { DecisionsPage } from './features/decisions/DecisionsPage'
import { DocumentList } from './features/documents/DocumentList'
import { GroupsPage } from './features/groups/GroupsPage'
import { InboxPage } from './features/inbox/InboxPage'
import { LinkPage } from './features/links/LinkPage'
import { InvitePage } from './features/people/InvitePage'
import { MembersPage } from './features/people/MembersPage'
import { ForgottenPage, ResetPage, StopMailsPage, VerifyPage } from './features/people/ProofPages'
import { SetupPage } from './features/people/SetupPage'
import { SignInPage } from './features/people/SignInPage'
import { WebhooksPage } from './features/webhooks/WebhooksPage'

// The editor is the heavy part; the list is there before it.
const EditorPage = lazy(() => import('./features/editor/EditorPage').then((module) => ({ default: module.EditorPage })))

export function App() {
  const setup = useQuery({ queryKey: ['setup'], queryFn: api.setupState })
  return (
    <Switch>
      <Route path="/setup"><SetupPage /></Route>
      <Route path="/invite/:token">{({ token }) => <InvitePage token={token} />}</Route>
      <Route path="/link"><LinkPage /></Route>
      <Route path="/forgotten">{setup.data && <ForgottenPage mails={setup.data.mails} />}</Route>
      <Route path="/reset"><ResetPage /></Route>
      <Route path="/mails"><StopMailsPage /></Route>
      <Route path="/verify"><VerifyPage /></Route>
      <Route><Inside setup={setup.data} unreachable={setup.isError} /></Route>
    </Switch>
  )
}

function Inside({ setup, unreachable }: { setup: SetupState | undefined; unreachable: boolean }) {
  const me = useQuery({ queryKey: ['me'], queryFn: api.me, enabled: setup?.open === false })
  // Somebody without an account may have come to a document by a link.
  const guest = useQuery({ queryKey: ['guest'], queryFn: api.guest, enabled: me.isError })
  if (setup?.open) return <OpenServer />
  if (setup?.needed) return <SetupPage />
  if (me.data) {
    return (
      <Frame me={me.data}>
        <Switch>
          <Route path="/documents/:id">
            {({ id }) => <Suspense fallback={null}><EditorPage key={id} id={id} me={{ id: me.data.account_id, name: me.data.name, color: me.data.color, isGuest: false }} /></Suspense>}
          </Route>
          <Route path="/workflows"><WorkflowsPage /></Route>
          <Route path="/webhooks"><WebhooksPage /></Route>
          <Route path="/decisions"><DecisionsPage /></Route>
          <Route path="/inbox"><InboxPage /></Route>
          <Route path="/members"><MembersPage me={me.data} /></Route>
          <Route path="/groups"><GroupsPage me={me.data} /></Route>
          <Route path="/audit"><AuditPage /></Route>
          <Route path="/account"><AccountPage me={me.data} /></Route>
          <Route><DocumentList me={me.data} /></Route>
        </Switch>
      </Frame>
    )
  }
  if (!unreachable && !me.isError) return null
  if (me.isError && guest.isLoading) return null
  return (
    <Switch>
      {guest.data && (
        <Route path="/documents/:id">
          {({ id }) => <Suspense fallback={null}><EditorPage key={id} id={id} me={{ id: guest.data.guest_id, name: guest.data.name, color: guest.data.color, isGuest: true }} /></Suspense>}
        </Route>
      )}
      <Route><SignInPage setup={setup} /></Route>
    </Switch>
  )
}

function OpenServer() {
  return (
    <main className="welcome">
      <div className="empty">
        <h1>This server is open</h1>
        <p>It takes any document name without signing in. Point your Yjs app at it:</p>
        <code>{`ws://${location.host}/sync/NAME`} · {`ws://${location.host}/collab`}</code>
        <p>Start it without <code>--open</code> for accounts and this app.</p>
      </div>
    </main>
  )
}
