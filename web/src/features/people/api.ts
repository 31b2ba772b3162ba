// Calls for accounts and sign-in; members, invitations and groups of a workspace; API keys.
import { type Schemas, client, ok } from '../../client'
import type { Role } from '../../rights'

export type Scope = Schemas['Scope']
export type Member = Schemas['Member'] & { role: Role }
export type Me = Schemas['Me'] & { role: Role }
export type Group = Schemas['Group']
export type SetupState = Schemas['SetupState']

const raw = (picture: Blob) => ({ body: picture as unknown as string, bodySerializer: () => picture, headers: { 'content-type': 'application/octet-stream' } })

const signIn = {
  setupState: () => ok(client.GET('/api/v1/setup')),
  setup: (body: Schemas['Founding']) => ok(client.POST('/api/v1/setup', { body })),
  signIn: (body: Schemas['SignIn']) => ok(client.POST('/api/v1/auth/sign-in', { body })),
  signOut: () => ok(client.POST('/api/v1/auth/sign-out')),
  forgotten: (email: string) => ok(client.POST('/api/v1/auth/forgotten', { body: { email } })),
  reset: (body: Schemas['Reset']) => ok(client.POST('/api/v1/auth/reset', { body })),
  verify: (token: string) => ok(client.POST('/api/v1/auth/verify', { body: { token } })),
}

const account = {
  me: () => ok(client.GET('/api/v1/me')) as Promise<Me>,
  changeProfile: (body: Schemas['ProfileChange']) => ok(client.PATCH('/api/v1/me', { body })),
  changePassword: (body: Schemas['NewPassword']) => ok(client.POST('/api/v1/me/password', { body })),
  sendVerification: () => ok(client.POST('/api/v1/me/verification')),
  devices: () => ok(client.GET('/api/v1/me/sessions')),
  endDevice: (id: string) => ok(client.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } })),
  endOtherDevices: () => ok(client.DELETE('/api/v1/me/sessions')),
  beginSecondStep: (password: string) => ok(client.POST('/api/v1/me/totp', { body: { password } })),
  confirmSecondStep: (code: string) => ok(client.PUT('/api/v1/me/totp', { body: { code } })),
  endSecondStep: (password: string) => ok(client.DELETE('/api/v1/me/totp', { body: { password } })),
  setAvatar: (picture: Blob) => ok(client.PUT('/api/v1/me/avatar', raw(picture))),
  removeAvatar: () => ok(client.DELETE('/api/v1/me/avatar')),
  eraseMe: (password: string) => ok(client.DELETE('/api/v1/me', { body: { password } })),
}

const workspaces = {
  workspaces: () => ok(client.GET('/api/v1/workspaces')),
  workspacesWith: (document: string) => ok(client.GET('/api/v1/workspaces', { params: { query: { document } } })),
  newWorkspace: (name: string) => ok(client.POST('/api/v1/workspaces', { body: { name } })),
  renameWorkspace: (workspace: string, name: string) => ok(client.PATCH('/api/v1/workspaces/{workspace}', { params: { path: { workspace } }, body: { name } })),
  enterWorkspace: (workspace_id: string) => ok(client.PUT('/api/v1/me/workspace', { body: { workspace_id } })),
}

const keys = {
  keys: () => ok(client.GET('/api/v1/keys')),
  newKey: (body: Schemas['KeyWish']) => ok(client.POST('/api/v1/keys', { body })),
  removeKey: (key: string) => ok(client.DELETE('/api/v1/keys/{key}', { params: { path: { key } } })),
}

const members = {
  members: () => ok(client.GET('/api/v1/members')) as Promise<Member[]>,
  disabledMembers: () => ok(client.GET('/api/v1/members', { params: { query: { disabled: true } } })) as Promise<Member[]>,
  changeMember: (account: string, body: Schemas['MemberChange']) => ok(client.PATCH('/api/v1/members/{account}', { params: { path: { account } }, body })),
  removeMember: (account: string) => ok(client.DELETE('/api/v1/members/{account}', { params: { path: { account } } })),
  eraseMember: (account: string) => ok(client.POST('/api/v1/members/{account}/erase', { params: { path: { account } } })),
  resetLink: (account: string) => ok(client.POST('/api/v1/members/{account}/reset-link', { params: { path: { account } } })),
  endMembersSecondStep: (account: string) => ok(client.DELETE('/api/v1/members/{account}/totp', { params: { path: { account } } })),
}

const invitations = {
  invitations: () => ok(client.GET('/api/v1/invites')),
  revokeInvitation: (invite: string) => ok(client.DELETE('/api/v1/invites/{invite}', { params: { path: { invite } } })),
  lookAtInvitation: (token: string) => ok(client.POST('/api/v1/invites/look', { body: { token } })),
  invite: (body: Schemas['NewInvite']) => ok(client.POST('/api/v1/invites', { body })),
  acceptInvite: (token: string, body: Schemas['Newcomer']) => ok(client.POST('/api/v1/invites/{token}/accept', { params: { path: { token } }, body })),
  joinByInvite: (token: string) => ok(client.POST('/api/v1/invites/{token}/join', { params: { path: { token } } })),
}

const groups = {
  groups: () => ok(client.GET('/api/v1/groups')),
  newGroup: (name: string) => ok(client.POST('/api/v1/groups', { body: { name } })),
  removeGroup: (group: string) => ok(client.DELETE('/api/v1/groups/{group}', { params: { path: { group } } })),
  groupMembers: (group: string) => ok(client.GET('/api/v1/groups/{group}/members', { params: { path: { group } } })),
  joinGroup: (group: string, account: string) => ok(client.PUT('/api/v1/groups/{group}/members/{account}', { params: { path: { group, account } } })),
  leaveGroup: (group: string, account: string) => ok(client.DELETE('/api/v1/groups/{group}/members/{account}', { params: { path: { group, account } } })),
}

export const api = { ...signIn, ...account, ...workspaces, ...keys, ...members, ...invitations, ...groups }
