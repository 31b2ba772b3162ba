// The public part of the library feature.
import { lazy } from 'react'

export type { DocumentView } from './api'
export { LinkPage } from './links/LinkPage'
export { DocumentList } from './list/DocumentList'
export { SpacePage } from './spaces/SpacePage'
export { SpacesPage } from './spaces/SpacesPage'
export { Breadcrumbs } from './tree/Breadcrumbs'
export { DeleteDialog } from './tree/DeleteDialog'
export { PageIcon } from './tree/PageIcon'
export { MoveDialog } from './tree/MoveDialog'
export { SpaceTree } from './tree/SpaceTree'
export { documentKey, keptDocument, keptGuest, useDocument, useGuest, useHolders, useNewPage, useRename, useTrash } from './queries'

// Loaded when it is first opened.
export const ShareDialog = lazy(() => import('./sharing/ShareDialog').then((module) => ({ default: module.ShareDialog })))
