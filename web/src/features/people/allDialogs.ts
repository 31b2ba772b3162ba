// The dialogs that the rail opens: one script, which dialogs.ts loads on use.
export { UnsyncedDialog } from './account/UnsyncedDialog'
export { InviteDialog } from './invitations/InviteDialog'
export { NewWorkspaceDialog } from './workspaces/NewWorkspaceDialog'
