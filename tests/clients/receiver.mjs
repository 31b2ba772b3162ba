// A webhook receiver: it checks every signature with the library of the standard, and can be made to fail.
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

export class Receiver {
  /** Accepted requests, in order: id and body. */
  heard = []
  /** Number of requests, accepted or not. */
  asked = 0
  /** Number of invalid signatures. */
  forged = 0
  /** How it answers: a status, or 'hang'. */
  mood = 204
  /** Bodies that it always refuses. */
  refuses = () => false
  secret = null
  #server

  async open(port = 0) {
    this.#server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk) => (text += chunk))
      request.on('end', () => {
        this.asked += 1
        try {
          if (this.secret) new Webhook(this.secret).verify(text, request.headers)
        } catch {
          this.forged += 1
        }
        if (this.mood === 'hang') return
        const body = JSON.parse(text)
        if (this.refuses(body)) return response.writeHead(400).end()
        if (this.mood < 300) this.heard.push({ id: request.headers['webhook-id'], headers: request.headers, body })
        response.writeHead(this.mood, { location: this.url }).end()
      })
    })
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    this.port = this.#server.address().port
    this.url = `http://127.0.0.1:${this.port}/events`
    return this
  }

  of(type) {
    return this.heard.filter(({ body }) => body.type === type)
  }

  close() {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(resolve))
  }
}
