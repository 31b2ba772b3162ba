// Starts the real program on a free port with its own data folder, and stops it.
import { spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const program = process.env.CONSILIUM_BIN ?? fileURLToPath(new URL('../../target/debug/consilium', import.meta.url))

/** Folders that this process has made, which are removed when it ends, also after a failure. */
const made = new Set()
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of made) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    } catch (error) {
      console.error(`${folder} is left behind: ${error.message}`)
    }
  }
})

/** A new folder, removed when the test process ends. */
export function temporary(name = 'consilium-') {
  const folder = mkdtempSync(join(tmpdir(), name))
  made.add(folder)
  return folder
}

export class Server {
  static async start({ args = ['--open'], env = {}, data = temporary(), listen = '127.0.0.1:0', files, bin = program } = {}) {
    const server = new Server()
    server.data = data
    server.args = args
    server.env = env
    server.files = files
    server.bin = bin
    await server.#launch(listen)
    return server
  }

  async #launch(listen) {
    this.log = ''
    // With a limit of open files, through a shell that sets it.
    const limit = this.files ? ['bash', '-c', `ulimit -n ${this.files}; exec "$@"`, '-'] : []
    const [command, ...args] = [...limit, this.bin, 'serve', '--listen', listen, '--data', this.data, ...this.args]
    this.child = spawn(command, args, {
      env: { ...process.env, CONSILIUM_BIN: undefined, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.output = ''
    this.child.stdout.on('data', (data) => (this.output += data))
    this.child.stderr.on('data', (data) => (this.log += data))
    const child = this.child
    running.add(child)
    this.exited = new Promise((resolve) => child.once('exit', (code) => (running.delete(child), resolve(code))))
    const early = this.exited.then((code) => {
      throw new Error(`the server ended with ${code}: ${this.log}`)
    })
    early.catch(() => {})
    const line = new Promise((resolve) => this.child.stdout.once('data', (data) => resolve(String(data).trim())))
    this.listening = listen
    this.printed = (await Promise.race([line, early])).split('\n')[0]
    this.url = new URL(this.printed).origin
    this.address = new URL(this.url).host
    this.sync = `ws://${this.address}/sync`
    this.collab = `ws://${this.address}/collab`
  }

  /** Kills the process: nothing is flushed. */
  async kill() {
    this.child.kill('SIGKILL')
    await this.exited
  }

  async restart() {
    await this.#launch(this.address)
  }

  async stop() {
    this.child.kill('SIGTERM')
    await this.exited
    rmSync(this.data, { recursive: true, force: true })
  }

  /** The whole durable state, over REST. */
  async state(name) {
    const response = await fetch(`${this.url}/api/v1/documents/${encodeURIComponent(name)}/state`)
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return new Uint8Array(await response.arrayBuffer())
  }
}

export const SECRET = randomBytes(32).toString('hex')

/** A headless token, signed as an app would sign it. */
export function token(claims, secret = SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}

/** Waits for a condition under a deadline; tests never just wait for time to pass. */
export async function until(condition, what, within = 60_000) {
  const deadline = Date.now() + within
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${typeof what === 'function' ? what() : what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
