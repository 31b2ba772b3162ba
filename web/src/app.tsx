// Chooses the page: first run, sign-in, a link, or a page of the workspace.
import { Redirect, Route, Switch } from 'wouter'
import { isRefusal } from './client'
import { NotFoundPage } from './elements/NotFoundPage'
import { UndoToasts } from './elements/UndoToasts'
import { lazyPage } from './elements/lazily'
import { DocumentList, FavouritesPage, LinkPage, RecentList, SpacePage, SpacesPage, TagsPage, TrashPage, TrashToast, keptGuest, useGuest } from './features/library'
import { InboxPage, StopMailsPage } from './features/notify'
import { ForgottenPage, InvitePage, ResetPage, SetupPage, type SetupState, SignInPage, VerifyPage, keptMe, useMe, useSetup } from './features/people'
import { DecisionsPage } from './features/review'
import { SearchPage } from './features/search'
import { Frame } from './frame'
import { HomePage } from './home'
import { OpenServer } from './open-server'
import { useWire } from './sync/useWire'

// The editor is large, so it is loaded separately from the list of documents.
const EditorPage = lazyPage(() => import('./features/editor'), 'EditorPage')

// Settings are seldom opened.
const SettingsPages = lazyPage(() => import('./settings'), 'SettingsPages')

/**
 * The id at the end of an address. The part before it is for people: an address with an earlier slug leads here too.
 */
const documentAt = (address: string): string => address.slice(-36)

/** Addresses of earlier versions, which mails and bookmarks have. */
const MOVED = [
  ['/account', '/settings/profile'], ['/members', '/settings/members'], ['/groups', '/settings/groups'],
  ['/workflows', '/settings/workflows'], ['/webhooks', '/settings/webhooks'], ['/audit', '/settings/audit'],
] as const

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

const isUnanswered = ({ isError, error }: { isError: boolean; error: unknown }) => isError && !isRefusal(error)

function Inside({ setup, unreachable }: { setup: SetupState | undefined; unreachable: boolean }) {
  const me = useMe(setup?.open === false || unreachable)
  // While the server does not answer, the person is the one who was signed in last: their text is on this device.
  const member = me.data ?? (isUnanswered(me) ? keptMe() : undefined)
  useWire(member?.account_id)
  const isNobody = !member && (me.data === null || me.isError)
  // Without an account, a link may have let a guest in.
  const asked = useGuest(isNobody)
  const guest = asked.data ?? (isUnanswered(asked) ? keptGuest() : undefined)
  if (setup?.open) return <OpenServer />
  if (setup?.needed) return <SetupPage />
  if (member) {
    return (
      <Frame me={member}>
        <UndoToasts account={member.account_id}><TrashToast /></UndoToasts>
        <Switch>
          <Route path="/documents/:id">
            {({ id }) => <EditorPage key={documentAt(id)} id={documentAt(id)} me={{ id: member.account_id, name: member.name, color: member.color, isGuest: false, role: member.role }} />}
          </Route>
          <Route path="/search"><SearchPage /></Route>
          <Route path="/spaces"><SpacesPage me={member} /></Route>
          <Route path="/spaces/:id">{({ id }) => <SpacePage key={id} id={id} me={member} />}</Route>
          <Route path="/decisions"><DecisionsPage /></Route>
          <Route path="/inbox"><InboxPage /></Route>
          <Route path="/favourites"><FavouritesPage /></Route>
          <Route path="/recent"><RecentList /></Route>
          <Route path="/shared"><DocumentList key="shared" me={member} view="shared" /></Route>
          <Route path="/archive"><DocumentList key="archive" me={member} view="archive" /></Route>
          <Route path="/tags"><TagsPage me={member} /></Route>
          <Route path="/trash"><TrashPage /></Route>
          <Route path="/documents"><DocumentList key="all" me={member} view="all" /></Route>
          <Route path="/settings/*?"><SettingsPages me={member} /></Route>
          {MOVED.map(([from, to]) => <Route key={from} path={from}><Redirect to={to} replace /></Route>)}
          <Route path="/"><HomePage me={member} /></Route>
          <Route><NotFoundPage /></Route>
        </Switch>
      </Frame>
    )
  }
  if (!unreachable && !isNobody) return null
  if (isNobody && asked.isLoading) return null
  return (
    <Switch>
      {guest && (
        <Route path="/documents/:id">
          {({ id }) => (
            <>
              <UndoToasts account={guest.guest_id} />
              <EditorPage key={documentAt(id)} id={documentAt(id)} me={{ id: guest.guest_id, name: guest.name, color: guest.color, isGuest: true }} />
            </>
          )}
        </Route>
      )}
      <Route><SignInPage setup={setup} /></Route>
    </Switch>
  )
}
