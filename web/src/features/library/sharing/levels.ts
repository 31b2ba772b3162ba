import { type Right, mayApprove } from '../../../rights'
import { t } from '../messages'

/** The names of access levels on the page. */
export const LEVELS: { value: Right; label: string }[] = [
  { value: 'view', label: t.canView },
  { value: 'comment', label: t.canComment },
  { value: 'edit', label: t.canEdit },
  { value: 'approve', label: t.canApprove },
  { value: 'admin', label: t.canManage },
]

/** The levels for links and for the whole workspace. */
export const LINK_LEVELS = LEVELS.slice(0, 3)

export const levelName = (level: string): string => LEVELS.find(({ value }) => value === level)?.label ?? level

/** Says what access a person really gets from a level that exceeds what their role allows. */
export const limitedTo = (name: string, ceiling: Right, level: Right): string =>
  (mayApprove(level) ? t.roleAllowsAtMostAndApproval : t.roleAllowsAtMost)({ name, level: levelName(ceiling) })
