import { api } from '../api'

/** Rare actions of an admin. Actions that cannot be undone ask for confirmation. */
export const ACTIONS = [
  { label: 'Make a link for a new password', run: api.resetLink, asks: false },
  { label: 'End the second step', run: api.endMembersSecondStep, asks: true },
  { label: 'Disable', run: (account: string) => api.changeMember(account, { disabled: true }), asks: false },
  { label: 'Remove from the workspace', run: api.removeMember, asks: true },
  { label: 'Erase the person', run: api.eraseMember, asks: true },
]

export type Action = (typeof ACTIONS)[number]
