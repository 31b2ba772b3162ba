// The actions that a right to a document or a role in a workspace allows. The server decides; the page only hides what
// it would refuse.
import type { Schemas } from './client'

export type Right = Schemas['Right']
export type Role = Schemas['Role']

/** From the weakest to the strongest; each includes those before it. */
const RIGHTS: readonly Right[] = ['view', 'comment', 'edit', 'approve', 'admin']

const includes = (least: Right) => (right: Right | null | undefined): boolean => !!right && RIGHTS.indexOf(right) >= RIGHTS.indexOf(least)

export const mayComment = includes('comment')
/** Whether comments, suggestions, versions and authors are shown: a guest by a link to view sees only the text. */
export const maySeeReview = (isGuest: boolean, right: Right | null | undefined): boolean => !isGuest || mayComment(right)
export const mayEdit = includes('edit')
export const mayApprove = includes('approve')
/** Shares the document, moves it to the trash, archives it. */
export const mayAdminister = includes('admin')

/** Resolves a thread: allowed for its author, and for everybody who may edit. */
export const mayDecide = (author: string | undefined, me: string, right: Right): boolean => mayEdit(right) || author === me

export const isAdmin = (role: Role): boolean => role === 'admin'
export const mayInvite = (role: Role): boolean => role === 'admin' || role === 'manager'
/** The highest right that a role allows on documents by others, whatever is granted. */
export const ceilingOf = (role: Role): Right => (role === 'viewer' ? 'comment' : role === 'analyst' ? 'edit' : 'admin')
export const isStronger = (level: Right, other: Right): boolean => RIGHTS.indexOf(level) > RIGHTS.indexOf(other)
/** Renames, merges and removes tags of the whole workspace. */
export const mayManageTags = mayInvite
export const mayCreateDocuments = (role: Role): boolean => role !== 'viewer'
