// What several parts of the page know of notifications and webhooks.
import { useQuery } from '@tanstack/react-query'
import { useLive } from '../../sync/useLive'
import { api } from './api'

export const inboxKey = ['inbox']
export const webhooksKey = ['webhooks']

export function useInbox() {
  useLive('inbox', inboxKey)
  return useQuery({ queryKey: [...inboxKey, 'all'], queryFn: () => api.inbox(false) })
}

/** How many notifications are unread. */
export function useUnread(): number {
  useLive('inbox', inboxKey)
  return useQuery({ queryKey: [...inboxKey, 'unread'], queryFn: () => api.inbox(true) }).data?.length ?? 0
}

export function useWebhooks() {
  useLive('webhooks', webhooksKey)
  return useQuery({ queryKey: webhooksKey, queryFn: api.webhooks })
}
