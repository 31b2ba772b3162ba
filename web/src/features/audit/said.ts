// The audit log in sentences. An event that is not listed here keeps its name.

type Detail = Record<string, unknown>
type NameOf = (id: string) => string

const LEVELS: Record<string, string> = { view: 'can view', comment: 'can comment', edit: 'can edit', approve: 'can approve', admin: 'can manage' }
const ROLES: Record<string, string> = { viewer: 'Viewer', analyst: 'Editor', manager: 'Manager', admin: 'Admin' }
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const whom = (detail: Detail, nameOf: NameOf): string => (detail.account ? nameOf(text(detail.account)) : 'a group')

const SENTENCES: Record<string, string | ((detail: Detail, nameOf: NameOf) => string)> = {
  'document.create': 'Created the document',
  'document.change': ({ open_level }) => (open_level === undefined ? 'Changed the details' : open_level === null ? 'Closed it to the workspace' : `Opened it to the workspace (${LEVELS[text(open_level)] ?? text(open_level)})`),
  'document.edit': 'Edited the text',
  'document.write': 'Wrote the text with the API',
  'document.import': 'Imported the text',
  'document.read': 'Viewed it',
  'document.move': 'Moved it',
  'document.trash': 'Moved it to the trash',
  'document.restore': 'Restored it from the trash',
  'document.purge': 'Deleted it forever',
  'document.set_status': ({ status }) => `Set the status to ${text(status)}`,
  'share.give': (detail, nameOf) => `Shared it with ${whom(detail, nameOf)} (${LEVELS[text(detail.level)] ?? text(detail.level)})`,
  'share.take': (detail, nameOf) => `Stopped sharing it with ${whom(detail, nameOf)}`,
  'link.create': ({ level, password }) => `Created a share link (${LEVELS[text(level)] ?? text(level)}${password ? ', with a password' : ''})`,
  'link.remove': 'Turned off a share link',
  'link.enter': 'Came by a share link',
  'thread.create': ({ suggestion }) => (suggestion ? 'Suggested a change' : 'Started a comment'),
  'thread.resolve': 'Resolved a comment',
  'thread.reopen': 'Reopened a comment',
  'suggestion.accept': 'Accepted a suggestion',
  'suggestion.reject': 'Rejected a suggestion',
  'comment.create': 'Commented',
  'comment.edit': 'Edited a comment',
  'comment.remove': 'Deleted a comment',
  'revision.create': 'Saved a version',
  'revision.name': 'Named a version',
  'approval.request': 'Requested approval',
  'approval.act': ({ act }) => ({ approve: 'Approved', reject: 'Rejected', delegate: 'Delegated an approval', withdraw: 'Canceled an approval request' }[text(act)] ?? 'Acted on an approval'),
  'space.create': 'Created the space',
  'space.remove': 'Deleted the space',
  'space.give': (detail, nameOf) => `Gave ${whom(detail, nameOf)} access to the space (${LEVELS[text(detail.level)] ?? text(detail.level)})`,
  'space.take': (detail, nameOf) => `Removed ${whom(detail, nameOf)} from the space`,
  'member.join': ({ role }) => `Joined as ${ROLES[text(role)] ?? text(role)}`,
  'member.set_role': ({ role }) => `Changed the role to ${ROLES[text(role)] ?? text(role)}`,
  'member.remove': 'Removed from the workspace',
  'invite.create': ({ role }) => `Created an invitation (${ROLES[text(role)] ?? text(role)})`,
  'invite.revoke': 'Revoked an invitation',
  'group.create': ({ name }) => `Created the group ${text(name)}`,
  'group.remove': 'Deleted the group',
  'group.join': (detail, nameOf) => `Added ${whom(detail, nameOf)} to the group`,
  'group.leave': (detail, nameOf) => `Removed ${whom(detail, nameOf)} from the group`,
  'workspace.create': 'Created the workspace',
  'workspace.rename': 'Renamed the workspace',
  'session.begin': 'Signed in',
  'session.end': 'Signed out',
  'session.end_others': 'Signed out all other devices',
  'account.set_password': 'Changed the password',
  'account.change': 'Changed the profile',
  'account.disable': 'Deactivated the account',
  'account.enable': 'Reactivated the account',
  'account.erase': 'Deleted personal data',
  'account.enable_totp': 'Turned on two-step verification',
  'account.disable_totp': 'Turned off two-step verification',
  'key.create': 'Created an API key',
  'key.remove': 'Revoked an API key',
  'webhook.create': 'Created a webhook',
  'webhook.remove': 'Deleted a webhook',
  'audit.export': 'Exported the audit log',
}

/** What happened, as a sentence; undefined for an event that has none. */
export function said(action: string, detail: Detail, nameOf: NameOf): string | undefined {
  const sentence = SENTENCES[action]
  return typeof sentence === 'function' ? sentence(detail, nameOf) : sentence
}
