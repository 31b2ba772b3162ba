// Queries of notifications and webhooks that several parts of the page share.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useLive } from '../../sync/refetch'
import { api } from './api'

export const inboxKey = ['inbox']
export const webhooksKey = ['webhooks']

const allKey = [...inboxKey, 'all']
const assignmentsKey = [...inboxKey, 'assignments']
const unreadKey = [...inboxKey, 'unread']

export function useInbox() {
  useLive('inbox', allKey)
  return useQuery({ queryKey: allKey, queryFn: () => api.inbox(false) })
}

/** The comments that the account is to take care of. An assignment is announced by a notification. */
export function useAssignments() {
  useLive('inbox', assignmentsKey)
  return useQuery({ queryKey: assignmentsKey, queryFn: api.assignments })
}

/** Marks some or all notifications as read. */
export function useRead() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (some?: string[]) => api.readNotifications(some),
    onSuccess: () => queries.invalidateQueries({ queryKey: inboxKey }),
  })
}

/** The number of unread notifications. */
export function useUnread(): number {
  useLive('inbox', unreadKey)
  return useQuery({ queryKey: unreadKey, queryFn: () => api.inbox(true) }).data?.length ?? 0
}

export function useWebhooks() {
  useLive('webhooks', webhooksKey)
  return useQuery({ queryKey: webhooksKey, queryFn: api.webhooks })
}
