// Which page is shown: first run, sign-in, a link, or one of the workspace.
import { Suspense, lazy } from 'react'
import { Route, Switch } from 'wouter'
import { AuditPage } from './features/audit'
import { DocumentList, LinkPage, useGuest } from './features/library'
import { InboxPage, StopMailsPage, WebhooksPage } from './features/notify'
import { AccountPage, ForgottenPage, GroupsPage, InvitePage, MembersPage, ResetPage, SetupPage, type SetupState, SignInPage, VerifyPage, useMe, useSetup } from './features/people'
import { DecisionsPage, WorkflowsPage } from './features/review'
import { Frame } from './frame'
import { OpenServer } from './open-server'

// The editor is the heavy part: the list of documents does not wait for it.
const EditorPage = lazy(() => import('./features/editor').then((module) => ({ default: module.EditorPage })))

export function App() {
  const setup = useSetup()
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
  const me = useMe(setup?.open === false)
  // Without an account, a link may have let a guest in.
  const guest = useGuest(me.isError)
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
