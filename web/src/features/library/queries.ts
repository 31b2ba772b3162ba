// Queries and mutations of documents, without their text.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { isRefusal } from '../../client'
import { forget, keep, kept, notedUnsent } from '../../sync/local'
import { useLive } from '../../sync/refetch'
import { type Destination, type DocumentView, type Guest, api } from './api'

export const documentsKey = ['documents']
export const spacesKey = ['spaces']
export const pagesKey = ['pages']
const templatesKey = ['templates']
export const documentKey = (id: string) => ['document', id]
const guestKey = ['guest']
export const sharingKey = (id: string) => ['sharing', id]

export function useDocuments(filter: { q: string; trashed: boolean }) {
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
        // Without access, only text that the server lacks is a reason to show it.
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

export function useTrash(id: string, done: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (children: 'trash' | 'keep' | undefined) => api.trash(id, children),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: documentsKey })
      void queries.invalidateQueries({ queryKey: pagesKey })
      done()
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

export function useKeepTemplate(done: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: api.keepTemplate,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: templatesKey })
      done()
    },
  })
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
