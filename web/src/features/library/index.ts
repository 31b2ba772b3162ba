// The public part of the library feature.
import { lazy } from 'react'

export type { DocumentView } from './api'
export { DocumentMenu } from './DocumentMenu'
export { DocumentDetails } from './details/DocumentDetails'
export { Favourites } from './favourites/Favourites'
export { FavouritesPage } from './favourites/FavouritesPage'
export { StarButton } from './favourites/StarButton'
export { LinkPage } from './links/LinkPage'
export { DocumentList } from './list/DocumentList'
export { RecentList } from './list/RecentList'
export { SpacePage } from './spaces/SpacePage'
export { SpacesPage } from './spaces/SpacesPage'
export { TagsPage } from './tags/TagsPage'
export { TrashPage } from './trash/TrashPage'
export { TrashToast } from './trash/TrashToast'
export { Breadcrumbs } from './tree/Breadcrumbs'
export { DeleteDialog } from './tree/DeleteDialog'
export { PageIcon } from './tree/PageIcon'
export { MoveDialog } from './tree/MoveDialog'
export { SpaceTree } from './tree/SpaceTree'
export { type LinkedPage, findPages, watchTitle } from './titles'
export { documentKey, keptDocument, keptGuest, useDocument, useGuest, useHolders, useNewPage, useNoteOpened, useRename, useTrash } from './queries'
export { statusName } from './words'

// Loaded when it is first opened.
export const ShareDialog = lazy(() => import('./sharing/ShareDialog').then((module) => ({ default: module.ShareDialog })))
