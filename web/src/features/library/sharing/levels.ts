import type { Right } from '../../../rights'

/** The names of access levels on the page. */
export const LEVELS: { value: Right; label: string }[] = [
  { value: 'view', label: 'Can view' },
  { value: 'comment', label: 'Can comment' },
  { value: 'edit', label: 'Can edit' },
  { value: 'approve', label: 'Can approve' },
  { value: 'admin', label: 'Can manage' },
]

/** The levels for links and for the whole workspace. */
export const LINK_LEVELS = LEVELS.slice(0, 3)

export const levelName = (level: string): string => LEVELS.find(({ value }) => value === level)?.label ?? level
