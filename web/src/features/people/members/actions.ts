import { api } from '../api'

export interface Action {
  label: string
  run: (account: string) => Promise<{ url?: string | null } | undefined>
  /** What is asked first, with `{name}` for the member's name; nothing if absent. */
  asks?: { title: string; text: string; action: string }
}

/** Rare actions of an admin. Actions that cannot be undone ask for confirmation. */
export const ACTIONS: Action[] = [
  { label: 'Create password reset link', run: api.resetLink },
  { label: 'Turn off two-step verification', run: api.endMembersSecondStep, asks: { title: 'Turn off two-step verification for {name}?', text: 'They sign in with their password alone until they set it up again.', action: 'Turn off' } },
  { label: 'Deactivate', run: (account: string) => api.changeMember(account, { disabled: true }) },
  { label: 'Remove from workspace', run: api.removeMember, asks: { title: 'Remove {name} from the workspace?', text: 'They lose access to it at once. Their text stays.', action: 'Remove' } },
  { label: 'Delete personal data…', run: api.eraseMember, asks: { title: "Delete {name}'s personal data? This can't be undone.", text: 'Name, email, picture, devices and keys are deleted. Their text stays, credited to “Deleted user”.', action: 'Delete personal data' } },
]
