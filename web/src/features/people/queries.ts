// What several pages know of people, and read once for all of them.
import { useQuery } from '@tanstack/react-query'
import { isRefusal } from '../../client'
import { useLive } from '../../sync/useLive'
import { type Me, api } from './api'

export const meKey = ['me']
export const membersKey = ['members']
export const groupsKey = ['groups']

/** How this server is set up: whether it has an owner, sends mails, knows an identity provider. */
export const useSetup = () => useQuery({ queryKey: ['setup'], queryFn: api.setupState })

/**
 * The account that is signed in; null when there is none. One whose session ends stays, with an error: its page may
 * hold changes that were not sent.
 */
export const useMe = (enabled = true) =>
  useQuery({
    queryKey: meKey,
    queryFn: ({ client }) => api.me().catch((problem): Me | null => {
      if (isRefusal(problem) && !client.getQueryData(meKey)) return null
      throw problem
    }),
    enabled,
  })

export function useMembers(enabled = true) {
  useLive('members', membersKey)
  return useQuery({ queryKey: membersKey, queryFn: api.members, enabled })
}

export function useGroups(enabled = true) {
  useLive('groups', groupsKey)
  return useQuery({ queryKey: groupsKey, queryFn: api.groups, enabled })
}
