// All supported stock clients, behind one interface.
import WebSocket from 'ws'
import * as Y from 'yjs'
import * as Y14 from '@y/y'
import { WebsocketProvider as V1 } from 'y-websocket-1'
import { WebsocketProvider as V2 } from 'y-websocket-2'
import { WebsocketProvider as V3 } from 'y-websocket-3'
import { WebsocketProvider as V31 } from 'y-websocket-3-1'
import { WebsocketProvider as V31rc } from 'y-websocket-3-1-rc'
import { WebsocketProvider as V4 } from '@y/websocket'
import * as H2 from 'hocuspocus-provider-2'
import * as H3 from 'hocuspocus-provider-3'
import * as H4 from '@hocuspocus/provider'

globalThis.WebSocket = WebSocket

function yWebsocket(Provider, Yjs) {
  return (server, name, { doc = new Yjs.Doc(), token } = {}) => {
    const params = token ? { token } : {}
    const provider = new Provider(server.sync, name, doc, { WebSocketPolyfill: WebSocket, disableBc: true, params })
    const client = {
      doc, provider, awareness: provider.awareness, connects: 0,
      synced: () => provider.synced,
      connected: () => provider.wsconnected,
      destroy: () => provider.destroy(),
    }
    provider.on('status', ({ status }) => (client.connects += status === 'connected' ? 1 : 0))
    return client
  }
}

function hocuspocus({ HocuspocusProvider }, separate) {
  return (server, name, { doc = new Y.Doc(), token = null, ...events } = {}) => {
    const options = separate ? { WebSocketPolyfill: WebSocket } : {}
    const provider = new HocuspocusProvider({ url: server.collab, name, document: doc, token, ...options, ...events })
    const client = {
      doc, provider, awareness: provider.awareness, connects: 0,
      synced: () => provider.synced ?? provider.isSynced,
      connected: () => provider.configuration.websocketProvider.status === 'connected',
      destroy: () => {
        provider.destroy()
        provider.configuration.websocketProvider?.destroy()
      },
    }
    provider.on('connect', () => client.connects++)
    return client
  }
}

export const FAMILIES = {
  'y-websocket 1.5': yWebsocket(V1, Y),
  'y-websocket 2.1': yWebsocket(V2, Y),
  'y-websocket 3.0': yWebsocket(V3, Y),
  'y-websocket 3.1': yWebsocket(V31, Y),
  'y-websocket 3.1-rc.5': yWebsocket(V31rc, Y),
  '@y/websocket 4 with Yjs 14': yWebsocket(V4, Y14),
  '@hocuspocus/provider 2.15': hocuspocus(H2, true),
  '@hocuspocus/provider 3.4': hocuspocus(H3, true),
  '@hocuspocus/provider 4.8': hocuspocus(H4, true),
}
export { Y, Y14 }
