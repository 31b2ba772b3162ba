// What the palette offers beside pages: people and actions, by what was typed.
import { isAdmin, mayCreateDocuments } from '../../../rights'
import type { Me, Member } from '../../people'
import { t } from '../messages'

export interface Action {
  key: string
  name: string
  /** Other words for it. */
  words: string
  run: () => void
}

interface Ways {
  go: (path: string) => void
  newDocument: () => void
  theme: () => void
}

/** The actions of a member, in the order in which they are shown. */
export function actionsOf(me: Me, { go, newDocument, theme }: Ways): Action[] {
  const page = (name: string, path: string, words = ''): Action => ({ key: path, name, words, run: () => go(path) })
  return [
    ...(mayCreateDocuments(me.role) ? [{ key: 'new', name: t.newDocument, words: t.newDocumentWords, run: newDocument }] : []),
    page(t.goToInbox, '/inbox', t.inboxWords),
    page(t.goToHome, '/', t.homeWords),
    page(t.goToDocuments, '/documents', t.documentsWords),
    page(t.goToSpaces, '/spaces'),
    page(t.goToDecisions, '/decisions', t.decisionsWords),
    page(t.goToMembers, '/settings/members', t.membersWords),
    page(t.goToGroups, '/settings/groups'),
    page(t.goToTrash, '/trash', t.trashWords),
    page(t.goToProfile, '/settings/profile', t.profileWords),
    page(t.goToNotifications, '/settings/notifications', t.notificationsWords),
    page(t.goToApiKeys, '/settings/keys', t.keysWords),
    ...(isAdmin(me.role) ? [page(t.goToWorkspaceSettings, '/settings/workspace', t.workspaceWords), page(t.goToWorkflows, '/settings/workflows', t.workflowsWords), page(t.goToWebhooks, '/settings/webhooks'), page(t.goToAuditLog, '/settings/audit')] : []),
    { key: 'theme', name: t.switchBetweenLightAndDark, words: t.themeWords, run: theme },
  ]
}

/** A text without case and accents. */
export const folded = (text: string): string => text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase()

/** Whether each word that was typed begins one of the words. */
export function isMeant(typed: string, words: string): boolean {
  const offered = folded(words).split(/[^\p{L}\p{N}]+/u)
  return folded(typed).split(/\s+/).filter(Boolean).every((word) => offered.some((one) => one.startsWith(word)))
}

export const actionsFor = (typed: string, actions: Action[]): Action[] => actions.filter(({ name, words }) => isMeant(typed, `${name} ${words}`))

/** The people that fit the typed text; nobody before something was typed. */
export const peopleFor = (typed: string, members: Member[]): Member[] => (typed.trim() === '' ? [] : members.filter(({ name }) => isMeant(typed, name)).slice(0, 4))
