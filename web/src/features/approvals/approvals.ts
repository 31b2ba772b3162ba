import { useQuery } from '@tanstack/react-query'
import { api } from '../../api'

export const approvalsKey = (id: string) => ['approvals', id]

/** All approvals of a document, the newest first. */
export const useApprovals = (id: string) => useQuery({ queryKey: approvalsKey(id), queryFn: () => api.approvals(id) })

export const STATUS: Record<string, string> = { draft: 'Draft', review: 'In review', approved: 'Approved', published: 'Published', archived: 'Archived' }
