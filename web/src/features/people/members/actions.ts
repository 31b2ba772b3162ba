import { api } from '../api'
import { t } from '../messages'

export interface Action {
  label: string
  run: (account: string) => Promise<{ url?: string | null } | undefined>
  /** The question that is asked first; none if absent. */
  asks?: { title: (member: { name: string }) => string; text: string; action: string }
}

/** Rare actions of an admin. Actions that cannot be undone ask for confirmation. */
export const ACTIONS: Action[] = [
  { label: t.createPasswordResetLink, run: api.resetLink },
  { label: t.turnOffTwoStepVerification, run: api.endMembersSecondStep, asks: { title: t.turnOffSecondStepOf, text: t.theySignInWithTheir, action: t.turnOff } },
  { label: t.deactivate, run: (account: string) => api.changeMember(account, { disabled: true }) },
  { label: t.removeFromWorkspace, run: api.removeMember, asks: { title: t.removeMember, text: t.theyLoseAccessToIt, action: t.remove } },
  { label: t.deletePersonalDataDialog, run: api.eraseMember, asks: { title: t.deletePersonalDataOf, text: t.nameEmailPictureDevicesAnd, action: t.deletePersonalData } },
]
