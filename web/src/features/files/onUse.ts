// Sending, which most people do seldom: loaded when a file is sent.
import type * as append from './append'
import type * as upload from './upload'

export const uploadFile: typeof upload.uploadFile = async (...args) => (await import('./upload')).uploadFile(...args)
export const appendToText: typeof append.appendToText = async (...args) => (await import('./append')).appendToText(...args)
