// Sending a file: in one request, or above 8 MiB in parts that survive a broken connection (the shapes of tus 1.0).
import { Problem, renewSession } from '../../client'
import { inOwnWords } from '../../problems'
import type { AttachmentView } from './api'
import { t } from './messages'

export interface Upload {
  onProgress: (share: number) => void
  /** Whether the file is to be shown in the text: it is then deleted some time after the text stops showing it. */
  inText: boolean
  signal: AbortSignal
}

const IN_ONE = 8 << 20
const PART = 4 << 20
/** Attempts to continue after a broken connection, and the longest of the growing pauses between them, in ms. */
const TRIES = 8
const LONGEST_PAUSE = 10_000

interface Sent {
  status: number
  body: unknown
  header: (name: string) => string | null
}

/** fetch does not report upload progress, so this uses XMLHttpRequest. */
function send(method: string, path: string, body: Blob | null, headers: Record<string, string>, { onSent, signal }: { onSent?: (bytes: number) => void; signal: AbortSignal }): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(method, path)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => onSent?.(loaded)
    request.onload = () => {
      const isJson = request.getResponseHeader('content-type')?.includes('json')
      resolve({ status: request.status, body: isJson ? JSON.parse(request.responseText) : null, header: (name) => request.getResponseHeader(name) })
    }
    request.onerror = () => reject(new Problem(0, 'unreachable', t.cantReachTheServer))
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'))
    const abort = () => request.abort()
    signal.addEventListener('abort', abort)
    request.onloadend = () => signal.removeEventListener('abort', abort)
    if (signal.aborted) return reject(new DOMException('cancelled', 'AbortError'))
    request.send(body)
  })
}

/** Sends as the signed-in person: if the session has expired, renews it and sends again. */
export async function sendSignedIn(...call: Parameters<typeof send>): Promise<Sent> {
  let sent = await send(...call)
  if (sent.status === 401 && (await renewSession())) sent = await send(...call)
  if (sent.status < 400) return sent
  const { code = 'unreachable', detail = t.cantReachTheServer } = (sent.body ?? {}) as { code?: string; detail?: string }
  throw inOwnWords(new Problem(sent.status, code, detail))
}

let underWay = 0
const ask = (event: BeforeUnloadEvent) => event.preventDefault()

/** Makes the browser ask for confirmation if the page is closed while files are being sent. */
export async function onItsWay<T>(sent: Promise<T>): Promise<T> {
  if (underWay++ === 0) addEventListener('beforeunload', ask)
  try {
    return await sent
  } finally {
    if (--underWay === 0) removeEventListener('beforeunload', ask)
  }
}

/** Uploads a file to a document. Throws a Problem, or an AbortError when it was cancelled. */
export function uploadFile(document: string, file: File, upload: Upload): Promise<AttachmentView> {
  return onItsWay(file.size > IN_ONE ? inParts(document, file, upload) : inOne(document, file, upload))
}

async function inOne(document: string, file: File, { onProgress, inText, signal }: Upload): Promise<AttachmentView> {
  const path = `/api/v1/documents/${document}/attachments?in_text=${inText}&name=${encodeURIComponent(file.name)}`
  const headers = { 'content-type': 'application/octet-stream' }
  const { body } = await sendSignedIn('POST', path, file, headers, { onSent: (bytes) => onProgress(bytes / file.size), signal })
  return body as AttachmentView
}

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

async function inParts(document: string, file: File, { onProgress, inText, signal }: Upload): Promise<AttachmentView> {
  // not a text: names of the protocol
  const metadata = `filename ${base64(file.name)},in_text ${base64(String(inText))}`
  const begun = await sendSignedIn('POST', `/api/v1/documents/${document}/uploads`, null, { 'upload-length': String(file.size), 'upload-metadata': metadata }, { signal })
  const path = begun.header('location') ?? ''
  // Whatever happens to the rest, the server need not keep the parts that it has.
  const cancel = () => void sendSignedIn('DELETE', path, null, {}, { signal: new AbortController().signal }).catch(() => undefined)
  signal.addEventListener('abort', cancel)
  const send = async (part: Blob, from: number) => {
    const sent = await sendSignedIn('PATCH', path, part, { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(from) }, { onSent: (bytes) => onProgress((from + bytes) / file.size), signal })
    const { offset, attachment } = sent.body as { offset: number; attachment: AttachmentView | null }
    return { offset, whole: attachment }
  }
  const arrived = async () => ((await sendSignedIn('GET', path, null, {}, { signal })).body as { offset: number }).offset
  try {
    return await sendParts(file, { send, arrived }, signal)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

export interface Parts<T> {
  /** Sends a part. Returns how much has arrived, and the result once the whole file has arrived. */
  send: (part: Blob, from: number) => Promise<{ offset: number; whole: T | null }>
  /** How much has arrived. */
  arrived: () => Promise<number>
}

/** Sends a file in parts, and goes on where it was after the connection broke. */
export async function sendParts<T>(file: Blob, { send, arrived }: Parts<T>, signal: AbortSignal): Promise<T> {
  let offset = 0
  for (let failures = 0; ; ) {
    try {
      const sent = await send(file.slice(offset, offset + PART), offset)
      if (sent.whole !== null) return sent.whole
      offset = sent.offset
      failures = 0
    } catch (problem) {
      const mayPass = isOfTheConnection(problem) || (problem instanceof Problem && (problem.status === 429 || problem.code === 'wrong-offset'))
      if (!mayPass || ++failures > TRIES) throw problem
      await pause(Math.min(500 * 2 ** failures, LONGEST_PAUSE), signal)
      offset = await arrived().catch((again: unknown) => {
        if (isOfTheConnection(again)) return offset
        throw again
      })
    }
  }
}

const isOfTheConnection = (problem: unknown) => problem instanceof Problem && (problem.status === 0 || problem.status >= 500)

const pause = (ms: number, signal: AbortSignal) => new Promise<void>((resolve, reject) => {
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    reject(new DOMException('cancelled', 'AbortError'))
  }, { once: true })
})
