import type { Right } from '../../../rights'

/** The levels of access, in the words of the page. */
export const LEVELS: { value: Right; label: string }[] = [
  { value: 'view', label: 'may read' },
  { value: 'comment', label: 'may comment' },
  { value: 'edit', label: 'may edit' },
  { value: 'approve', label: 'may approve' },
  { value: 'admin', label: 'may share' },
]

/** The levels that a link and the whole workspace can be given. */
export const LINK_LEVELS = LEVELS.slice(0, 3)

export const levelName = (level: string): string => LEVELS.find(({ value }) => value === level)?.label ?? level
