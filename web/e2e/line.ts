// A proxy to a store of the tests, with its own address, which a test can cut and restore.
import { type Server as Listener, type Socket, connect, createServer } from 'node:net'

export class Line {
  readonly url: URL
  #open = true
  #sockets = new Set<Socket>()

  private constructor(target: URL, readonly listener: Listener, port: number) {
    this.url = new URL(target)
    this.url.hostname = '127.0.0.1'
    this.url.port = String(port)
  }

  static async to(target: URL): Promise<Line> {
    const listener = createServer()
    await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening))
    const address = listener.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP listener has a port')
    const line = new Line(target, listener, address.port)
    listener.on('connection', (near) => line.#join(near, connect(Number(target.port), target.hostname)))
    return line
  }

  #join(near: Socket, far: Socket): void {
    const end = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        end()
      })
    }
    if (this.#open) near.pipe(far).pipe(near)
    else end()
  }

  cut(): void {
    this.#open = false
    for (const socket of this.#sockets) socket.destroy()
  }

  heal(): void {
    this.#open = true
  }

  end(): void {
    this.cut()
    this.listener.close()
  }
}
