// Files that are pasted, dropped or picked become images and cards. Until they are on the server, their place is held by a
// line with their progress, which is not in the document.
import { type Editor, Extension } from '@tiptap/core'
import { type EditorState, Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view'
import { type Attachments, appendToText, uploadFile } from '../../files'
import { t } from '../messages'

interface Options {
  attachments: Attachments | null
  isOffline: () => boolean
  /** Whether a file is added at the end of the document if the text was closed during its upload. */
  appends: boolean
}

interface Waiting {
  at: number
  id: object
  line: HTMLElement
}

const key = new PluginKey<DecorationSet>('uploads')
const SHOWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    uploads: { pickFiles: () => ReturnType }
  }
}

export const Uploads = Extension.create<Options>({
  name: 'uploads',
  addOptions() {
    return { attachments: null, isOffline: () => false, appends: true }
  },
  addCommands() {
    const { options } = this
    return {
      pickFiles: () => ({ editor }) => {
        const input = document.createElement('input')
        input.type = 'file'
        input.multiple = true
        input.addEventListener('change', () => insert(editor, [...(input.files ?? [])], editor.state.selection.from, options))
        input.click()
        return true
      },
    }
  },
  addProseMirrorPlugins() {
    const { editor, options } = this
    const take = (files: FileList | undefined, at: number): boolean => {
      if (!files?.length || !editor.isEditable) return false
      insert(editor, [...files], at, options)
      return true
    }
    return [
      new Plugin<DecorationSet>({
        key,
        state: {
          init: () => DecorationSet.empty,
          apply(tr, set) {
            const { add, remove } = (tr.getMeta(key) ?? {}) as { add?: Waiting; remove?: object }
            const mapped = set.map(tr.mapping, tr.doc)
            if (add) return mapped.add(tr.doc, [Decoration.widget(add.at, add.line, { id: add.id, side: -1, stopEvent: () => true, ignoreSelection: true })])
            return remove ? mapped.remove(mapped.find(undefined, undefined, ({ id }) => id === remove)) : mapped
          },
        },
        props: {
          decorations: (state) => key.getState(state),
          handlePaste: (view, { clipboardData }) => {
            // Content copied from a web page or a spreadsheet includes a picture of itself; the person wants the text.
            const html = clipboardData?.getData('text/html') ?? ''
            const isText = /<(p|table|h[1-6]|ul|ol|span)[\s>]/i.test(html) || (clipboardData?.getData('text/plain') ?? '') !== ''
            return !isText && take(clipboardData?.files, view.state.selection.from)
          },
          handleDrop: (view, event, _slice, moved) => {
            const place = view.posAtCoords({ left: event.clientX, top: event.clientY })
            return !moved && take(event.dataTransfer?.files, place?.pos ?? view.state.selection.from)
          },
        },
      }),
    ]
  },
})

const placeOf = (state: EditorState, id: object) => key.getState(state)?.find(undefined, undefined, (spec) => spec.id === id)[0]?.from

function insert(editor: Editor, files: File[], at: number, { attachments, isOffline, appends }: Options): void {
  if (!attachments) return
  for (const file of files) void upload(editor.view, file, at, attachments, { isOffline: isOffline(), appends })
}

async function upload(view: EditorView, file: File, at: number, attachments: Attachments, { isOffline, appends }: { isOffline: boolean; appends: boolean }): Promise<void> {
  const id = {}
  const cancelling = new AbortController()
  const line = new Line(file.name)
  const end = () => view.isDestroyed || view.dispatch(view.state.tr.setMeta(key, { remove: id }))
  line.onCancel = () => {
    cancelling.abort()
    end()
  }
  const { $from } = { $from: view.state.doc.resolve(Math.min(at, view.state.doc.content.size)) }
  view.dispatch(view.state.tr.setMeta(key, { add: { at: $from.depth > 0 ? $from.after(1) : at, id, line: line.dom } satisfies Waiting }))
  if (isOffline) return line.fail(t.anUploadNeedsAConnection)
  try {
    const attachment = await uploadFile(attachments.document, file, { inText: true, onProgress: line.progress, signal: cancelling.signal })
    const isShown = SHOWN.includes(attachment.media_type)
    // If the person opened another page during the upload, the file is added at the end of the text.
    if (view.isDestroyed && !appends) return
    if (view.isDestroyed) return void (await appendToText(attachments.document, isShown ? { type: 'image', attrs: { attachment: attachment.id } } : { type: 'file', attrs: { attachment: attachment.id, name: attachment.name } }))
    attachments.add(attachment)
    const place = placeOf(view.state, id)
    if (place === undefined) return
    const { image, file: card } = view.state.schema.nodes
    const node = isShown ? image?.create({ attachment: attachment.id }) : card?.create({ attachment: attachment.id, name: attachment.name })
    const tr = view.state.tr.setMeta(key, { remove: id })
    if (node) tr.insert(place, node)
    view.dispatch(tr)
  } catch (problem) {
    if (cancelling.signal.aborted || view.isDestroyed) return
    line.fail(problem instanceof Error ? problem.message : t.theUploadFailed)
  }
}

/** One file on its way. */
class Line {
  readonly dom = document.createElement('div')
  onCancel = () => {}
  #bar = document.createElement('progress')
  #text = document.createElement('span')
  #button = document.createElement('button')

  constructor(private name: string) {
    this.dom.className = 'upload'
    this.dom.contentEditable = 'false'
    this.#text.textContent = t.uploadingName({ name })
    this.#bar.max = 1
    this.#bar.value = 0
    this.#bar.setAttribute('aria-label', t.progressOf({ name }))
    this.#button.type = 'button'
    this.#button.className = 'button quiet'
    this.#button.textContent = t.cancelUpload
    this.#button.addEventListener('click', () => this.onCancel())
    this.dom.append(this.#text, this.#bar, this.#button)
  }

  progress = (share: number): void => {
    this.#bar.value = share
    if (share >= 1) this.#text.textContent = t.preparingName({ name: this.name })
  }

  fail(reason: string): void {
    this.dom.classList.add('failed')
    this.dom.setAttribute('role', 'alert')
    this.#text.textContent = t.wasNotUploaded({ name: this.name, reason })
    this.#bar.remove()
    this.#button.textContent = t.dismiss
  }
}
