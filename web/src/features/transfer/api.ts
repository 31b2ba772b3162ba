// Calls for imports and exports.
import { type Schemas, client, ok } from '../../client'
import { sendParts, sendSignedIn } from '../files'

export type Import = Schemas['ImportDetail']
export type Place = Schemas['ImportWish']
export type ExportWish = Schemas['ExportWish']
export type ImportItem = Schemas['ImportView']
export type ExportItem = Schemas['ExportView']

export const api = {
  imports: () => ok(client.GET('/api/v1/imports')),
  exports: () => ok(client.GET('/api/v1/exports')),
  create: (place: Place) => ok(client.POST('/api/v1/imports', { body: place })),
  read: (id: string) => ok(client.GET('/api/v1/imports/{import}', { params: { path: { import: id } } })),
  start: (id: string, dry_run: boolean) => ok(client.POST('/api/v1/imports/{import}/start', { params: { path: { import: id } }, body: { dry_run } })),
  cancel: (id: string) => ok(client.POST('/api/v1/imports/{import}/cancel', { params: { path: { import: id } } })),
  startExport: (body: ExportWish) => ok(client.POST('/api/v1/exports', { body })),
  export: (id: string) => ok(client.GET('/api/v1/exports/{export}', { params: { path: { export: id } } })),
  removeExport: (id: string) => ok(client.DELETE('/api/v1/exports/{export}', { params: { path: { export: id } } })),
  undo: (id: string, edited?: 'keep' | 'trash') => ok(client.POST('/api/v1/imports/{import}/undo', { params: { path: { import: id } }, body: { edited } })),
}

const BYTES = { 'content-type': 'application/octet-stream' }

export interface Chosen {
  /** Its name, or its path in a folder that was dropped. */
  path: string
  file: File
}

/** Sends files one after the other, in parts; `onShare` receives the share of all bytes that has been sent. */
export async function sendFiles(id: string, chosen: readonly Chosen[], onShare: (share: number) => void, signal: AbortSignal): Promise<void> {
  const all = chosen.reduce((bytes, { file }) => bytes + file.size, 0)
  let before = 0
  for (const { path, file } of withOwnPaths(chosen)) {
    const address = `/api/v1/imports/${id}/files?path=${encodeURIComponent(path)}`
    const tell = (bytes: number) => onShare((before + bytes) / Math.max(all, 1))
    const send = async (part: Blob, from: number) => {
      const headers = { ...BYTES, ...(file.size > 0 && { 'upload-offset': String(from), 'upload-length': String(file.size) }) }
      // The last answer may have been lost. An empty file has no parts.
      if (from < file.size || file.size === 0) await sendSignedIn('POST', address, part, headers, { onSent: (bytes) => tell(from + bytes), signal })
      const offset = from + part.size
      return { offset, whole: offset >= file.size || null }
    }
    const arrived = async () => ((await sendSignedIn('GET', address, null, {}, { signal })).body as { offset: number }).offset
    await sendParts(file, { send, arrived }, signal)
    before += file.size
  }
}

/** Makes all paths different. Two chosen folders of one name may have files with the same path. */
export function withOwnPaths(chosen: readonly Chosen[]): Chosen[] {
  const taken = new Set(chosen.map(({ path }) => path))
  const seen = new Set<string>()
  return chosen.map((one) => {
    let path = one.path
    for (let n = 2; seen.has(path) || (path !== one.path && taken.has(path)); n++) path = one.path.replace(/(\.[^./]*)?$/, ` (${n})$1`)
    seen.add(path)
    return { ...one, path }
  })
}

/** The files of a drop, with those in folders. */
export async function filesOf(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  if (entries.length === 0) return [...transfer.files].map((file) => ({ path: file.name, file }))
  return (await Promise.all(entries.map(filesIn))).flat()
}

async function filesIn(entry: FileSystemEntry): Promise<Chosen[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ path: entry.fullPath.replace(/^\//, ''), file }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: FileSystemEntry[] = []
  // A browser lists a hundred at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) break
    found.push(...some)
  }
  return (await Promise.all(found.map(filesIn))).flat()
}
