// A CodeMirror editor with remote selections on a Consilium server, with the stock y-websocket client.
import { EditorView } from '@codemirror/view'
import { basicSetup } from 'codemirror'
import { yCollab } from 'y-codemirror.next'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const server = new URLSearchParams(location.search).get('server') ?? '127.0.0.1:8080'
const document_ = new Y.Doc()
const text = document_.getText('code')
const provider = new WebsocketProvider(`ws://${server}/sync`, 'examples/codemirror', document_)
const status = document.getElementById('status')

provider.on('sync', (synced) => (status.textContent = synced ? 'synced' : 'offline'))
provider.awareness.setLocalStateField('user', { name: `Guest ${document_.clientID % 100}`, color: '#3566bd', colorLight: '#3566bd33' })

new EditorView({
  parent: document.getElementById('editor'),
  extensions: [basicSetup, yCollab(text, provider.awareness, { undoManager: new Y.UndoManager(text) })],
})
