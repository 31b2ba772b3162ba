// Runs nginx with a configuration of docs/production.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join as path } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporary, until } from './server.mjs'

const program = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync)

export const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

export class Nginx {
  /** Runs docs/production/NAME; `adapt` replaces only addresses and certificates that this machine cannot have. */
  static async start(name, port, adapt) {
    const nginx = new Nginx()
    nginx.url = `http://127.0.0.1:${port}`
    nginx.folder = temporary('consilium-nginx-')
    chmodSync(nginx.folder, 0o755)
    const site = adapt(readFileSync(fileURLToPath(new URL(`../../docs/production/${name}`, import.meta.url)), 'utf8'))
    const { folder } = nginx
    const user = process.getuid() === 0 ? 'user root;' : ''
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')
    writeFileSync(path(folder, 'nginx.conf'), `${user} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; events {} http { access_log off; ${paths}\n${site}\n}`)
    nginx.child = spawn(program, ['-p', folder, '-c', path(folder, 'nginx.conf'), '-e', path(folder, 'error.log')], { stdio: 'inherit' })
    await until(async () => (await fetch(`${nginx.url}/healthz`).catch(() => ({}))).ok, 'nginx answers')
    return nginx
  }

  async stop() {
    this.child.kill('SIGTERM')
    await new Promise((resolve) => this.child.once('exit', resolve))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
