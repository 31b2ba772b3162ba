// Queries and mutations of documents, without their text.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { isRefusal } from '../../client'
import { forget, keep, kept, notedUnsent } from '../../sync/local'
import { useLive } from '../../sync/refetch'
import { type Destination, type DocumentFilter, type DocumentView, type Guest, api } from './api'
import { lastTrashed } from './trash/lastTrashed'

export const documentsKey = ['documents']
export const spacesKey = ['spaces']
export const pagesKey = ['pages']
const templatesKey = ['templates']
/** Tags count documents, so they change with their lists. */
export const tagsKey = [...documentsKey, 'tags']
export const favouritesKey = ['favourites']
export const recentKey = [...documentsKey, 'recent']
export const changedKey = [...documentsKey, 'changed']
export const documentKey = (id: string) => ['document', id]
const guestKey = ['guest']
export const sharingKey = (id: string) => ['sharing', id]

export function useDocuments(filter: DocumentFilter) {
  useLive('documents', documentsKey)
  return useInfiniteQuery({
    queryKey: [...documentsKey, filter],
    queryFn: ({ pageParam }) => api.documents({ ...filter, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  })
}

const documentName = (account: string, id: string) => `${account}:${id}`

/** A document as this device last knew it. */
export const keptDocument = (account: string, id: string): DocumentView | undefined => kept<DocumentView>(documentName(account, id))

export function useDocument(id: string, account: string) {
  useLive(`document/${id}`, documentKey(id))
  return useQuery({
    queryKey: documentKey(id),
    queryFn: async () => {
      try {
        const document = await api.document(id)
        keep(documentName(account, id), document)
        return document
      } catch (problem) {
        // Without access, the document is kept only if this device has edits that the server lacks.
        if (isRefusal(problem) && notedUnsent(account, id) === 0) forget(documentName(account, id))
        throw problem
      }
    },
  })
}

/** Everybody with access, and why. */
export const useHolders = (id: string, enabled = true) => useQuery({ queryKey: [...sharingKey(id), 'access'], queryFn: () => api.access(id), enabled })

const GUEST = 'guest'

/** The guest who was on this device when the server last answered. */
export const keptGuest = (): Guest | undefined => kept<Guest>(GUEST)

/** The guest who entered by a link; null if there is none. */
export const useGuest = (enabled: boolean) =>
  useQuery({
    queryKey: guestKey,
    queryFn: async ({ client }) => {
      try {
        const guest = await api.guest()
        keep(GUEST, guest)
        return guest
      } catch (problem) {
        if (!isRefusal(problem) || client.getQueryData(guestKey)) throw problem
        forget(GUEST)
        return null
      }
    },
    enabled,
  })

export function useRename(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (title: string) => api.change(id, { title }),
    onSuccess: (changed) => {
      queries.setQueryData(documentKey(id), changed)
      void queries.invalidateQueries({ queryKey: documentsKey })
    },
  })
}

/** Changes the kind or the tags of a document. */
export function useDetails(id: string) {
  const queries = useQueryClient()
  return useMutation({
    // One after the other, so that tags that are added quickly stay in their order.
    scope: { id: `details ${id}` },
    mutationFn: (changes: { kind: string } | ((now: DocumentView) => { tags: string[] })) => api.change(id, changes),
    onSuccess: (changed) => {
      queries.setQueryData(documentKey(id), changed)
      void queries.invalidateQueries({ queryKey: documentsKey })
    },
  })
}

/** Notes that the account has opened a document, for its recent ones. Nothing depends on it, so it may fail. */
export function useNoteOpened(id: string, enabled: boolean): void {
  useEffect(() => {
    if (enabled) void api.noteOpened(id).catch(() => undefined)
  }, [id, enabled])
}

/** The tags of the documents that the account can see, with how many have each. */
export function useTags(enabled = true) {
  useLive('documents', tagsKey)
  return useQuery({ queryKey: tagsKey, queryFn: () => api.tags(), enabled })
}

/** The favourites of the account, in their order. Titles and icons follow the documents. */
export function useFavourites() {
  useLive('favourites', favouritesKey)
  useLive('documents', favouritesKey)
  return useQuery({ queryKey: favouritesKey, queryFn: api.favourites })
}

/** The documents that others changed since the account last read them, the latest first. */
export function useChanged() {
  useLive('documents', changedKey)
  // The server does not announce that a document was read, so the list is always read again.
  return useQuery({ queryKey: changedKey, queryFn: api.changed, staleTime: 0 })
}

export function useTrash({ id, title }: { id: string; title: string }, done: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (children: 'trash' | 'keep' | undefined) => api.trash(id, children),
    onSuccess: () => {
      lastTrashed.note({ id, title })
      void queries.invalidateQueries({ queryKey: documentsKey })
      void queries.invalidateQueries({ queryKey: pagesKey })
      done()
    },
  })
}

/** The titles of those of these documents that the account can see, by id. At most 100 are asked for. */
export function useTitles(documents: string[]): Map<string, string> {
  const ids = [...new Set(documents)].sort().slice(0, 100)
  const titles = useQuery({ queryKey: [...documentsKey, 'titles', ids], queryFn: () => api.titles(ids), enabled: ids.length > 0, placeholderData: (before) => before })
  return new Map(titles.data?.items.map(({ id, title }) => [id, title]))
}

/** Brings a document back from the trash. */
export function useRestore() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: api.restore,
    onSuccess: () => {
      lastTrashed.forget()
      for (const queryKey of [documentsKey, pagesKey]) void queries.invalidateQueries({ queryKey })
    },
  })
}

/** The spaces that the account can see; the personal one is the first. */
export function useSpaces() {
  useLive('spaces', spacesKey)
  return useQuery({ queryKey: spacesKey, queryFn: api.spaces })
}

/** The space and the pages above a page. */
export function usePath(id: string, enabled = true) {
  useLive('documents', pagesKey)
  return useQuery({ queryKey: [...pagesKey, 'path', id], queryFn: () => api.path(id), enabled })
}

export const useTemplates = () => useQuery({ queryKey: templatesKey, queryFn: api.templates })

export function useKeepTemplate() {
  const queries = useQueryClient()
  return useMutation({ mutationFn: api.keepTemplate, onSuccess: () => void queries.invalidateQueries({ queryKey: templatesKey }) })
}

export function useRemoveTemplate(done: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: api.removeTemplate,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: templatesKey })
      done()
    },
  })
}

/** Copies a page, with or without those below it, and opens the copy. */
export function useDuplicate(id: string, open: (copy: string) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (subtree: boolean) => api.duplicate(id, { subtree }),
    onSuccess: (copy) => {
      void queries.invalidateQueries({ queryKey: pagesKey })
      void queries.invalidateQueries({ queryKey: documentsKey })
      open(copy.id)
    },
  })
}

/** Whether there are pages below a page. */
export function useHasChildren({ id, space_id }: DocumentView): boolean {
  const below = useQuery({ queryKey: [...pagesKey, 'level', space_id, id, 1], queryFn: () => api.level(space_id ?? '', id, 1), enabled: !!space_id })
  return !!below.data?.pages.length
}

/** Creates a page at a place, and opens it. */
export function useNewPage(open: (id: string) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (fields: { space?: string; parent?: string; template?: string }) => api.create(fields),
    // The button loses the focus, because keys typed before the page opens must not press it again.
    onMutate: () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: pagesKey })
      void queries.invalidateQueries({ queryKey: documentsKey })
      open(made.id)
    },
  })
}

export function useMove() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, to }: { id: string; to: Destination }) => api.move(id, to),
    onSuccess: (moved) => queries.setQueryData(documentKey(moved.id), moved),
    onSettled: () => void queries.invalidateQueries({ queryKey: pagesKey }),
  })
}
