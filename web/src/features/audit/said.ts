// The audit log in sentences. An event that is not listed here keeps its name.
import { t } from './messages'

type Detail = Record<string, unknown>
type NameOf = (id: string) => string

const LEVELS: Record<string, string> = { view: t.canView, comment: t.canComment, edit: t.canEdit, approve: t.canApprove, admin: t.canManage }
const ROLES: Record<string, string> = { viewer: t.viewer, analyst: t.editor, manager: t.manager, admin: t.admin }
const STATUS: Record<string, string> = { draft: t.statusDraft, review: t.statusReview, approved: t.statusApproved, published: t.statusPublished, archived: t.statusArchived }
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const levelOf = (value: unknown): string => LEVELS[text(value)] ?? text(value)
const roleOf = (value: unknown): string => ROLES[text(value)] ?? text(value)
const whom = (detail: Detail, nameOf: NameOf): string => (detail.account ? nameOf(text(detail.account)) : t.aGroup)

const SENTENCES: Record<string, string | ((detail: Detail, nameOf: NameOf) => string)> = {
  'document.create': t.createdTheDocument,
  'document.change': ({ open_level }) => (open_level === undefined ? t.changedTheDetails : open_level === null ? t.closedItToTheWorkspace : t.openedItToTheWorkspace({ level: levelOf(open_level) })),
  'document.edit': t.editedTheText,
  'document.write': t.wroteTheTextWithThe,
  'document.import': t.importedTheText,
  'document.read': t.viewedIt,
  'document.move': t.movedIt,
  'document.trash': t.movedItToTheTrash,
  'document.restore': t.restoredItFromTheTrash,
  'document.purge': t.deletedItForever,
  'document.set_status': ({ status }) => t.setTheStatusTo({ status: STATUS[text(status)] ?? text(status) }),
  'share.give': (detail, nameOf) => t.sharedItWith({ whom: whom(detail, nameOf), level: levelOf(detail.level) }),
  'share.take': (detail, nameOf) => t.stoppedSharingItWith({ whom: whom(detail, nameOf) }),
  'link.create': ({ level, password }) => (password ? t.createdAShareLinkWithAPassword : t.createdAShareLink)({ level: levelOf(level) }),
  'link.remove': t.turnedOffAShareLink,
  'link.enter': t.cameByAShareLink,
  'thread.create': ({ suggestion }) => (suggestion ? t.suggestedAChange : t.startedAComment),
  'thread.resolve': t.resolvedAComment,
  'thread.reopen': t.reopenedAComment,
  'suggestion.accept': t.acceptedASuggestion,
  'suggestion.reject': t.rejectedASuggestion,
  'comment.create': t.commented,
  'comment.edit': t.editedAComment,
  'comment.remove': t.deletedAComment,
  'revision.create': t.savedAVersion,
  'revision.name': t.namedAVersion,
  'approval.request': t.requestedApproval,
  'approval.act': ({ act }) => ({ approve: t.didApprove, reject: t.didReject, delegate: t.delegatedAnApproval, withdraw: t.canceledAnApprovalRequest }[text(act)] ?? t.actedOnAnApproval),
  'space.create': t.createdTheSpace,
  'space.remove': t.deletedTheSpace,
  'space.give': (detail, nameOf) => t.gaveAccessToTheSpace({ whom: whom(detail, nameOf), level: levelOf(detail.level) }),
  'space.take': (detail, nameOf) => t.removedFromTheSpace({ whom: whom(detail, nameOf) }),
  'member.join': ({ role }) => t.joinedAs({ role: roleOf(role) }),
  'member.set_role': ({ role }) => t.changedTheRoleTo({ role: roleOf(role) }),
  'member.remove': t.removedFromTheWorkspace,
  'invite.create': ({ role }) => t.createdAnInvitation({ role: roleOf(role) }),
  'invite.revoke': t.revokedAnInvitation,
  'group.create': ({ name }) => t.createdTheGroup({ name: text(name) }),
  'group.remove': t.deletedTheGroup,
  'group.join': (detail, nameOf) => t.addedToTheGroup({ whom: whom(detail, nameOf) }),
  'group.leave': (detail, nameOf) => t.removedFromTheGroup({ whom: whom(detail, nameOf) }),
  'workspace.create': t.createdTheWorkspace,
  'workspace.rename': t.renamedTheWorkspace,
  'session.begin': t.signedIn,
  'session.end': t.signedOut,
  'session.end_others': t.signedOutAllOtherDevices,
  'account.set_password': t.changedThePassword,
  'account.change': t.changedTheProfile,
  'account.disable': t.deactivatedTheAccount,
  'account.enable': t.reactivatedTheAccount,
  'account.erase': t.deletedPersonalData,
  'account.enable_totp': t.turnedOnTwoStep,
  'account.disable_totp': t.turnedOffTwoStep,
  'key.create': t.createdAnApiKey,
  'key.remove': t.revokedAnApiKey,
  'webhook.create': t.createdAWebhook,
  'webhook.remove': t.deletedAWebhook,
  'audit.export': t.exportedTheAuditLog,
}

/** What happened, as a sentence; undefined for an event that has none. */
export function said(action: string, detail: Detail, nameOf: NameOf): string | undefined {
  const sentence = SENTENCES[action]
  return typeof sentence === 'function' ? sentence(detail, nameOf) : sentence
}
