import type { Role } from '../../../rights'
import { t } from '../messages'

/** The roles as the page calls them. The API says `analyst` for an editor. */
export const ROLES: Record<Role, string> = {
  viewer: t.viewerCanViewAndComment,
  analyst: t.editorCanCreateAndEdit,
  manager: t.managerCanAlsoShareAnd,
  admin: t.adminFullAccess,
}
