// What the toolbar, the bubble menu and the help offer: each with its name, its keys, and whether it is on.
import type { Editor } from '@tiptap/core'
import { AlignCenter, AlignLeft, AlignRight, Asterisk, Bold, Code, FileCode2, Heading1, Heading2, Heading3, Highlighter, ImagePlus, Info, Italic, Link2, List, ListChecks, ListCollapse, ListOrdered, type LucideIcon, Minus, Pilcrow, Quote, Redo2, Strikethrough, Subscript, Superscript, Table, Underline, Undo2 } from 'lucide-react'
import { calloutKindOf } from '../../../callouts'
import { t } from '../messages'

export interface Tool {
  label: string
  keys?: string
  Icon: LucideIcon
  isOn?: (editor: Editor) => boolean
  run: (editor: Editor) => void
}

const mark = (label: string, name: string, keys: string, Icon: LucideIcon): Tool => ({
  label, keys, Icon, isOn: (editor) => editor.isActive(name), run: (editor) => editor.chain().focus().toggleMark(name).run(),
})

export const HISTORY: Tool[] = [
  { label: t.undo, keys: 'Mod-z', Icon: Undo2, run: (editor) => void editor.chain().focus().undoStep().run() },
  { label: t.redo, keys: 'Mod-y', Icon: Redo2, run: (editor) => void editor.chain().focus().redo().run() },
]

export const MARKS: Tool[] = [
  mark(t.bold, 'bold', 'Mod-b', Bold),
  mark(t.italic, 'italic', 'Mod-i', Italic),
  mark(t.underline, 'underline', 'Mod-u', Underline),
  mark(t.strikethrough, 'strike', 'Mod-Shift-s', Strikethrough),
  mark(t.inlineCode, 'code', 'Mod-e', Code),
]

export const HIGHLIGHT: Tool = mark(t.highlight, 'highlight', 'Mod-Shift-h', Highlighter)

export const SCRIPTS: Tool[] = [
  { label: t.subscript, keys: 'Mod-,', Icon: Subscript, isOn: (editor) => editor.isActive('subscript'), run: (editor) => void editor.chain().focus().unsetSuperscript().toggleSubscript().run() },
  { label: t.superscript, keys: 'Mod-.', Icon: Superscript, isOn: (editor) => editor.isActive('superscript'), run: (editor) => void editor.chain().focus().unsetSubscript().toggleSuperscript().run() },
]

const side = (label: string, textAlign: 'center' | 'right' | null, keys: string, Icon: LucideIcon): Tool => ({
  label, keys, Icon, isOn: (editor) => editor.isActive({ textAlign }), run: (editor) => void editor.chain().focus().alignText(textAlign).run(),
})

export const SIDES: Tool[] = [side(t.alignLeft, null, 'Mod-Shift-l', AlignLeft), side(t.alignCenter, 'center', 'Mod-Shift-e', AlignCenter), side(t.alignRight, 'right', 'Mod-Shift-r', AlignRight)]

const heading = (level: 1 | 2 | 3, Icon: LucideIcon): Tool => ({
  label: t.headingLevel({ level }), keys: `Mod-Alt-${level}`, Icon, isOn: (editor) => editor.isActive('heading', { level }), run: (editor) => void editor.chain().focus().toggleHeading({ level }).run(),
})

export const TEXT: Tool = { label: t.text, keys: 'Mod-Alt-0', Icon: Pilcrow, isOn: (editor) => editor.isActive('paragraph'), run: (editor) => void editor.chain().focus().clearNodes().run() }

export const HEADINGS: Tool[] = [heading(1, Heading1), heading(2, Heading2), heading(3, Heading3)]

export const LISTS: Tool[] = [
  { label: t.bulletList, keys: 'Mod-Shift-8', Icon: List, isOn: (editor) => editor.isActive('bulletList'), run: (editor) => void editor.chain().focus().toggleBulletList().run() },
  { label: t.numberedList, keys: 'Mod-Shift-7', Icon: ListOrdered, isOn: (editor) => editor.isActive('orderedList'), run: (editor) => void editor.chain().focus().toggleOrderedList().run() },
  { label: t.taskList, keys: 'Mod-Shift-9', Icon: ListChecks, isOn: (editor) => editor.isActive('taskList'), run: (editor) => void editor.chain().focus().toggleTaskList().run() },
]

export const BLOCKS: Tool[] = [
  { label: t.quote, keys: 'Mod-Shift-b', Icon: Quote, isOn: (editor) => editor.isActive('blockquote'), run: (editor) => void editor.chain().focus().toggleBlockquote().run() },
  { label: t.codeBlock, keys: 'Mod-Alt-c', Icon: FileCode2, isOn: (editor) => editor.isActive('codeBlock'), run: (editor) => void editor.chain().focus().toggleCodeBlock().run() },
  { label: t.callout, keys: 'Mod-Alt-b', Icon: Info, isOn: (editor) => editor.isActive('callout'), run: (editor) => void editor.chain().focus().toggleCallout(calloutKindOf(editor.getAttributes('callout').kind)).run() },
  { label: t.toggle, keys: 'Mod-Alt-f', Icon: ListCollapse, isOn: (editor) => editor.isActive('details'), run: (editor) => void editor.chain().focus().toggleDetails().run() },
]

export const INSERTS: Tool[] = [
  { label: t.divider, Icon: Minus, run: (editor) => void editor.chain().focus().setHorizontalRule().run() },
  { label: t.footnote, Icon: Asterisk, run: (editor) => void editor.chain().focus().insertFootnote().run() },
  { label: t.uploadImageOrFile, Icon: ImagePlus, run: (editor) => void editor.chain().focus().pickFiles().run() },
  { label: t.table, Icon: Table, run: (editor) => void editor.chain().focus().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run() },
]

export const LINK: Omit<Tool, 'run'> = { label: t.link, keys: 'Mod-k', Icon: Link2, isOn: (editor) => editor.isActive('link') }

/** What a block can be turned into. */
export const KINDS: Tool[] = [TEXT, ...HEADINGS, ...LISTS, ...BLOCKS]
