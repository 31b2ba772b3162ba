import { useQuery } from '@tanstack/react-query'
import { api } from '../../api'

export const inboxKey = ['inbox']

/** Pages with a document hear of news over its socket; others ask. */
const ASK_EVERY_MS = 30_000

/** How many notifications one has not read. */
export const useUnread = (): number =>
  useQuery({ queryKey: [...inboxKey, 'unread'], queryFn: () => api.inbox(true), refetchInterval: ASK_EVERY_MS }).data?.length ?? 0
