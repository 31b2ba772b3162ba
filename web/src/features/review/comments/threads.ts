// Threads: their passages, the people they can mention, and their mutations.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useGroups, useMembers } from '../../people'
import type { Outcome, ThreadView } from '../api'
import { t } from '../messages'
import { threadsKey } from '../queries'

/** A passage as two relative positions, in the form of `Y.relativePositionToJSON`. */
export interface Anchor {
  start: Record<string, unknown>
  end: Record<string, unknown>
}

/** Where a passage is, if it is not in a paragraph; or what a thread without a passage is about. */
export type PassageKind = 'cell' | 'heading' | 'code' | 'image' | 'file' | 'card' | 'deleted'

export interface Marked extends Anchor {
  quote: string
  kind?: PassageKind | undefined
  /** It is within one paragraph, so its text can be replaced. */
  isOneLine: boolean
}

/** An image or a file card, by what it shows. */
export type Media = { attachment: string } | { src: string }

export interface MarkedMedia {
  media: Media
  kind: 'image' | 'file' | 'card'
  /** What it is called; may be empty. */
  label: string
}

/** A thread that is about to begin: on a passage, on an image or file, or on the whole document. */
export type NewThread = { passage: Marked | MarkedMedia | null }

export const isMedia = (marked: Marked | MarkedMedia): marked is MarkedMedia => 'media' in marked

export interface Mention {
  kind: string
  id: string
}
export interface Mentionable extends Mention {
  name: string
}

export const OUTCOMES: { value: Outcome; label: string }[] = [
  { value: 'decided', label: t.decided }, { value: 'done', label: t.doneOutcome }, { value: 'deferred', label: t.deferred }, { value: 'rejected', label: t.turnedDown },
]
export const PASSAGE_KINDS: Record<PassageKind, string> = { cell: t.inATableCell, heading: t.inAHeading, code: t.inACodeBlock, image: t.anImage, file: t.aFileCard, card: t.aCard, deleted: t.anImageOrFile }
export const REACTIONS = ['👍', '👎', '❤️', '🎉', '😄', '😕', '👀', '✅']

/** Members and groups that can be mentioned; none for a guest, who must not know them. */
export function useMentionable(isGuest: boolean): Mentionable[] {
  const members = useMembers(!isGuest)
  const groups = useGroups(!isGuest)
  return [
    ...(members.data ?? []).map(({ account_id, name }) => ({ kind: 'account', id: account_id, name })),
    ...(groups.data ?? []).map(({ group_id, name }) => ({ kind: 'group', id: group_id, name })),
  ]
}

/** A change of a document's threads, after which they are read again. */
export function useChange<T, R = unknown>(id: string, change: (wish: T) => Promise<R>, done?: (result: R) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async (result: R) => {
      await queries.invalidateQueries({ queryKey: threadsKey(id) })
      done?.(result)
    },
  })
}

/** Sorts threads in the order of the text; threads on the whole document come first, those whose passage was deleted last. */
export function inOrder(threads: ThreadView[]): ThreadView[] {
  const at = ({ passage, media }: ThreadView) => {
    const about = passage ?? media
    return about ? (about.from ?? Number.POSITIVE_INFINITY) : -1
  }
  return threads.toSorted((a, b) => at(a) - at(b) || a.created_at.localeCompare(b.created_at))
}
