// The rail beside every page: where one is, who one is.
import { BadgeCheck, FileText, Gavel, Group, Inbox, ScrollText, SunMoon, Trash2, UserRound, Users, Webhook } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Me } from './api'
import { SignOutButton } from './features/account/SignOutButton'
import { Workspaces } from './features/account/Workspaces'
import { InviteButton } from './features/people/InviteButton'
import { useUnread } from './features/inbox/useUnread'
import { toggleTheme } from './theme'

const icon = { size: 16, strokeWidth: 1.75 }

export function Frame({ me, children }: { me: Me; children: ReactNode }) {
  const unread = useUnread()
  return (
    <div className="frame">
      <aside className="rail" aria-label="Workspace">
        <Link href="/" className="brand"><img src="/icon.svg" width="24" height="24" alt="" />Consilium</Link>
        <Workspaces me={me} />
        <nav aria-label="Pages">
          <Link href="/" className="button quiet"><FileText {...icon} />Documents</Link>
          <Link href="/inbox" className="button quiet"><Inbox {...icon} />Inbox{unread > 0 && <span className="badge">{unread}<span className="visually-hidden"> unread</span></span>}</Link>
          <Link href="/decisions" className="button quiet"><Gavel {...icon} />Decisions</Link>
          <Link href="/trash" className="button quiet"><Trash2 {...icon} />Trash</Link>
          <Link href="/members" className="button quiet"><Users {...icon} />Members</Link>
          <Link href="/groups" className="button quiet"><Group {...icon} />Groups</Link>
          {me.role === 'admin' && <Link href="/workflows" className="button quiet"><BadgeCheck {...icon} />Workflows</Link>}
          {me.role === 'admin' && <Link href="/webhooks" className="button quiet"><Webhook {...icon} />Webhooks</Link>}
          {me.role === 'admin' && <Link href="/audit" className="button quiet"><ScrollText {...icon} />Audit</Link>}
        </nav>
        <div className="foot">
          {(me.role === 'admin' || me.role === 'manager') && <InviteButton />}
          <button type="button" className="button quiet" onClick={toggleTheme}><SunMoon {...icon} />Light or dark</button>
          <SignOutButton me={me} />
          <Link href="/account" className="button quiet"><UserRound {...icon} />{me.name}</Link>
        </div>
      </aside>
      {children}
    </div>
  )
}
