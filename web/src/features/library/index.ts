// What other features may use of the library.
import { lazy } from 'react'

export type { DocumentView } from './api'
export { LinkPage } from './links/LinkPage'
export { DocumentList } from './list/DocumentList'
export { documentKey, useDocument, useGuest, useHolders, useRename, useTrash } from './queries'

// Loaded when it is opened.
export const ShareDialog = lazy(() => import('./sharing/ShareDialog').then((module) => ({ default: module.ShareDialog })))
