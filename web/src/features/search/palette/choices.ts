// What the palette offers beside pages: people and actions, by what was typed.
import { isAdmin, mayCreateDocuments } from '../../../rights'
import type { Me, Member } from '../../people'

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
  const page = (name: string, path: string, words = ''): Action => ({ key: path, name: `Go to ${name}`, words, run: () => go(path) })
  return [
    ...(mayCreateDocuments(me.role) ? [{ key: 'new', name: 'New document', words: 'create page write', run: newDocument }] : []),
    page('inbox', '/inbox', 'notifications mentions'),
    page('home', '/', 'start'),
    page('documents', '/documents', 'list'),
    page('spaces', '/spaces'),
    page('decisions', '/decisions', 'outcomes'),
    page('members', '/settings/members', 'people invite'),
    page('groups', '/settings/groups'),
    page('trash', '/trash', 'deleted restore'),
    page('profile', '/settings/profile', 'account settings password devices two-step verification'),
    page('notifications', '/settings/notifications', 'email watch'),
    page('API keys', '/settings/keys', 'account'),
    ...(isAdmin(me.role) ? [page('workspace settings', '/settings/workspace', 'rename'), page('workflows', '/settings/workflows', 'approval'), page('webhooks', '/settings/webhooks'), page('audit log', '/settings/audit')] : []),
    { key: 'theme', name: 'Switch between light and dark', words: 'theme mode colours', run: theme },
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

/** Nobody before something was typed. */
export const peopleFor = (typed: string, members: Member[]): Member[] => (typed.trim() === '' ? [] : members.filter(({ name }) => isMeant(typed, name)).slice(0, 4))
