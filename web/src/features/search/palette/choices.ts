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
    page('documents', '/', 'list home'),
    page('spaces', '/spaces'),
    page('decisions', '/decisions', 'outcomes'),
    page('members', '/members', 'people invite'),
    page('groups', '/groups'),
    page('trash', '/trash', 'deleted restore'),
    page('account', '/account', 'profile password devices keys'),
    ...(isAdmin(me.role) ? [page('workflows', '/workflows', 'approval'), page('webhooks', '/webhooks'), page('audit', '/audit', 'log')] : []),
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
