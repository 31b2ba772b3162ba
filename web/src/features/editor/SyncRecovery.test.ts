// @vitest-environment jsdom
// Two editors change the structure of one document at random. The schedules made y-tiptap throw.
import { Editor } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { TextSelection } from '@tiptap/pm/state'
import { yXmlFragmentToProseMirrorRootNode } from '@tiptap/y-tiptap'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { SyncRecovery } from './SyncRecovery'
import { schema } from './extensions'

const STEPS = 250
/** Each made y-tiptap throw while an edit of the other editor arrived. */
const SEEDS = [3, 35, 48, 65]

/** Numbers below 1: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const edits: ((editor: Editor) => unknown)[] = [
  ({ commands }) => commands.insertContent('word '), ({ commands }) => commands.insertContent('w'), ({ commands }) => commands.splitBlock(),
  ({ commands }) => commands.toggleBulletList(), ({ commands }) => commands.toggleOrderedList(), ({ commands }) => commands.toggleTaskList(),
  ({ commands }) => commands.sinkListItem('listItem'), ({ commands }) => commands.liftListItem('listItem'), ({ commands }) => commands.sinkListItem('taskItem'),
  ({ commands }) => commands.liftListItem('taskItem'), ({ commands }) => commands.splitListItem('listItem'), ({ commands }) => commands.joinBackward(),
  ({ commands }) => commands.joinForward(), ({ commands }) => commands.toggleBlockquote(), ({ commands }) => commands.toggleHeading({ level: 2 }),
  ({ commands }) => commands.toggleCodeBlock(), ({ commands }) => commands.deleteSelection(), ({ commands }) => commands.insertTable({ rows: 2, cols: 2, withHeaderRow: true }),
  ({ commands }) => commands.addRowAfter(), ({ commands }) => commands.addColumnAfter(), ({ commands }) => commands.deleteRow(), ({ commands }) => commands.deleteColumn(),
  ({ commands }) => commands.deleteTable(), ({ commands }) => commands.mergeCells(), ({ commands }) => commands.splitCell(), ({ commands }) => commands.toggleBold(),
  ({ commands }) => commands.undo(), ({ commands }) => commands.redo(), ({ commands }) => commands.setHorizontalRule(), ({ commands }) => commands.clearNodes(),
]

/** Runs a command that may not fit where it is tried: what ProseMirror refuses changes nothing. */
function attempt(work: () => unknown): void {
  try {
    work()
  } catch {}
}

/** Plays one schedule, and returns how often an edit of the other could not be followed. */
async function play(seed: number): Promise<number> {
  const random = randomOf(seed)
  const below = (most: number) => Math.floor(random() * most)
  const { warn } = console
  const recovered = vi.fn()
  console.warn = (said: string) => said.startsWith('The editor could not follow') && recovered()
  const sides = [1, 2].map((clientID) => Object.assign(new Y.Doc(), { clientID })).map((doc) => ({
    doc,
    waiting: [] as Uint8Array[],
    editor: new Editor({ element: document.createElement('div'), extensions: [...schema, Collaboration.configure({ document: doc, field: 'default' }), SyncRecovery] }),
  }))
  const [one, other] = sides as [(typeof sides)[0], (typeof sides)[0]]
  one.doc.on('update', (update: Uint8Array, origin: unknown) => origin !== 'other' && other.waiting.push(update))
  other.doc.on('update', (update: Uint8Array, origin: unknown) => origin !== 'other' && one.waiting.push(update))
  const deliver = (all: boolean) => {
    for (const { doc, waiting, editor } of sides) {
      const some = waiting.splice(0, all ? waiting.length : 1 + below(waiting.length))
      const before = recovered.mock.calls.length
      if (some.length > 0) Y.applyUpdate(doc, Y.mergeUpdates(some), 'other')
      if (recovered.mock.calls.length === before) continue
      const wanted = yXmlFragmentToProseMirrorRootNode(doc.getXmlFragment('default'), editor.schema)
      expect(editor.state.doc.content.toString(), `seed ${seed}`).toBe(wanted.content.toString())
    }
  }
  for (let step = 0; step < STEPS; step++) {
    const { editor } = sides[below(2)] ?? one
    const { doc, tr } = editor.state
    const at = below(doc.content.size + 1)
    attempt(() => editor.view.dispatch(tr.setSelection(TextSelection.between(doc.resolve(at), doc.resolve(Math.min(doc.content.size, at + below(12)))))))
    attempt(() => edits[below(edits.length)]?.(editor))
    if (random() < 0.35) deliver(false)
    // y-tiptap ends some of its work in a task of its own.
    if (step % 40 === 39) await new Promise((resolve) => setTimeout(resolve))
  }
  for (let round = 0; round < 3; round++) deliver(true)
  for (const { editor } of sides) editor.destroy()
  const count = recovered.mock.calls.length
  console.warn = warn
  return count
}

test.each(SEEDS)('[SYNC-29] an editor that cannot follow an edit is read again from the document (seed %i)', async (seed) => {
  expect(await play(seed)).toBeGreaterThan(0)
})
