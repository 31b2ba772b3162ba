// The public part of the files feature.
export { type AttachmentView, api as files } from './api'
export { Attachments } from './attachments'
export { sizeOf } from './size'
export { uploadFile } from './upload'
