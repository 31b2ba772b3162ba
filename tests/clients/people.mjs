// Test users: cookies, an origin, and calls to REST and sockets.
import assert from 'node:assert/strict'
import WebSocket from 'ws'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import * as Y from 'yjs'

/** The state of a browser: cookies and its origin. */
export class Person {
  cookies = new Map()

  constructor(server) {
    this.server = server
  }

  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async call(method, path, body, headers = {}) {
    const { cookie } = this
    const init = { method, headers: { origin: this.server.url, ...(cookie && { cookie }), ...headers } }
    if (typeof body === 'string' || Buffer.isBuffer(body)) init.body = body
    else if (body !== undefined) Object.assign(init, { body: JSON.stringify(body), headers: { ...init.headers, 'content-type': 'application/json' } })
    const response = await fetch(`${this.server.url}/api/v1${path}`, init)
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (value) this.cookies.set(name, value)
      else this.cookies.delete(name)
    }
    const text = await response.text()
    const json = text && /[/+]json/.test(response.headers.get('content-type')) ? JSON.parse(text) : text
    return { status: response.status, body: json, etag: response.headers.get('etag'), headers: response.headers }
  }

  async expect(status, method, path, body, headers) {
    const answer = await this.call(method, path, body, headers)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer
  }

  open(name) {
    const { cookie, server } = this
    class Browser extends WebSocket {
      constructor(url) {
        super(url, { headers: { cookie, origin: server.url } })
      }
    }
    const websocketProvider = new HocuspocusProviderWebsocket({ url: server.collab, WebSocketPolyfill: Browser })
    const heard = { scopes: [], denied: [], told: [] }
    const provider = new HocuspocusProvider({
      websocketProvider, name, document: new Y.Doc(), token: 'cookie',
      onAuthenticated: ({ scope }) => heard.scopes.push(scope),
      onAuthenticationFailed: ({ reason }) => heard.denied.push(reason),
      onStateless: ({ payload }) => heard.told.push(JSON.parse(payload)),
    })
    provider.attach()
    return { provider, heard, text: provider.document.getText('text'), end: () => (provider.destroy(), websocketProvider.destroy()) }
  }
}

/** Creates the owner of a new instance with the printed setup URL. */
export async function owner(server, name = 'Ana') {
  const person = new Person(server)
  const account = { workspace: 'Acme', name, email: `${name}@example.org`, password: 'correct horse' }
  await person.expect(200, 'POST', '/setup', { ...account, secret: server.printed.split('#')[1] })
  person.id = (await person.expect(200, 'GET', '/me')).body.account_id
  return person
}

/** Creates a member by an invitation. */
export async function join(inviter, role, name) {
  const { body } = await inviter.expect(200, 'POST', '/invites', { role })
  const person = new Person(inviter.server)
  await person.expect(200, 'POST', `/invites/${body.url.split('/').at(-1)}/accept`, { name, email: `${name}@example.org`, password: 'long enough to guess' })
  person.id = (await person.expect(200, 'GET', '/me')).body.account_id
  return person
}

/** Creates a document with these fields and this Markdown text. */
export async function newPage(person, fields, text) {
  const page = (await person.expect(201, 'POST', '/documents', fields)).body
  if (text) await write(person, page.id, text)
  return page
}

/** Replaces the text of a document by Markdown. */
export async function write(person, id, text) {
  const { etag } = await person.expect(200, 'GET', `/documents/${id}/content`)
  await person.expect(204, 'PUT', `/documents/${id}/content`, text, { 'if-match': etag, 'content-type': 'text/markdown' })
}

/** Approves the text as it is now, and publishes it. */
export async function release(person, id) {
  const steps = [{ name: 'Lead', people: [{ kind: 'account', id: person.id }] }]
  const { approval_id: approval } = (await person.expect(201, 'POST', `/documents/${id}/approvals`, { steps })).body
  await person.expect(200, 'POST', `/documents/${id}/approvals/${approval}/decide`, { verdict: 'approve' })
  await person.expect(204, 'POST', `/documents/${id}/status`, { status: 'published' })
}
