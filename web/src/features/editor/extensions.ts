// The schema of documents, and the binding of the editor to a document, or to one person's view of it. The root is
// `default`.
import { Collaboration } from '@tiptap/extension-collaboration'
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret'
import { TaskItem, TaskList } from '@tiptap/extension-list'
import type { Role } from '../../rights'
import type { DocumentSession } from '../../sync/session'
import { type Attachments, files, uploadFile } from '../files'
import { SuggestionMarks } from '../suggesting'
import { CommentMarks } from './CommentMarks'
import { Invitation } from './Invitation'
import { MatchMarks } from './MatchMarks'
import { PageLink } from './PageLink'
import { SlashMenu } from './SlashMenu'
import { SyncRecovery } from './SyncRecovery'
import { FileCard } from './attached/file'
import { SafeImage } from './attached/image'
import { Uploads } from './attached/uploads'
import { Blocks } from './blocks/blocks'
import { Callout } from './callout/Callout'
import { common } from './common'
import { details } from './details/details'
import { Embed } from './embed/Embed'
import { Footnote } from './footnote/Footnote'
import { Drawings } from './drawings/Drawings'
import { Find } from './find/Find'
import { SelectionFirst } from './SelectionFirst'
import { Alignment } from './marks/Alignment'
import { looks } from './marks/marks'
import { t } from './messages'
import { Paste } from './paste/Paste'
import type { PasteNotices } from './paste/notices'
import { tables } from './tables/tables'
import { Emoji } from './typing/Emoji'
import { Replacements } from './typing/replacements'

/** Extensions that need no files of the document. */
const texts = [TaskList, TaskItem.configure({ nested: true }), ...tables, Callout, ...details, ...looks, Alignment]

/** The content that a document may have. The server's copy is schema.json, kept equal by a test. */
export const schema = [...common, ...texts, SafeImage, FileCard, Embed, PageLink, Footnote]

/** Copies an image from elsewhere to the files of the document. */
export const keep = (attachments: Attachments) => async (url: string) => {
  const kept = await files.fetch(attachments.document, url)
  attachments.add(kept)
  return kept.id
}

const upload = (attachments: Attachments) => async (file: File) => {
  const sent = await uploadFile(attachments.document, file, { inText: true, onProgress: () => undefined, signal: new AbortController().signal })
  attachments.add(sent)
  return sent.id
}

/** The person at this page: a member, or a guest by a link. */
export interface Writer {
  id: string
  name: string
  color: string
  isGuest: boolean
  /** The role of a member. */
  role?: Role
}

export interface EditorEvents {
  onOpenThread: (thread: string) => void
  onOpenSuggestion: (suggestion: string) => void
  /** The editor cannot show the document any more. */
  onLost: () => void
  /** Asks for the address of an image. */
  onImage: () => void
  /** Asks for the address of a card, or what the selected one should be. */
  onEmbed: () => void
  notices: PasteNotices
}

/** What both editors have: that of the document, and that of a suggester's view. */
export const tools = (attachments: Attachments, { isOffline, appends }: { isOffline: () => boolean; appends: boolean }, { onOpenThread, onImage, onEmbed, notices }: Omit<EditorEvents, 'onLost'>) => [
  ...texts,
  SafeImage.configure({ attachments, onKeep: keep(attachments), onUpload: upload(attachments) }),
  FileCard.configure({ attachments }),
  Embed.configure({ onEdit: onEmbed }),
  PageLink,
  Footnote,
  Uploads.configure({ attachments, isOffline, appends }),
  Paste.configure({ attachments, notices }),
  Blocks,
  Invitation.configure({ words: t.invitation }),
  SlashMenu.configure({ onImage, onEmbed }),
  Emoji,
  Find,
  SelectionFirst,
  Replacements,
  CommentMarks.configure({ onOpen: onOpenThread }),
  MatchMarks,
  Drawings,
]

/** The editor of the document. The collaboration extension has its own undo, which reverts only local edits. */
export const extensions = (session: DocumentSession, attachments: Attachments, me: Writer, { onLost, ...events }: EditorEvents) => [
  ...common,
  ...tools(attachments, { isOffline: () => session.state.isOffline || !session.state.connected, appends: true }, events),
  SuggestionMarks.configure({ onOpen: events.onOpenSuggestion }),
  Collaboration.configure({ document: session.doc, field: 'default' }),
  SyncRecovery.configure({ onLost }),
  CollaborationCaret.configure({ provider: session.provider, user: { name: me.name, color: me.color }, render: caret }),
]

/** Styles are set by property: a style attribute would need a weaker content security policy. */
function caret(user: Record<string, string>): HTMLElement {
  const line = document.createElement('span')
  line.className = 'caret'
  line.setAttribute('aria-hidden', 'true')
  line.dataset.person = user.id ?? ''
  line.style.setProperty('--person', user.color ?? '')
  const name = document.createElement('span')
  name.textContent = (user.name ?? '').split(/\s+/)[0] ?? ''
  line.append(name)
  return line
}
