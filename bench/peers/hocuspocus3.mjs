// @hocuspocus/server 3 with nothing configured: no persistence, no sign-in.
import { Server } from 'hocuspocus3'

const server = new Server({ port: 0, address: '127.0.0.1', quiet: true })
await server.listen()
console.log(`http://127.0.0.1:${server.address.port}`)
