// What several parts of the page know of notifications and webhooks.
import { useQuery } from '@tanstack/react-query'
import { useLive } from '../../sync/useLive'
import { api } from './api'

export const inboxKey = ['inbox']
export const webhooksKey = ['webhooks']

const allKey = [...inboxKey, 'all']
const unreadKey = [...inboxKey, 'unread']

export function useInbox() {
  useLive('inbox', allKey)
  return useQuery({ queryKey: allKey, queryFn: () => api.inbox(false) })
}

/** How many notifications are unread. */
export function useUnread(): number {
  useLive('inbox', unreadKey)
  return useQuery({ queryKey: unreadKey, queryFn: () => api.inbox(true) }).data?.length ?? 0
}

export function useWebhooks() {
  useLive('webhooks', webhooksKey)
  return useQuery({ queryKey: webhooksKey, queryFn: api.webhooks })
}
