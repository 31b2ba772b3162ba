// The schema of documents, and the binding of the editor to a document. The root is `default`.
import { Collaboration } from '@tiptap/extension-collaboration'
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret'
import { Image } from '@tiptap/extension-image'
import { TaskItem, TaskList } from '@tiptap/extension-list'
import { Placeholder } from '@tiptap/extension-placeholder'
import { TableKit } from '@tiptap/extension-table'
import { mergeAttributes } from '@tiptap/core'
import { StarterKit } from '@tiptap/starter-kit'
import type { DocumentSession } from '../../sync/session'
import { CommentMarks } from './CommentMarks'
import { MatchMarks } from './MatchMarks'
import { SlashMenu } from './SlashMenu'
import { SyncRecovery } from './SyncRecovery'

/** Clients can write any address, so only sources that load an image, and safe targets, are passed to the browser. */
const SafeImage = Image.extend({
  addAttributes() {
    const href = { default: null, rendered: false, parseHTML: (image: HTMLElement) => image.closest('a[href]')?.getAttribute('href') ?? null }
    return { ...this.parent?.(), href }
  },
  renderHTML({ node, HTMLAttributes }) {
    const source = String(HTMLAttributes.src ?? '')
    const isSafe = /^(https?:\/\/|\/(?![/\\])|data:image\/(png|jpeg|gif|webp)[;,])/i.test(source)
    const image = ['img', mergeAttributes(this.options.HTMLAttributes, HTMLAttributes, { src: isSafe ? source : null })] as const
    const href = String(node.attrs.href ?? '')
    const isLink = /^(https?:\/\/|mailto:|\/(?![/\\])|#)/i.test(href)
    return isLink ? ['a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, image] : image
  },
})

/** The content that a document may have. The server's copy is schema.json, kept equal by a test. */
export const schema = [
  // The collaboration extension has its own undo, which reverts only local edits.
  StarterKit.configure({ undoRedo: false, link: { openOnClick: false, protocols: ['http', 'https', 'mailto'] } }),
  TaskList,
  TaskItem.configure({ nested: true }),
  TableKit.configure({ table: { resizable: false } }),
  SafeImage,
]

/** The person at this page: a member, or a guest by a link. */
export interface Writer {
  id: string
  name: string
  color: string
  isGuest: boolean
}

export interface EditorEvents {
  onOpenThread: (thread: string) => void
  /** The editor cannot show the document any more. */
  onLost: () => void
}

export const extensions = (session: DocumentSession, me: Writer, { onOpenThread, onLost }: EditorEvents) => [
  ...schema,
  Placeholder.configure({ placeholder: 'Write, or type / for headings, lists and tables' }),
  SlashMenu,
  CommentMarks.configure({ onOpen: onOpenThread }),
  MatchMarks,
  Collaboration.configure({ document: session.doc, field: 'default' }),
  SyncRecovery.configure({ onLost }),
  CollaborationCaret.configure({ provider: session.provider, user: { name: me.name, color: me.color }, render: caret }),
]

/** Styles are set by property: a style attribute would need a weaker content security policy. */
function caret(user: Record<string, string>): HTMLElement {
  const line = document.createElement('span')
  line.className = 'caret'
  line.setAttribute('aria-hidden', 'true')
  line.style.setProperty('--person', user.color ?? '')
  const name = document.createElement('span')
  name.textContent = (user.name ?? '').split(/\s+/)[0] ?? ''
  line.append(name)
  return line
}
