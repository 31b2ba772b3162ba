// Any other file: a card with its name and size, to be downloaded.
import { Node } from '@tiptap/core'
import type { Node as DocumentNode } from '@tiptap/pm/model'
import type { NodeView } from '@tiptap/pm/view'
import { type Attachments, sizeOf } from '../../files'
import { t } from '../messages'

export const FileCard = Node.create<{ attachments: Attachments | null }>({
  name: 'file',
  group: 'block',
  atom: true,
  draggable: true,
  addOptions() {
    return { attachments: null }
  },
  addAttributes() {
    return {
      attachment: { default: null, rendered: false, parseHTML: (card) => card.getAttribute('data-file') },
      name: { default: null, rendered: false, parseHTML: (card) => card.textContent || null },
    }
  },
  parseHTML() {
    return [{ tag: 'figure[data-file]' }]
  },
  renderHTML({ node }) {
    return ['figure', { 'data-file': node.attrs.attachment }, node.attrs.name ?? '']
  },
  renderText({ node }) {
    return String(node.attrs.name ?? '')
  },
  addNodeView() {
    const { attachments } = this.options
    if (!attachments) return null
    return ({ node }) => new CardView(node, attachments)
  },
})

class CardView implements NodeView {
  readonly dom = document.createElement('div')
  #link = document.createElement('a')
  #name = document.createElement('strong')
  #about = document.createElement('small')
  #end: () => void

  constructor(private node: DocumentNode, private attachments: Attachments) {
    this.dom.className = 'file-card'
    this.#link.append(this.#name, this.#about)
    this.dom.append(this.#link)
    this.#end = attachments.use(() => this.#draw())
    this.#draw()
  }

  update(node: DocumentNode): boolean {
    if (node.type !== this.node.type) return false
    this.node = node
    this.#draw()
    return true
  }

  /** A click on the link downloads; the card can still be selected beside it. */
  stopEvent(event: Event): boolean {
    return event.type === 'click' && event.target instanceof HTMLElement && this.#link.contains(event.target)
  }

  ignoreMutation(): boolean {
    return true
  }

  destroy(): void {
    this.#end()
  }

  #draw(): void {
    const { attachment, name } = this.node.attrs as Record<string, string | null>
    const found = attachment ? this.attachments.find(attachment) : undefined
    this.#name.textContent = found?.name ?? name ?? t.aFile
    this.#about.textContent = found ? sizeOf(found.bytes) : this.attachments.state.isRead ? t.notAmongTheFilesOf : ''
    if (found) {
      this.#link.href = found.url
      this.#link.download = found.name
    } else {
      this.#link.removeAttribute('href')
    }
  }
}
