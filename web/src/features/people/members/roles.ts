import type { Role } from '../../../rights'

/** The roles as the page calls them. The API says `analyst` for an editor. */
export const ROLES: Record<Role, string> = {
  viewer: 'Viewer – can view and comment',
  analyst: 'Editor – can create and edit',
  manager: 'Manager – can also share and invite',
  admin: 'Admin – full access',
}
