// The public part of the files feature.
import { lazy } from 'react'

export { type AttachmentView, api as files } from './api'
export { Attachments } from './attachments'
export { sizeOf } from './size'
export { appendToText } from './append'
export { onItsWay, sendParts, sendSignedIn, uploadFile } from './upload'

// Loaded when it is first opened.
export const FilesDialog = lazy(() => import('./FilesDialog').then((module) => ({ default: module.FilesDialog })))
