// The page's socket, shared by everything on the page, and open while something uses it.
import { HocuspocusProviderWebsocket, WebSocketStatus } from '@hocuspocus/provider'

export class Connection {
  #socket: HocuspocusProviderWebsocket | null = null
  #users = 0

  /** Returns the socket. Call giveBack() when it is no longer needed. */
  use(): HocuspocusProviderWebsocket {
    this.#users += 1
    this.#socket ??= new HocuspocusProviderWebsocket({ url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/collab` })
    return this.#socket
  }

  giveBack(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#socket?.destroy()
    this.#socket = null
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
