// A real SMTP server that stores received mails.
import { SMTPServer } from 'smtp-server'

export class Postbox {
  mails = []
  /** If set, every recipient is refused with this error. */
  refusal = null
  #server

  /** Listens on the given port, or on a free one. */
  async open(port = 0) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: (_address, _session, done) => done(this.refusal),
      onData: (stream, session, done) => {
        let text = ''
        stream.on('data', (chunk) => (text += chunk))
        stream.on('end', () => {
          const plain = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
          this.mails.push({ to: session.envelope.rcptTo[0].address, text: plain })
          done()
        })
      },
    })
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    this.port = this.#server.server.address().port
    return this
  }

  /** The settings with which a server sends its mails here. */
  get env() {
    return { CONSILIUM_SMTP_URL: `smtp://127.0.0.1:${this.port}`, CONSILIUM_MAIL_FROM: 'Acme <acme@example.org>' }
  }

  to(address) {
    return this.mails.filter((mail) => mail.to === address)
  }

  close() {
    return new Promise((resolve) => this.#server.close(resolve))
  }
}
