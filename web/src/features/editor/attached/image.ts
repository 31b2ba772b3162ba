// Images: of an attachment, by its id, or from another site, by their address. Below an image is its caption. When the
// image is selected, there are fields for the description and the caption, and a handle for the width.
import { type Editor, Node as NodeExtension, mergeAttributes, nodeInputRule } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import type { NodeView } from '@tiptap/pm/view'
import type { Attachments } from '../../files'
import { t } from '../messages'

/** Clients can write any address, so only sources that load an image, and safe targets, are passed to the browser. */
const isSafeSource = (source: string) => /^(https?:\/\/|\/(?![/\\])|data:image\/(png|jpeg|gif|webp)[;,])/i.test(source)
const isSafeTarget = (href: string) => /^(https?:\/\/|mailto:|\/(?![/\\])|#)/i.test(href)

interface Options {
  /** The files of the open document; without them, images are shown as they are written. */
  attachments: Attachments | null
  /** Stores a copy of an image from another site. */
  onKeep: ((url: string) => Promise<string>) | null
  /** Uploads an image, and returns its id. */
  onUpload: ((file: File) => Promise<string>) | null
}

const SMALLEST = 48

declare module '@tiptap/core' {
  interface Storage {
    image: Record<string, never>
  }
  interface Commands<ReturnType> {
    image: {
      /** Inserts an image from elsewhere. */
      setImage: (attributes: { src: string }) => ReturnType
    }
  }
}

/** `![alt](src "title")` */
const TYPED = /(?:^|\s)(!\[(.+|:?)]\((\S+)(?:(?:\s+)["'](\S+)["'])?\))$/

export const SafeImage = NodeExtension.create<Options>({
  name: 'image',
  group: 'block',
  draggable: true,
  addOptions: () => ({ attachments: null, onKeep: null, onUpload: null }),
  addAttributes() {
    const plain = { default: null }
    const href = { default: null, rendered: false, parseHTML: (image: HTMLElement) => image.closest('a[href]')?.getAttribute('href') ?? null }
    const attachment = { default: null, rendered: false, parseHTML: (image: HTMLElement) => image.getAttribute('data-attachment') }
    return { src: plain, alt: plain, title: plain, width: plain, height: plain, href, attachment }
  },
  parseHTML() {
    return [{ tag: 'img[data-attachment]' }, { tag: 'img[data-missing]' }, { tag: 'img[src]:not([src^="data:"])' }]
  },
  renderHTML({ node, HTMLAttributes }) {
    const { attachment, href } = node.attrs as Record<string, string | null>
    const source = String(HTMLAttributes.src ?? '')
    const shown = attachment ? { src: null, 'data-attachment': attachment } : { src: isSafeSource(source) ? source : null }
    const image = ['img', mergeAttributes(HTMLAttributes, shown)] as const
    return isSafeTarget(href ?? '') ? ['a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, image] : image
  },
  addNodeView() {
    const { options } = this
    const { attachments } = options
    if (!attachments) return null
    return ({ node, editor, getPos }) => new ImageView(node, editor, () => getPos(), attachments, options)
  },
  addCommands() {
    return { setImage: (attrs) => ({ commands }) => commands.insertContent({ type: this.name, attrs }) }
  },
  addInputRules() {
    return [nodeInputRule({ find: TYPED, type: this.type, getAttributes: ([, , alt, src, title]) => ({ src, alt, title }) })]
  },
})

class ImageView implements NodeView {
  readonly dom = document.createElement('figure')
  #frame = document.createElement('div')
  #image = document.createElement('img')
  #note = document.createElement('p')
  #upload = document.createElement('button')
  #caption = document.createElement('figcaption')
  #bar: HTMLElement | null = null
  #handle = document.createElement('button')
  #end: () => void

  constructor(private node: Node, private editor: Editor, private position: () => number | undefined, private attachments: Attachments, private options: Pick<Options, 'onKeep' | 'onUpload'>) {
    this.dom.className = 'picture'
    this.#frame.className = 'around'
    this.#note.className = 'hint'
    this.#handle.type = 'button'
    this.#handle.className = 'handle'
    this.#handle.setAttribute('aria-label', t.widthOfTheImage)
    this.#handle.addEventListener('pointerdown', this.#drag)
    this.#handle.addEventListener('keydown', ({ key }) => {
      const step = { ArrowLeft: -24, ArrowRight: 24 }[key]
      if (step) this.#change({ width: this.#fit(this.#frame.offsetWidth + step) })
    })
    this.#upload.type = 'button'
    this.#upload.className = 'button'
    this.#upload.textContent = t.upload
    this.#upload.addEventListener('click', () => this.#pick())
    this.#frame.append(this.#image, this.#note, this.#upload, this.#handle)
    this.dom.append(this.#frame, this.#caption)
    this.#image.addEventListener('error', () => node.attrs.attachment && void this.attachments.read())
    this.#end = attachments.use(() => this.#draw())
    this.#draw()
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type) return false
    this.node = node
    this.#draw()
    return true
  }

  selectNode(): void {
    this.dom.classList.add('selected')
    if (this.#bar || !this.editor.isEditable) return
    this.#bar = this.#makeBar()
    this.dom.append(this.#bar)
  }

  deselectNode(): void {
    this.dom.classList.remove('selected')
    this.#bar?.remove()
    this.#bar = null
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof HTMLElement && (this.#bar?.contains(event.target) === true || event.target === this.#handle || event.target === this.#upload)
  }

  ignoreMutation(): boolean {
    return true
  }

  destroy(): void {
    this.#end()
  }

  #draw(): void {
    const { attachment, src, alt, title, width } = this.node.attrs as Record<string, string | number | null>
    const found = attachment ? this.attachments.find(String(attachment)) : undefined
    const source = attachment ? found?.display_url : isSafeSource(String(src ?? '')) ? String(src) : null
    if (source && this.#image.getAttribute('src') !== source) this.#image.src = source
    this.#image.hidden = !source
    this.#image.alt = String(alt ?? '')
    // The place is known before the image is there, so nothing below it moves.
    if (found?.width && found.height) {
      this.#image.width = found.width
      this.#image.height = found.height
    }
    this.#note.hidden = !!source
    this.#note.textContent = source ? '' : this.#why(found)
    this.#upload.hidden = !this.editor.isEditable || !this.options.onUpload || !this.#isMissing
    this.#frame.style.setProperty('width', typeof width === 'number' || /^\d+$/.test(String(width)) ? `${width}px` : '')
    this.#caption.textContent = String(title ?? '')
    this.#caption.hidden = !title
    this.#handle.hidden = !this.editor.isEditable || !source
  }

  #why(found: ReturnType<Attachments['find']>): string {
    const { alt, attachment, src } = this.node.attrs
    if (String(src ?? '').startsWith('pending:')) return t.uploadingTheImage
    if (!attachment) return alt ? t.theImageIsMissingIt({ alt: String(alt) }) : t.anImageIsMissingHere
    if (!found) return this.attachments.state.isRead ? t.thisImageIsNotAmong : t.loadingTheImage
    if (found.state === 'failed') return t.cantBeShown({ name: found.name, reason: String(found.detail) })
    return t.isBeingPrepared({ name: found.name })
  }

  /** Whether the text has only a placeholder for the image. */
  get #isMissing(): boolean {
    const { attachment, src } = this.node.attrs
    return !attachment && !isSafeSource(String(src ?? '')) && !String(src ?? '').startsWith('pending:')
  }

  #pick(): void {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = 'image/png,image/jpeg,image/gif,image/webp'
    input.addEventListener('change', async () => {
      const file = input.files?.[0]
      if (!file || !this.options.onUpload) return
      this.#upload.disabled = true
      this.#note.textContent = t.uploadingName({ name: file.name })
      try {
        this.#change({ attachment: await this.options.onUpload(file), src: null })
        // The text has the focus again now: a click that first had to focus it would select the image again.
        this.editor.commands.focus()
      } catch (problem) {
        this.#note.textContent = problem instanceof Error ? problem.message : t.theUploadFailed
      }
      this.#upload.disabled = false
    })
    input.click()
  }

  #change(attributes: Record<string, unknown>): void {
    const at = this.position()
    if (at === undefined) return
    const { state, view } = this.editor
    view.dispatch(state.tr.setNodeMarkup(at, null, { ...this.node.attrs, ...attributes }).setMeta('addToHistory', true))
    this.editor.commands.setNodeSelection(at)
  }

  #fit(width: number): number {
    return Math.round(Math.min(Math.max(width, SMALLEST), this.dom.offsetWidth))
  }

  #drag = (down: PointerEvent): void => {
    down.preventDefault()
    const from = this.#frame.offsetWidth
    const width = (event: PointerEvent) => this.#fit(from + event.clientX - down.clientX)
    const move = (event: PointerEvent) => this.#frame.style.setProperty('width', `${width(event)}px`)
    this.#handle.setPointerCapture(down.pointerId)
    this.#handle.addEventListener('pointermove', move)
    this.#handle.addEventListener('pointerup', (up) => {
      this.#handle.removeEventListener('pointermove', move)
      this.#change({ width: width(up) })
    }, { once: true })
  }

  #makeBar(): HTMLElement {
    const bar = document.createElement('div')
    bar.className = 'picture-fields'
    bar.contentEditable = 'false'
    const field = (label: string, name: 'alt' | 'title') => {
      const input = document.createElement('input')
      input.value = String(this.node.attrs[name] ?? '')
      input.placeholder = label
      input.setAttribute('aria-label', label)
      input.addEventListener('change', () => this.#change({ [name]: input.value.trim() || null }))
      input.addEventListener('keydown', (event) => event.key === 'Enter' && this.editor.commands.focus())
      return input
    }
    bar.append(field(t.describeTheImageForPeople, 'alt'), field(t.caption, 'title'))
    const { src, attachment } = this.node.attrs
    const { onKeep } = this.options
    if (!attachment && /^https?:\/\//.test(String(src)) && onKeep) bar.append(this.#keepButton(String(src), onKeep))
    return bar
  }

  #keepButton(url: string, keep: NonNullable<Options['onKeep']>): HTMLElement {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'button'
    button.textContent = t.keepACopyHere
    button.addEventListener('click', async () => {
      button.disabled = true
      try {
        this.#change({ attachment: await keep(url), src: null })
      } catch (problem) {
        button.textContent = problem instanceof Error ? problem.message : t.theImageWasNotCopied
      }
    })
    return button
  }
}
