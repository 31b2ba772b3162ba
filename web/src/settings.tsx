// The settings: one's own, those of the workspace, and of the server, with their navigation.
import { ArrowLeftRight, BadgeCheck, Bell, Building2, Group, KeyRound, type LucideIcon, ScrollText, Server, UserRound, Users, Webhook } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link, Redirect, Route, Switch, useLocation } from 'wouter'
import { NotFoundPage } from './elements/NotFoundPage'
import { AuditPage } from './features/audit'
import { InstancePage, NotificationsPage, WebhooksPage } from './features/notify'
import { AccountPage, GroupsPage, KeysPage, type Me, MembersPage, WorkspacePage } from './features/people'
import { WorkflowsPage } from './features/review'
import { TransfersPage } from './features/transfer'
import { t } from './messages'
import { isAdmin } from './rights'

const icon = { size: 16, strokeWidth: 1.75 }

interface Section {
  path: string
  name: string
  shape: LucideIcon
}

const own: Section[] = [
  { path: '/settings/profile', name: t.profile, shape: UserRound },
  { path: '/settings/notifications', name: t.notifications, shape: Bell },
  { path: '/settings/keys', name: t.apiKeys, shape: KeyRound },
  { path: '/settings/transfers', name: t.importsAndExports, shape: ArrowLeftRight },
]
const people: Section[] = [
  { path: '/settings/members', name: t.members, shape: Users },
  { path: '/settings/groups', name: t.groups, shape: Group },
]
const admins: Section[] = [
  { path: '/settings/workflows', name: t.workflows, shape: BadgeCheck },
  { path: '/settings/webhooks', name: t.webhooks, shape: Webhook },
  { path: '/settings/audit', name: t.auditLog, shape: ScrollText },
]
const workspace: Section = { path: '/settings/workspace', name: t.workspace, shape: Building2 }
const server: Section = { path: '/settings/instance', name: t.instance, shape: Server }

export function SettingsPages({ me }: { me: Me }) {
  const nav = useRef<HTMLElement>(null)
  const [path] = useLocation()
  // On a phone, the sections are a row that scrolls. The braces matter: where scrolling returns
  // a promise, as in current Chromium, React would take it for the effect's cleanup and fail.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another section is shown
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [path])
  return (
    <div className="settings">
      <nav ref={nav} aria-label={t.settings} className="settings-nav">
        <Sections title={t.you} sections={own} />
        <Sections title={t.workspace} sections={[...(isAdmin(me.role) ? [workspace] : []), ...people, ...(isAdmin(me.role) ? admins : []), ...(me.is_owner ? [server] : [])]} />
      </nav>
      <Switch>
        <Route path="/settings"><Redirect to="/settings/profile" replace /></Route>
        <Route path="/settings/profile"><AccountPage me={me} /></Route>
        <Route path="/settings/notifications"><NotificationsPage isVerified={me.email_verified} /></Route>
        <Route path="/settings/keys"><KeysPage /></Route>
        <Route path="/settings/transfers"><TransfersPage /></Route>
        <Route path="/settings/members"><MembersPage me={me} /></Route>
        <Route path="/settings/groups"><GroupsPage me={me} /></Route>
        <Route path="/settings/workspace"><WorkspacePage me={me} /></Route>
        <Route path="/settings/workflows"><WorkflowsPage /></Route>
        <Route path="/settings/webhooks"><WebhooksPage /></Route>
        <Route path="/settings/audit"><AuditPage /></Route>
        <Route path="/settings/instance"><InstancePage /></Route>
        <Route><NotFoundPage /></Route>
      </Switch>
    </div>
  )
}

function Sections({ title, sections }: { title: string; sections: Section[] }) {
  const [path] = useLocation()
  return (
    <section>
      <h2 className="eyebrow">{title}</h2>
      {sections.map(({ path: to, name, shape: Shape }) => (
        <Link key={to} href={to} className="button quiet" aria-current={path === to ? 'page' : undefined}><Shape {...icon} />{name}</Link>
      ))}
    </section>
  )
}
