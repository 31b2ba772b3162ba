// The public part of the files feature.
import { lazily } from '../../elements/lazily'

export { type AttachmentView, api as files } from './api'
export { Attachments } from './attachments'
export { sizeOf } from './size'
export { onItsWay, sendParts, sendSignedIn } from './upload'
export { appendToText, uploadFile } from './onUse'

// Loaded when it is first opened.
export const FilesDialog = lazily(() => import('./FilesDialog'), 'FilesDialog')
