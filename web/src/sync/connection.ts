// The page's socket: one for everything that it opens, there for as long as something uses it.
import { HocuspocusProviderWebsocket } from '@hocuspocus/provider'

export class Connection {
  #socket: HocuspocusProviderWebsocket | null = null
  #users = 0

  /** The socket, until it is given back. */
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

  /** Connects again: a socket has the cookies that it was opened with. */
  renew(): void {
    const socket = this.#socket
    if (!socket) return
    const again = () => {
      socket.off('disconnect', again)
      void socket.connect()
    }
    socket.on('disconnect', again)
    socket.disconnect()
  }
}

export const connection = new Connection()
