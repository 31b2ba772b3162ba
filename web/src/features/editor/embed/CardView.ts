// A card in the text.
import type { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import type { NodeView } from '@tiptap/pm/view'
import { t } from '../messages'
import { frameOrigins } from './allowed'
import { frameOf, isWebAddress } from './frames'

/** The rights of a framed page. It cannot navigate this window, and its origin is its own, not ours. */
// not a text: names of rights
const SANDBOX = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms allow-presentation'
/** YouTube plays nothing unless the referrer names the embedding site. It receives only the origin of the page. */
const TELLS_SITE = 'https://www.youtube-nocookie.com'

export class CardView implements NodeView {
  readonly dom = document.createElement('div')
  #title = document.createElement('strong')
  #site = document.createElement('small')
  #open = document.createElement('a')
  #show = document.createElement('button')
  #edit = document.createElement('button')
  #frame: HTMLIFrameElement | null = null
  #origins: readonly string[] = []

  constructor(private node: Node, private editor: Editor, private getPos: () => number | undefined, onEdit: () => void) {
    this.dom.className = 'embed-card'
    const [about, acts] = [document.createElement('div'), document.createElement('div')]
    about.className = 'about'
    about.append(this.#title, this.#site)
    acts.className = 'row'
    for (const button of [this.#show, this.#edit]) {
      button.type = 'button'
      button.className = 'button quiet'
    }
    this.#open.className = 'button quiet'
    this.#open.target = '_blank'
    this.#open.rel = 'noopener noreferrer'
    this.#open.textContent = t.openCard
    this.#edit.textContent = t.editCard
    this.#show.addEventListener('click', () => this.#toggle())
    this.#edit.addEventListener('click', () => {
      this.#select()
      onEdit()
    })
    acts.append(this.#show, this.#open, this.#edit)
    this.dom.append(about, acts)
    // The editor also emits `update` when it becomes editable or read-only.
    editor.on('update', this.#draw)
    void frameOrigins().then((origins) => {
      this.#origins = origins
      this.#draw()
    })
    this.#draw()
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type) return false
    if (node.attrs.href !== this.node.attrs.href) this.#close()
    this.node = node
    this.#draw()
    return true
  }

  /** The card handles events on its buttons itself; anywhere else it can be selected and dragged. */
  stopEvent(event: Event): boolean {
    return event.target instanceof HTMLElement && event.target.closest('a,button,iframe') !== null && event.type !== 'dragstart'
  }

  ignoreMutation(): boolean {
    return true
  }

  destroy(): void {
    this.editor.off('update', this.#draw)
  }

  #select(): void {
    const at = this.getPos()
    if (at !== undefined) this.editor.commands.setNodeSelection(at)
  }

  #frameAddress(): string | null {
    const frame = frameOf(String(this.node.attrs.href ?? ''))
    return frame && this.#origins.includes(new URL(frame).origin) ? frame : null
  }

  #toggle(): void {
    if (this.#frame) this.#close()
    else {
      const address = this.#frameAddress()
      if (!address) return
      const frame = document.createElement('iframe')
      frame.title = this.#title.textContent ?? ''
      frame.setAttribute('sandbox', SANDBOX)
      frame.referrerPolicy = new URL(address).origin === TELLS_SITE ? 'strict-origin' : 'no-referrer'
      frame.loading = 'lazy'
      frame.allowFullscreen = true
      frame.src = address
      this.#frame = frame
      this.dom.append(frame)
    }
    this.#draw()
  }

  #close(): void {
    this.#frame?.remove()
    this.#frame = null
  }

  #draw = (): void => {
    const { href, title } = this.node.attrs as Record<string, string | null>
    const address = isWebAddress(href ?? '') ? href : null
    const site = address ? new URL(address).hostname.replace(/^www\./, '') : ''
    this.#title.textContent = title || address || t.card
    this.#site.textContent = site
    if (address) this.#open.href = address
    else this.#open.removeAttribute('href')
    this.#open.setAttribute('aria-label', t.openInNewTab({ what: title || site }))
    this.#show.hidden = this.#frameAddress() === null
    this.#show.textContent = this.#frame ? t.hideCard : t.showCardHere
    this.#show.setAttribute('aria-expanded', String(this.#frame !== null))
    this.#show.title = t.loadsFrom({ site })
    this.#edit.hidden = !this.editor.isEditable
  }
}
