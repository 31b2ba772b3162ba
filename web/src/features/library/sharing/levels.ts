import type { Right } from '../../../rights'

/** The names of access levels on the page. */
export const LEVELS: { value: Right; label: string }[] = [
  { value: 'view', label: 'may read' },
  { value: 'comment', label: 'may comment' },
  { value: 'edit', label: 'may edit' },
  { value: 'approve', label: 'may approve' },
  { value: 'admin', label: 'may share' },
]

/** The levels for links and for the whole workspace. */
export const LINK_LEVELS = LEVELS.slice(0, 3)

export const levelName = (level: string): string => LEVELS.find(({ value }) => value === level)?.label ?? level
