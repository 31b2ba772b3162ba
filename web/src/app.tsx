// Which page is shown: first run, sign-in, invitation, list or document.
import { useQuery } from '@tanstack/react-query'
import { Suspense, lazy } from 'react'
import { Route, Switch } from 'wouter'
import { api } from './api'
import { Frame } from './frame'
import { AccountPage } from './features/account/AccountPage'
import { DocumentList } from './features/documents/DocumentList'
import { InvitePage } from './features/people/InvitePage'
import { MembersPage } from './features/people/MembersPage'
import { SetupPage } from './features/people/SetupPage'
import { SignInPage } from './features/people/SignInPage'

// The editor is the heavy part; the list is there before it.
const EditorPage = lazy(() => import('./features/editor/EditorPage').then((module) => ({ default: module.EditorPage })))

export function App() {
  return (
    <Switch>
      <Route path="/setup"><SetupPage /></Route>
      <Route path="/invite/:token">{({ token }) => <InvitePage token={token} />}</Route>
      <Route><SignedIn /></Route>
    </Switch>
  )
}

function SignedIn() {
  const setup = useQuery({ queryKey: ['setup'], queryFn: api.setupState })
  const me = useQuery({ queryKey: ['me'], queryFn: api.me, enabled: setup.data?.open === false })
  if (setup.data?.open) return <OpenServer />
  if (setup.data?.needed) return <SetupPage />
  if (me.isError || setup.isError) return <SignInPage unreachable={setup.isError} />
  if (!me.data) return null
  return (
    <Frame me={me.data}>
      <Switch>
        <Route path="/documents/:id">
          {({ id }) => <Suspense fallback={null}><EditorPage key={id} id={id} me={me.data} /></Suspense>}
        </Route>
        <Route path="/members"><MembersPage me={me.data} /></Route>
        <Route path="/account"><AccountPage me={me.data} /></Route>
        <Route><DocumentList me={me.data} /></Route>
      </Switch>
    </Frame>
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
