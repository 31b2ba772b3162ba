// Puts a block at the end of a document that is not open here.
import { Problem } from '../../client'
import { sendSignedIn } from './upload'

interface Block {
  type: string
  attrs: Record<string, unknown>
}

/** Others may write at the same time. */
const TRIES = 5

/** Adds a block as the smallest edit, which merges with what others write. */
export async function appendToText(document: string, block: Block): Promise<void> {
  const path = `/api/v1/documents/${document}/content`
  const { signal } = new AbortController()
  for (let tries = 1; ; tries++) {
    const read = await sendSignedIn('GET', `${path}?format=json`, null, {}, { signal })
    const text = read.body as { type: string; content?: unknown[] }
    const written = JSON.stringify({ ...text, content: [...(text.content ?? []), block] })
    try {
      await sendSignedIn('PUT', path, new Blob([written]), { 'content-type': 'application/json', 'if-match': read.header('etag') ?? '' }, { signal })
      return
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 412 && tries < TRIES)) throw problem
    }
  }
}
