// The rail: the workspace, the daily pages, favourites, spaces with their pages, and the account.
import { Clock, FileText, FolderTree, Gavel, House, Inbox, type LucideIcon, Settings, Star, Tags, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { Favourites, SpaceTree } from './features/library'
import { useUnread } from './features/notify'
import { AccountMenu, InviteButton, type Me, Workspaces } from './features/people'
import { SearchButton } from './features/search'
import { t } from './messages'
import { mayInvite } from './rights'

const icon = { size: 16, strokeWidth: 1.75 }

/** A page of the rail. It is marked while it, or a page below it, is shown. */
function Entry({ to, shape: Shape, narrow, children }: { to: string; shape: LucideIcon; narrow?: boolean; children: ReactNode }) {
  const [path] = useLocation()
  const isCurrent = path === to || (to === '/settings' && path.startsWith('/settings/'))
  return <Link href={to} className={narrow ? 'button quiet narrow-only' : 'button quiet'} aria-current={isCurrent ? 'page' : undefined}><Shape {...icon} />{children}</Link>
}

export function Rail({ me }: { me: Me }) {
  const unread = useUnread()
  return (
    <>
      <Workspaces me={me} />
      <SearchButton me={me} />
      <nav aria-label={t.pages}>
        <Entry to="/" shape={House}>{t.home}</Entry>
        <Entry to="/inbox" shape={Inbox}>{t.inbox}{unread > 0 && <span className="badge">{unread}<span className="visually-hidden"> {t.unread}</span></span>}</Entry>
        <Entry to="/documents" shape={FileText}>{t.documents}</Entry>
        <Entry to="/recent" shape={Clock}>{t.recent}</Entry>
        <Entry to="/favourites" shape={Star} narrow>{t.favourites}</Entry>
        <Entry to="/spaces" shape={FolderTree} narrow>{t.spaces}</Entry>
        <Entry to="/decisions" shape={Gavel}>{t.decisions}</Entry>
      </nav>
      <Favourites />
      <SpaceTree me={me} />
      <nav aria-label={t.more} className="foot">
        <Entry to="/tags" shape={Tags}>{t.tags}</Entry>
        <Entry to="/trash" shape={Trash2}>{t.trash}</Entry>
        <Entry to="/settings" shape={Settings}>{t.settings}</Entry>
        {mayInvite(me.role) && <InviteButton />}
      </nav>
      <AccountMenu me={me} />
    </>
  )
}
