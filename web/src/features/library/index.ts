// The public part of the library feature.
import { lazyPage } from '../../elements/lazily'

export type { DocumentView } from './api'
export { DocumentMenu } from './DocumentMenu'
export { DeleteDialog, MoveDialog, ShareDialog } from './dialogs'
export { DocumentDetails } from './details/DocumentDetails'
export { Favourites } from './favourites/Favourites'
export { StarButton } from './favourites/StarButton'
export { HomeLists } from './list/HomeLists'
export { NewDocument } from './list/NewDocument'
export { TrashToast } from './trash/TrashToast'
export { Breadcrumbs } from './tree/Breadcrumbs'
export { PageIcon } from './tree/PageIcon'
export { SpaceTree } from './tree/SpaceTree'
export { type LinkedPage, findPages, watchTitle } from './titles'
export { type Status, setStatus } from './api'
export { changedKey, documentKey, keptDocument, keptGuest, useDocument, useGuest, useHolders, useNewPage, useNoteOpened, useRename, useRestore, useTitles, useTrash } from './queries'
export { kindName, statusName } from './words'

// The pages, all of them loaded when one is first opened.
const pages = () => import('./pages')
export const DocumentList = lazyPage(pages, 'DocumentList')
export const FavouritesPage = lazyPage(pages, 'FavouritesPage')
export const RecentList = lazyPage(pages, 'RecentList')
export const SpacePage = lazyPage(pages, 'SpacePage')
export const SpacesPage = lazyPage(pages, 'SpacesPage')
export const TagsPage = lazyPage(pages, 'TagsPage')
export const TrashPage = lazyPage(pages, 'TrashPage')
export const LinkPage = lazyPage(() => import('./links/LinkPage'), 'LinkPage')
