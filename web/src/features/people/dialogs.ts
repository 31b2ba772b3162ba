// The dialogs that the rail opens, all of them loaded when one is first opened.
import { lazily } from '../../elements/lazily'

const all = () => import('./allDialogs')
export const InviteDialog = lazily(all, 'InviteDialog')
export const NewWorkspaceDialog = lazily(all, 'NewWorkspaceDialog')
export const UnsyncedDialog = lazily(all, 'UnsyncedDialog')
