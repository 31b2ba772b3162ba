// The page's socket, shared by everything on the page, and open while something uses it.
import { HocuspocusProviderWebsocket, WebSocketStatus } from '@hocuspocus/provider'
import { SCHEMA_VERSION } from './schemaVersion'

/** The longest pause between two attempts to connect: a person may be waiting at the page. */
const LONGEST_PAUSE_MS = 10_000

export class Connection {
  #socket: HocuspocusProviderWebsocket | null = null
  #users = 0

  /** Returns the socket. Call giveBack() when it is no longer needed. */
  use(): HocuspocusProviderWebsocket {
    this.#users += 1
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/collab?schema=${SCHEMA_VERSION}`
    this.#socket ??= new HocuspocusProviderWebsocket({ url, maxDelay: LONGEST_PAUSE_MS })
    return this.#socket
  }

  giveBack(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#socket?.destroy()
    this.#socket = null
  }

  /** Reconnects at once, because the network has changed: the socket may be dead without having noticed. */
  reopen(): void {
    const socket = this.#socket
    if (!socket) return
    // Closing it would wait for an answer that may never come.
    // not a text: the reason is not read
    socket.webSocket?.dispatchEvent(new CloseEvent('close', { code: 4408, reason: 'the network has changed' }))
    void socket.connect()
  }

  /** Reconnects, because a socket keeps the cookies with which it was opened. */
  renew(): void {
    const socket = this.#socket
    if (!socket) return
    // Without an open socket there is no disconnect to wait for, and its next attempt has the new cookies anyway.
    if (socket.status === WebSocketStatus.Disconnected) {
      void socket.connect()
      return
    }
    const again = () => {
      socket.off('disconnect', again)
      void socket.connect()
    }
    socket.on('disconnect', again)
    socket.disconnect()
  }
}

export const connection = new Connection()

addEventListener('online', () => connection.reopen())
