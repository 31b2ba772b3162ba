// Queries of people that several pages share.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { isRefusal } from '../../client'
import { adoptLanguage } from '../../language/language'
import { forget, keep, kept } from '../../sync/local'
import { useLive } from '../../sync/refetch'
import { type Me, api } from './api'
import { t } from './messages'

export const meKey = ['me']
export const membersKey = ['members']
export const groupsKey = ['groups']
export const invitationsKey = ['invitations']
export const workspacesKey = ['workspaces']

/** How this server is set up: whether it has an owner, sends mails, knows an identity provider. */
export const useSetup = () => useQuery({ queryKey: ['setup'], queryFn: api.setupState })

/** The sites whose pages may be shown in a frame within a text. */
export const frameOrigins = async (): Promise<readonly string[]> => (await api.setupState()).frame_origins

const ME = 'me'

/** The account that was signed in on this device when the server last answered. */
export const keptMe = (): Me | undefined => kept<Me>(ME)

/**
 * The signed-in account; null if there is none. If its session ends, the account stays, with an error, because the page
 * may have unsent changes.
 */
export const useMe = (enabled = true) =>
  useQuery({
    queryKey: meKey,
    queryFn: async ({ client }) => {
      try {
        const me = await api.me()
        keep(ME, me)
        // Only when the account signs in or the page opens: another language reloads the page, and nobody writes yet.
        if (!client.getQueryData(meKey)) adoptLanguage(me.locale)
        return me
      } catch (problem) {
        if (!isRefusal(problem) || client.getQueryData(meKey)) throw problem
        forget(ME)
        return null
      }
    },
    enabled,
  })

/** Refetches the signed-in account when a member changes: its role decides what the page offers. */
export const useLiveMe = (): void => useLive('members', meKey)

/** The name of the workspace that is shown; "the workspace" until it is known. */
export function useWorkspaceName(): string {
  const me = useQueryClient().getQueryData<Me>(meKey)
  const workspaces = useQuery({ queryKey: workspacesKey, queryFn: api.workspaces })
  return workspaces.data?.find(({ workspace_id }) => workspace_id === me?.workspace_id)?.name ?? t.theWorkspace
}

export function useMembers(enabled = true) {
  useLive('members', membersKey)
  return useQuery({ queryKey: membersKey, queryFn: api.members, enabled })
}

export function useGroups(enabled = true) {
  useLive('groups', groupsKey)
  return useQuery({ queryKey: groupsKey, queryFn: api.groups, enabled })
}
