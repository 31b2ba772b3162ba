// The whole way of a paste. Loaded when the page has nothing else to do.
import { Fragment } from '@tiptap/pm/model'
import type { EditorView } from '@tiptap/pm/view'
import { type Attachments, uploadFile } from '../../files'
import { type Given, contentFrom } from './content'
import type { Embedded } from './images'
import { insert } from './insert'
import type { Pasted } from './notices'

export async function paste(view: EditorView, event: ClipboardEvent, given: Given, attachments: Attachments | null): Promise<Pasted> {
  const { content, embedded, kind } = await contentFrom(given, view.state.schema)
  const { missing, elsewhere } = imagesOf(content)
  const isRead = kind !== null && kind !== 'plain'
  await insert(view, content, event, isRead)
  for (const image of embedded) void upload(view, image, attachments)
  return { isRead, kind, missing, elsewhere }
}

export async function pastePlain(view: EditorView, text: string): Promise<void> {
  const { paragraph } = view.state.schema.nodes
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  const content = lines.map((line) => paragraph?.create(null, view.state.schema.text(line))).filter((line) => line !== undefined)
  await insert(view, Fragment.from(content), new ClipboardEvent('paste'), true)
}

function imagesOf(content: Fragment): Pick<Pasted, 'missing' | 'elsewhere'> {
  let missing = 0
  const elsewhere: string[] = []
  content.descendants(({ type, attrs }) => {
    if (type.name !== 'image' || attrs.attachment) return
    if (!attrs.src) missing++
    else if (/^https?:/.test(attrs.src)) elsewhere.push(attrs.src)
  })
  return { missing, elsewhere: [...new Set(elsewhere)] }
}

/** Sends an image that came with the text. If that fails, its placeholder says that it is missing. */
async function upload(view: EditorView, { src, file }: Embedded, attachments: Attachments | null): Promise<void> {
  const attachment = attachments && (await uploadFile(attachments.document, file, { inText: true, onProgress: () => undefined, signal: new AbortController().signal }).catch(() => null))
  if (attachment) attachments.add(attachment)
  setImages(view, src, { src: null, attachment: attachment?.id ?? null })
}

/** Changes all images with an address. It makes no undo step of its own: the paste is undone as a whole. */
export function setImages(view: EditorView, src: string, attributes: Record<string, unknown>): void {
  if (view.isDestroyed) return
  const tr = view.state.tr.setMeta('addToHistory', false)
  view.state.doc.descendants((node, at) => {
    if (node.type.name === 'image' && node.attrs.src === src) tr.setNodeMarkup(at, null, { ...node.attrs, ...attributes })
  })
  if (tr.docChanged) view.dispatch(tr)
}
