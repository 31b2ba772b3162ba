// The rail beside every page: the workspace, its pages, and the account.
import { BadgeCheck, FileText, FolderTree, Gavel, Group, Inbox, ScrollText, Star, SunMoon, Tags, Trash2, UserRound, Users, Webhook } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Favourites, SpaceTree } from './features/library'
import { useUnread } from './features/notify'
import { InviteButton, type Me, SignOutButton, Workspaces } from './features/people'
import { SearchButton } from './features/search'
import { isAdmin, mayInvite } from './rights'
import { toggleTheme } from './theme'

const icon = { size: 16, strokeWidth: 1.75 }

export function Frame({ me, children }: { me: Me; children: ReactNode }) {
  const unread = useUnread()
  return (
    <div className="frame">
      <aside className="rail" aria-label="Workspace">
        <Link href="/" className="brand"><img src="/icon.svg" width="24" height="24" alt="" />Consilium</Link>
        <Workspaces me={me} />
        <SearchButton me={me} />
        <nav aria-label="Pages">
          <Link href="/" className="button quiet"><FileText {...icon} />Documents</Link>
          <Link href="/spaces" className="button quiet narrow-only"><FolderTree {...icon} />Spaces</Link>
          <Link href="/favourites" className="button quiet narrow-only"><Star {...icon} />Favourites</Link>
          <Link href="/inbox" className="button quiet"><Inbox {...icon} />Inbox{unread > 0 && <span className="badge">{unread}<span className="visually-hidden"> unread</span></span>}</Link>
          <Link href="/decisions" className="button quiet"><Gavel {...icon} />Decisions</Link>
          <Link href="/tags" className="button quiet"><Tags {...icon} />Tags</Link>
          <Link href="/trash" className="button quiet"><Trash2 {...icon} />Trash</Link>
          <Link href="/members" className="button quiet"><Users {...icon} />Members</Link>
          <Link href="/groups" className="button quiet"><Group {...icon} />Groups</Link>
          {isAdmin(me.role) && <Link href="/workflows" className="button quiet"><BadgeCheck {...icon} />Workflows</Link>}
          {isAdmin(me.role) && <Link href="/webhooks" className="button quiet"><Webhook {...icon} />Webhooks</Link>}
          {isAdmin(me.role) && <Link href="/audit" className="button quiet"><ScrollText {...icon} />Audit</Link>}
        </nav>
        <Favourites />
        <SpaceTree me={me} />
        <div className="foot">
          {mayInvite(me.role) && <InviteButton />}
          <button type="button" className="button quiet" onClick={toggleTheme}><SunMoon {...icon} />Light or dark</button>
          <SignOutButton me={me} />
          <Link href="/account" className="button quiet"><UserRound {...icon} />{me.name}</Link>
        </div>
      </aside>
      {children}
    </div>
  )
}
