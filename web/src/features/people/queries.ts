// What several pages know of people, and read once for all of them.
import { useQuery } from '@tanstack/react-query'
import { useLive } from '../../sync/useLive'
import { api } from './api'

export const meKey = ['me']
export const membersKey = ['members']
export const groupsKey = ['groups']

/** How this server is set up: whether it has an owner, sends mails, knows an identity provider. */
export const useSetup = () => useQuery({ queryKey: ['setup'], queryFn: api.setupState })

/** The account that is signed in; an error when there is none. */
export const useMe = (enabled = true) => useQuery({ queryKey: meKey, queryFn: api.me, enabled })

export function useMembers(enabled = true) {
  useLive('members', membersKey)
  return useQuery({ queryKey: membersKey, queryFn: api.members, enabled })
}

export function useGroups(enabled = true) {
  useLive('groups', groupsKey)
  return useQuery({ queryKey: groupsKey, queryFn: api.groups, enabled })
}
