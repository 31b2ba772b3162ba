// A Tiptap editor on a Consilium server, with the stock Hocuspocus provider.
import { HocuspocusProvider } from '@hocuspocus/provider'
import { Editor } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { StarterKit } from '@tiptap/starter-kit'
import * as Y from 'yjs'

const server = new URLSearchParams(location.search).get('server') ?? '127.0.0.1:8080'
const document_ = new Y.Doc()
const status = document.getElementById('status')

const provider = new HocuspocusProvider({
  url: `ws://${server}/collab`,
  name: 'examples/tiptap',
  document: document_,
  // When this number is 0, all edits are on the server's disk.
  onUnsyncedChanges: ({ number }) => (status.textContent = number === 0 ? 'saved' : 'saving'),
  onStatus: ({ status: now }) => now !== 'connected' && (status.textContent = 'offline'),
})

new Editor({
  element: document.getElementById('editor'),
  extensions: [StarterKit.configure({ undoRedo: false }), Collaboration.configure({ document: document_ })],
})
addEventListener('beforeunload', () => provider.destroy())
