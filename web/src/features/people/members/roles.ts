import type { Role } from '../../../rights'

export const ROLES: Record<Role, string> = {
  viewer: 'Viewer: reads and comments',
  analyst: 'Analyst: writes',
  manager: 'Manager: shares and invites',
  admin: 'Admin: everything',
}
