// The public part of the library feature.
import { lazy } from 'react'

export type { DocumentView } from './api'
export { LinkPage } from './links/LinkPage'
export { DocumentList } from './list/DocumentList'
export { documentKey, keptDocument, keptGuest, useDocument, useGuest, useHolders, useRename, useTrash } from './queries'

// Loaded when it is first opened.
export const ShareDialog = lazy(() => import('./sharing/ShareDialog').then((module) => ({ default: module.ShareDialog })))
