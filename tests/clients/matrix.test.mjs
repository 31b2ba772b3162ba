// [PERM-16] The status of every route of the OpenAPI document for every kind of caller, with ids of the caller's
// workspace, of another, and of both. A route that is missing in the table fails the test.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { Person, join, owner } from './people.mjs'
import { Server } from './server.mjs'

const PASSWORD = 'long enough to guess'
const RIGHTS = ['view', 'comment', 'edit', 'approve', 'admin']
const ROLES = ['viewer', 'analyst', 'manager', 'admin', 'owner']
const PNG = Buffer.from('89504e470d0a1a0a', 'hex')
const TEXT = (() => {
  const doc = new Y.Doc()
  doc.getXmlFragment('default').insert(0, [new Y.XmlElement('paragraph')])
  return Buffer.from(Y.encodeStateAsUpdate(doc))
})()

let server, ana, described, actors, home, other, names = 0

/** A new member, which a call may change or remove. */
const somebody = async (inviter, role = 'analyst') => {
  const name = `P${++names}`
  return Object.assign(await join(inviter, role, name), { email: `${name}@example.org`, role })
}

/** A document of Ana's, with a share for each of the actors. */
const newDocument = async () => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  for (const { person, right, inside } of Object.values(actors ?? {})) {
    if (inside && right !== 'admin') await ana.expect(204, 'PUT', `/documents/${id}/shares/${person.id}`, { level: right })
  }
  return id
}

/** One object of each kind that has an id. */
const furnish = async (admin) => {
  const { id } = (await admin.expect(201, 'POST', '/documents', { title: 'Plan', tags: ['plan'] })).body
  const tag = (await admin.expect(200, 'GET', '/tags')).body[0].id
  const { group_id } = (await admin.expect(201, 'POST', '/groups', { name: `G${++names}` })).body
  const link = (await admin.expect(201, 'POST', `/documents/${id}/links`, { level: 'view' })).body
  const account = (await somebody(admin)).id
  const space = (await admin.expect(201, 'POST', '/spaces', { name: 'Board' })).body.id
  const template = (await admin.expect(201, 'POST', '/templates', { document: id })).body.id
  return { id, tag, space, template, block: 0, group: group_id, link: link.link_id, account, key: (await newKey(admin)).key_id, ...(await newThread(admin, id)), ...(await newRevision(admin, id)), ...(await newApproval(admin, id)), ...(await newWorkflow(admin)), ...(await newWebhook(admin)), ...(await newAttachment(admin, id)) }
}
/** A thread and its first comment; with `replacement` a suggestion. */
const newThread = async (person, id, more = {}) => {
  const { thread_id: thread, comments } = (await person.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Hm', ...more })).body
  return { thread, comment: comments[0].comment_id }
}
const newRevision = async (person, id) => ({ revision: (await person.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Then' })).body.revision_id })
const newApproval = async (person, id) => {
  await person.call('POST', `/documents/${id}/status`, { status: 'draft' })
  const steps = [{ name: 'Lead', people: [{ kind: 'account', id: person.id }] }]
  return { approval: (await person.expect(201, 'POST', `/documents/${id}/approvals`, { steps })).body.approval_id }
}
const pendingApproval = async () => {
  const pending = (await ana.expect(200, 'GET', `/documents/${home.id}/approvals`)).body.find(({ state }) => state === 'pending')
  return pending ? { approval: pending.approval_id } : newApproval(ana, home.id)
}
const newAttachment = async (person, id) => ({ attachment: (await person.expect(201, 'POST', `/documents/${id}/attachments?name=a.txt`, Buffer.from('words'), { 'content-type': 'application/octet-stream' })).body.id })
const newWorkflow = async (person) => ({ workflow: (await person.expect(201, 'POST', '/workflows', { name: `W${++names}`, steps: [{ name: 'Lead', people: [{ kind: 'role', role: 'admin' }] }] })).body.workflow_id })
/** A webhook with a delivery. Earlier ones are removed, because a workspace can have only a few. */
const newWebhook = async (person) => {
  for (const { webhook_id } of (await person.expect(200, 'GET', '/webhooks')).body) if (webhook_id !== home?.webhook) await person.expect(204, 'DELETE', `/webhooks/${webhook_id}`)
  const webhook = (await person.expect(201, 'POST', '/webhooks', { url: 'http://127.0.0.1:9/' })).body.webhook_id
  await person.expect(202, 'POST', `/webhooks/${webhook}/ping`)
  return { webhook, delivery: (await person.expect(200, 'GET', `/webhooks/${webhook}/deliveries`)).body.items[0].delivery_id }
}
const newSuggestion = async (act) => {
  const made = await newThread(ana, home.id, { passage: { from: 0, to: 2 }, replacement: `P${++names}` })
  if (act) await ana.expect(200, 'POST', `/documents/${home.id}/suggestions/${made.thread}/${act}`, act === 'reject' ? {} : undefined)
  return { ...made, suggestion: made.thread }
}
/** A tag of the document that is shared with everybody. */
const newTag = async () => {
  const name = `t${++names}`
  const { tags } = (await ana.expect(200, 'GET', `/documents/${home.id}`)).body
  await ana.expect(200, 'PATCH', `/documents/${home.id}`, { tags: [...tags.slice(-20), name] }, await ifMatch(home.id))
  return { tag: (await ana.expect(200, 'GET', '/tags')).body.find((tag) => tag.name === name).id }
}
const newKey = async (person) => (await person.expect(201, 'POST', '/keys', { name: 'k', scopes: ['documents:read'] })).body

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_WEBHOOK_NETWORKS: '["127.0.0.0/8"]' } })
  ana = await owner(server)
  const w = (await ana.expect(200, 'GET', '/me')).body.workspace_id
  const x = (await ana.expect(201, 'POST', '/workspaces', { name: 'Elsewhere' })).body.workspace_id
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: x })
  const outsider = await somebody(ana, 'admin')
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: w })
  actors = { anonymous: { person: new Person(server) }, outsider: { person: outsider, role: 'admin' } }
  for (const [name, role, right] of [['viewer', 'viewer', 'view'], ['commenter', 'analyst', 'comment'], ['editor', 'analyst', 'edit'], ['approver', 'manager', 'approve'], ['admin', 'admin', 'admin']]) {
    actors[name] = { person: await somebody(ana, role), role, right, inside: true }
  }
  home = { ...(await furnish(ana)), id: await newDocument(), workspace: w }
  await ana.expect(200, 'PATCH', `/documents/${home.id}`, { tags: ['plan'] }, await ifMatch(home.id))
  Object.assign(home, await newThread(ana, home.id), await newRevision(ana, home.id), await newApproval(ana, home.id), await newWorkflow(ana), await newAttachment(ana, home.id))
  home.link = (await ana.expect(201, 'POST', `/documents/${home.id}/links`, { level: 'view' })).body.link_id
  other = { ...(await furnish(outsider)), workspace: x }
  const url = (await ana.expect(201, 'POST', `/documents/${home.id}/links`, { level: 'view' })).body.url
  const guest = new Person(server)
  await guest.expect(200, 'POST', '/links/enter', { token: url.split('#')[1], name: 'Mia' })
  actors.guest = { person: guest, right: 'view', guest: true }
  // A member of another workspace who came by a link: the right of the link, and nothing else here.
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: x })
  const [linked, both, elsewhere] = [await somebody(ana, 'admin'), await somebody(ana, 'admin'), await somebody(ana, 'admin')]
  await ana.expect(204, 'PUT', '/me/workspace', { workspace_id: w })
  const wide = (await ana.expect(201, 'POST', `/documents/${home.id}/links`, { level: 'edit' })).body.url
  await linked.expect(200, 'POST', '/links/enter', { token: wide.split('#')[1] })
  actors['guest with an account'] = { person: linked, role: 'admin', right: 'edit', linked: true }
  // Members of two workspaces: an editor in this one, an admin in the other. The rights of the one that they act in count.
  for (const person of [both, elsewhere]) {
    const { url: invitation } = (await ana.expect(200, 'POST', '/invites', { role: 'analyst' })).body
    await person.expect(204, 'POST', `/invites/${invitation.split('/').at(-1)}/join`)
    await person.expect(204, 'PUT', '/me/workspace', { workspace_id: w })
    await ana.expect(204, 'PUT', `/documents/${home.id}/shares/${person.id}`, { level: 'edit' })
  }
  actors['member of both, here'] = { person: both, role: 'analyst', right: 'edit', inside: true }
  await elsewhere.expect(204, 'PUT', '/me/workspace', { workspace_id: x })
  actors['member of both, elsewhere'] = { person: elsewhere, role: 'admin' }
  described = (await (await fetch(`${server.url}/api/v1/openapi.json`)).json()).paths
})
after(() => server.stop())

const ifMatch = async (id, what = '') => ({ 'if-match': (await ana.call('GET', `/documents/${id}${what}`)).etag ?? '"1"' })
const markdown = async (id) => ({ 'content-type': 'text/markdown', ...(await ifMatch(id, '/content')) })

// need: the callers that are allowed; ok: the status they get. `own` creates an object that a call uses up; `self`
// routes concern only the caller, and with `fresh` the caller is a new member whom the call may remove. `guests` may call
// it with the right of their link (`'comment'`: not with one to view), and with `byLink` only guests who have an account
// elsewhere.
const TABLE = {
  'get /setup': { need: 'public', ok: 200 },
  'post /setup': { need: 'public', ok: 403, body: { secret: 'x', workspace: 'W', name: 'N', email: 'n@x.org', password: PASSWORD } },
  'post /auth/sign-in': { need: 'public', ok: 401, body: () => ({ email: `nobody${++names}@x.org`, password: 'x' }) },
  'post /auth/refresh': { need: 'member', ok: 200, keepsCookies: true },
  'post /auth/sign-out': { need: 'member', ok: 204, fresh: true },
  'post /auth/forgotten': { need: 'public', ok: 202, body: () => ({ email: `nobody${++names}@x.org` }) },
  'post /auth/reset': { need: 'public', ok: 404, body: { token: 'x', password: PASSWORD } },
  'post /auth/verify': { need: 'public', ok: 404, body: { token: 'x' } },
  'get /auth/provider': { need: 'public', ok: 404 },
  'get /auth/provider/callback': { need: 'public', ok: 404 },
  'get /me': { need: 'member', ok: 200 },
  'patch /me': { need: 'member', ok: 204, body: { department: 'Strategy' } },
  'delete /me': { need: 'member', ok: 204, fresh: true, body: { password: PASSWORD } },
  'post /me/password': { need: 'member', ok: 204, fresh: true, body: { old: PASSWORD, new: 'another one, longer' } },
  'get /me/sessions': { need: 'member', ok: 200 },
  'delete /me/sessions': { need: 'member', ok: 204 },
  'delete /me/sessions/{id}': { need: 'member', ok: 404 },
  'post /me/verification': { need: 'member', ok: 409 },
  'post /me/totp': { need: 'member', ok: 200, fresh: true, body: { password: PASSWORD } },
  'put /me/totp': { need: 'member', ok: 409, body: { code: '123456' } },
  'delete /me/totp': { need: 'member', ok: 204, fresh: true, body: { password: PASSWORD } },
  'put /me/avatar': { need: 'member', ok: 204, body: PNG },
  'delete /me/avatar': { need: 'member', ok: 204 },
  'get /me/data': { need: 'member', ok: 200 },
  'get /me/mails': { need: 'member', ok: 200 },
  'put /me/mails': { need: 'member', ok: 204, body: { reply: 'never' } },
  'post /mails/stop/{token}': { need: 'public', ok: 404 },
  'put /me/workspace': { need: 'member', ok: 404, body: { workspace_id: '0198c0de-0000-7000-8000-000000000000' } },
  'get /workspaces': { need: 'member', ok: 200 },
  'post /workspaces': { need: 'owner', ok: 201, body: { name: 'Third' } },
  'patch /workspaces/{workspace}': { need: 'admin role', ok: 204, body: { name: 'Acme' } },
  'get /members': { need: 'member', ok: 200 },
  'patch /members/{account}': { need: 'admin role', ok: 204, body: { role: 'viewer' } },
  'delete /members/{account}': { need: 'admin role', ok: 204, own: async () => ({ account: (await somebody(ana)).id }) },
  'get /members/{account}/avatar': { need: 'any role', ok: 404 },
  'get /members/{account}/data': { need: 'admin role', ok: 200 },
  'post /members/{account}/erase': { need: 'admin role', ok: 204, own: async () => ({ account: (await somebody(ana)).id }) },
  'post /members/{account}/reset-link': { need: 'admin role', ok: 200 },
  'delete /members/{account}/totp': { need: 'admin role', ok: 204 },
  'post /invites': { need: 'manager role', ok: 200, body: { role: 'viewer' } },
  'get /invites': { need: 'manager role', ok: 200 },
  'delete /invites/{invite}': { need: 'manager role', ok: 204, own: async () => {
    await ana.expect(200, 'POST', '/invites', { role: 'viewer' })
    return { invite: (await ana.expect(200, 'GET', '/invites')).body[0].invite_id }
  } },
  'post /invites/look': { need: 'public', ok: 410, body: { token: 'x' } },
  'post /invites/{token}/accept': { need: 'public', ok: 410, body: { name: 'N', email: 'n@x.org', password: PASSWORD } },
  'post /invites/{token}/join': { need: 'member', ok: 410 },
  'get /groups': { need: 'member', ok: 200 },
  'post /groups': { need: 'admin role', ok: 201, body: () => ({ name: `G${++names}` }) },
  'patch /groups/{group}': { need: 'admin role', ok: 204, body: () => ({ name: `G${++names}` }) },
  'delete /groups/{group}': { need: 'admin role', ok: 204, own: async () => ({ group: (await ana.expect(201, 'POST', '/groups', { name: `G${++names}` })).body.group_id }) },
  'get /groups/{group}/members': { need: 'any role', ok: 200 },
  'put /groups/{group}/members/{account}': { need: 'admin role', ok: 204 },
  'delete /groups/{group}/members/{account}': { need: 'admin role', ok: 204, own: async () => ana.expect(204, 'PUT', `/groups/${home.group}/members/${home.account}`).then(() => ({})) },
  'get /documents': { need: 'member', ok: 200 },
  'post /documents': { need: 'analyst role', ok: 201, body: { title: 'Mine' } },
  'get /documents/{id}': { need: 'view', ok: 200, guests: true },
  'patch /documents/{id}': { need: 'edit', ok: 200, body: { title: 'Plan' }, headers: ({ id }) => ifMatch(id) },
  'delete /documents/{id}': { need: 'admin', ok: 200, own: async () => ({ id: await newDocument() }) },
  'post /documents/{id}/restore': { need: 'admin', ok: 200 },
  'post /documents/{id}/purge': { need: 'admin', ok: 204, own: async () => {
    const id = await newDocument()
    await ana.expect(200, 'DELETE', `/documents/${id}`)
    return { id }
  } },
  'get /trash': { need: 'member', ok: 200 },
  'get /trash/{id}/content': { need: 'admin', ok: 200, own: async () => {
    const id = await newDocument()
    await ana.expect(200, 'DELETE', `/documents/${id}`)
    return { id }
  } },
  'get /tags': { need: 'member', ok: 200 },
  'patch /tags/{tag}': { need: 'manager role', ok: 200, body: () => ({ name: `t${++names}` }), own: newTag },
  'post /tags/{tag}/merge': { need: 'manager role', ok: 200, body: () => ({ into: home.tag }), own: newTag },
  'delete /tags/{tag}': { need: 'manager role', ok: 204, own: newTag },
  'get /me/favourites': { need: 'member', ok: 200 },
  // None of them has any yet.
  'delete /me/favourites/{id}': { need: 'member', ok: 404 },
  'put /me/favourites/{id}': { need: 'view', ok: 204, body: {} },
  'get /me/assignments': { need: 'member', ok: 200 },
  'get /me/changed': { need: 'member', ok: 200 },
  'get /me/watches': { need: 'member', ok: 200 },
  // None of them watches anything yet.
  'delete /me/watches/documents/{id}': { need: 'member', ok: 404 },
  'put /me/watches/documents/{id}': { need: 'view', ok: 204 },
  // A space of Ana's, in which nobody else is.
  'delete /me/watches/spaces/{space}': { need: 'member', ok: 404 },
  'put /me/watches/spaces/{space}': { need: 'admin role', below: 404, ok: 204 },
  'get /me/recent': { need: 'member', ok: 200 },
  'put /me/recent/{id}': { need: 'view', ok: 204 },
  'get /search': { need: 'member', ok: 200 },
  'get /documents/search': { need: 'member', ok: 200 },
  'get /search/suggest': { need: 'member', ok: 200 },
  'get /search/saved': { need: 'member', ok: 200 },
  'post /search/saved': { need: 'member', ok: 201, body: { name: 'Mine', query: 'by:me' } },
  'delete /search/saved/{search}': { need: 'member', ok: 404 },
  'get /documents/{id}/backlinks': { need: 'view', ok: 200 },
  'get /spaces': { need: 'member', ok: 200 },
  'post /spaces': { need: 'analyst role', ok: 201, body: { name: 'Board' } },
  // A space of Ana's, in which nobody else is.
  'get /spaces/{space}': { need: 'admin role', below: 404, ok: 200 },
  'patch /spaces/{space}': { need: 'admin role', below: 404, ok: 200, body: { icon: '' }, headers: async ({ space }) => ({ 'if-match': (await ana.call('GET', `/spaces/${space}`)).etag ?? '"1"' }) },
  'delete /spaces/{space}': { need: 'admin role', below: 404, ok: 204, own: async () => ({ space: (await ana.expect(201, 'POST', '/spaces', { name: 'Board' })).body.id }) },
  'get /spaces/{space}/pages': { need: 'any role', ok: 200 },
  'get /spaces/{space}/members': { need: 'admin role', below: 404, ok: 200 },
  'put /spaces/{space}/members/{account}': { need: 'admin role', below: 404, ok: 204, body: { level: 'view' } },
  'delete /spaces/{space}/members/{account}': { need: 'admin role', below: 404, ok: 204, own: async () => ana.expect(204, 'PUT', `/spaces/${home.space}/members/${home.account}`, { level: 'view' }).then(() => ({})) },
  'put /spaces/{space}/groups/{group}': { need: 'admin role', below: 404, ok: 204, body: { level: 'view' } },
  'delete /spaces/{space}/groups/{group}': { need: 'admin role', below: 404, ok: 204, own: async () => ana.expect(204, 'PUT', `/spaces/${home.space}/groups/${home.group}`, { level: 'view' }).then(() => ({})) },
  'get /documents/{id}/path': { need: 'view', ok: 200 },
  'get /documents/titles': { need: 'member', ok: 400, guests: true, guestGets: 400 },
  // The right to view, and a role that creates documents: the one who may only view is a viewer.
  'post /documents/{id}/duplicate': { need: 'comment', ok: 201, body: {} },
  'get /templates': { need: 'member', ok: 200 },
  'post /templates': { need: 'member', ok: 400, body: {} },
  // A personal one of Ana's.
  'get /templates/{template}': { need: 'owner', below: 404, ok: 200 },
  'patch /templates/{template}': { need: 'owner', below: 404, ok: 200, body: { title: 'T' } },
  'delete /templates/{template}': { need: 'owner', below: 404, ok: 204 },
  // On the web is only what was published.
  'get /documents/{id}/publication': { need: 'view', ok: 404 },
  'put /documents/{id}/publication': { need: 'admin', ok: 409, body: {} },
  'delete /documents/{id}/publication': { need: 'admin', ok: 404 },
  'get /spaces/{space}/publication': { need: 'admin role', below: 404, ok: 404 },
  'put /spaces/{space}/publication': { need: 'admin role', below: 404, ok: 200, body: {} },
  'delete /spaces/{space}/publication': { need: 'admin role', below: 404, ok: 204, own: async () => ana.expect(200, 'PUT', `/spaces/${home.space}/publication`, {}).then(() => ({})) },
  // To the first place of its level.
  'post /documents/{id}/move': { need: 'edit', ok: 200, body: { after: null } },
  'get /documents/{id}/move/effects': { need: 'edit', ok: 200 },
  'get /documents/{id}/export': { need: 'view', ok: 200 },
  // Each person has their own imports, and none of these yet.
  'get /imports': { need: 'member', ok: 200 },
  'post /imports': { need: 'analyst role', ok: 201, body: {}, own: async () => Promise.all((await ana.expect(200, 'GET', '/imports')).body.items.filter(({ state }) => state === 'open').map(({ id }) => ana.expect(204, 'POST', `/imports/${id}/cancel`))).then(() => ({})) },
  'get /imports/{import}': { need: 'member', ok: 404 },
  'get /imports/{import}/files': { need: 'member', ok: 404 },
  'post /imports/{import}/files': { need: 'member', ok: 404, body: Buffer.from('words') },
  'post /imports/{import}/start': { need: 'member', ok: 404, body: {} },
  'post /imports/{import}/cancel': { need: 'member', ok: 404 },
  'post /imports/{import}/undo': { need: 'member', ok: 404, body: {} },
  'get /exports': { need: 'member', ok: 200 },
  // Of the workspace.
  'post /exports': { need: 'admin role', ok: 202, body: {}, own: async () => Promise.all((await ana.expect(200, 'GET', '/exports')).body.items.map(({ id }) => ana.call('DELETE', `/exports/${id}`))).then(() => ({})) },
  'get /exports/{export}': { need: 'member', ok: 404 },
  'get /exports/{export}/file': { need: 'member', ok: 404 },
  'delete /exports/{export}': { need: 'member', ok: 404 },
  'get /spaces/{space}/export': { need: 'admin role', below: 404, ok: 200 },
  'get /documents/{id}/content': { need: 'view', ok: 200, guests: true },
  'put /documents/{id}/content': { need: 'edit', ok: 204, guests: true, body: '# Plan\n', headers: ({ id }) => markdown(id) },
  'get /documents/{id}/state': { need: 'view', ok: 200, guests: true },
  'put /documents/{id}/state': { need: 'edit', ok: 204, guests: true, body: TEXT, own: async () => ({ id: await newDocument() }), guestsOwn: false, byLinkGets: 409 },
  'post /documents/upload': { need: 'analyst role', ok: 201, body: Buffer.from('words') },
  'get /documents/{id}/attachments': { need: 'view', ok: 200, guests: true },
  'post /documents/{id}/attachments': { need: 'edit', ok: 201, guests: true, body: Buffer.from('words') },
  // In a private network.
  'post /documents/{id}/attachments/fetch': { need: 'edit', ok: 400, guests: true, body: { url: 'https://10.0.0.1/' } },
  'delete /documents/{id}/attachments/{attachment}': { need: 'edit', ok: 204, guests: true, own: () => newAttachment(ana, home.id) },
  'get /documents/{id}/attachments/{attachment}/content': { need: 'view', ok: 200, guests: true },
  'get /documents/{id}/attachments/{attachment}/versions': { need: 'view', ok: 200, guests: true },
  'post /documents/{id}/attachments/{attachment}/versions': { need: 'edit', ok: 201, guests: true, body: Buffer.from('words'), own: () => newAttachment(ana, home.id) },
  'post /documents/{id}/uploads': { need: 'edit', ok: 201, guests: true, headers: () => ({ 'upload-length': '5', 'upload-metadata': 'filename YQ==' }) },
  // Only the person who began an upload finds it.
  'get /uploads/{upload}': { need: 'member', ok: 404, guests: true },
  'patch /uploads/{upload}': { need: 'member', ok: 404, guests: true, body: Buffer.from('words') },
  'delete /uploads/{upload}': { need: 'member', ok: 404, guests: true },
  'get /files/{url}': { need: 'public', ok: 404 },
  'get /documents/{id}/presence': { need: 'view', ok: 200, guests: true },
  'get /documents/{id}/access': { need: 'view', ok: 200 },
  'get /documents/{id}/shares': { need: 'view', ok: 200 },
  'put /documents/{id}/shares/{account}': { need: 'admin', ok: 204, body: { level: 'view' } },
  'delete /documents/{id}/shares/{account}': { need: 'admin', ok: 204, own: async () => ana.expect(204, 'PUT', `/documents/${home.id}/shares/${home.account}`, { level: 'view' }).then(() => ({})) },
  'get /documents/{id}/group-shares': { need: 'view', ok: 200 },
  'put /documents/{id}/group-shares/{group}': { need: 'admin', ok: 204, body: { level: 'view' } },
  'delete /documents/{id}/group-shares/{group}': { need: 'admin', ok: 204, own: async () => ana.expect(204, 'PUT', `/documents/${home.id}/group-shares/${home.group}`, { level: 'view' }).then(() => ({})) },
  'get /documents/{id}/threads': { need: 'view', ok: 200, guests: 'comment' },
  'post /documents/{id}/threads': { need: 'comment', ok: 201, guests: true, body: { body: 'Hm' } },
  'get /documents/{id}/threads/{thread}': { need: 'view', ok: 200, guests: 'comment' },
  'delete /documents/{id}/threads/{thread}': { need: 'admin', ok: 204, guests: true, own: () => newThread(ana, home.id) },
  'post /documents/{id}/threads/{thread}/comments': { need: 'comment', ok: 201, guests: true, body: { body: 'Hm' } },
  // Another person's comment: its author would need a lower right.
  'put /documents/{id}/threads/{thread}/assignee': { need: 'comment', ok: 200, body: () => ({ account: ana.id }), own: () => newThread(ana, home.id) },
  'delete /documents/{id}/threads/{thread}/assignee': { need: 'comment', ok: 204 },
  'post /documents/{id}/threads/{thread}/resolve': { authors: 'comment', need: 'edit', ok: 200, guests: true, body: { outcome: 'done' }, own: () => newThread(ana, home.id) },
  'post /documents/{id}/threads/{thread}/reopen': { authors: 'comment', need: 'edit', ok: 200, guests: true, own: async () => {
    const made = await newThread(ana, home.id)
    await ana.expect(200, 'POST', `/documents/${home.id}/threads/${made.thread}/resolve`, { outcome: 'done' })
    return made
  } },
  'post /documents/{id}/threads/{thread}/accept': { need: 'edit', ok: 200, guests: true, own: () => newSuggestion() },
  'post /documents/{id}/threads/{thread}/reject': { authors: 'comment', need: 'edit', ok: 200, guests: true, body: {}, own: () => newSuggestion() },
  'get /documents/{id}/suggestions': { need: 'view', ok: 200, guests: 'comment' },
  'post /documents/{id}/suggestions': { need: 'comment', ok: 201, guests: true, body: { passage: { from: 0, to: 2 }, replacement: 'Proposed' } },
  'post /documents/{id}/suggestions/{suggestion}/accept': { need: 'edit', ok: 200, guests: true, own: () => newSuggestion() },
  'post /documents/{id}/suggestions/{suggestion}/reject': { authors: 'comment', need: 'edit', ok: 200, guests: true, body: {}, own: () => newSuggestion() },
  // Nobody can withdraw another person's suggestion.
  'post /documents/{id}/suggestions/{suggestion}/withdraw': { need: 'comment', ok: 403, guests: true, own: () => newSuggestion() },
  'post /documents/{id}/suggestions/{suggestion}/reopen': { authors: 'comment', need: 'edit', ok: 200, guests: true, own: () => newSuggestion('reject') },
  'post /documents/{id}/suggestions/{suggestion}/undo': { need: 'edit', ok: 200, guests: true, own: () => newSuggestion('accept') },
  'post /documents/{id}/suggestions/view': { need: 'comment', ok: 201, guests: true },
  'put /documents/{id}/suggestions/view/{view}': { need: 'comment', ok: 409, guests: true, body: { known: 0 } },
  'post /documents/{id}/suggestions/reject': { need: 'edit', ok: 200, guests: true, body: { author: '0198c0de-0000-7000-8000-000000000000' } },
  'post /documents/{id}/suggestions/accept': { need: 'edit', ok: 200, guests: true, body: { author: '0198c0de-0000-7000-8000-000000000000' } },
  // Nobody can change another person's comment.
  'patch /documents/{id}/comments/{comment}': { need: 'comment', ok: 403, guests: true, body: { body: 'Hm' } },
  'delete /documents/{id}/comments/{comment}': { authors: 'comment', need: 'admin', ok: 204, guests: true, own: () => newThread(ana, home.id) },
  'put /documents/{id}/comments/{comment}/reactions/{emoji}': { need: 'comment', ok: 204, guests: true },
  'delete /documents/{id}/comments/{comment}/reactions/{emoji}': { need: 'comment', ok: 204, guests: true },
  'get /documents/{id}/revisions': { need: 'view', ok: 200, guests: 'comment' },
  'post /documents/{id}/revisions': { need: 'edit', ok: 201, guests: true, body: { name: 'Then' } },
  'get /documents/{id}/revisions/{revision}': { need: 'view', ok: 200, guests: 'comment' },
  'patch /documents/{id}/revisions/{revision}': { need: 'edit', ok: 204, guests: true, body: { name: 'Then' } },
  'delete /documents/{id}/revisions/{revision}': { need: 'admin', ok: 204, guests: true, own: () => newRevision(ana, home.id) },
  'get /documents/{id}/revisions/{revision}/content': { need: 'view', ok: 200, guests: 'comment' },
  'get /documents/{id}/changes': { need: 'view', ok: 200, guests: 'comment' },
  'get /documents/{id}/changes/export': { need: 'view', ok: 200 },
  'post /documents/{id}/revisions/{revision}/restore': { need: 'edit', ok: 201, guests: true, own: async () => {
    const made = await newRevision(ana, home.id)
    await ana.expect(204, 'PUT', `/documents/${home.id}/content`, `# Plan ${++names}\n`, await markdown(home.id))
    return made
  } },
  'post /documents/{id}/revisions/{revision}/blocks/{block}/restore': { need: 'edit', ok: 201, guests: true, own: async () => {
    const made = await newRevision(ana, home.id)
    await ana.expect(204, 'PUT', `/documents/${home.id}/content`, `# Plan ${++names}\n`, await markdown(home.id))
    return made
  } },
  // A revision that is not a restore.
  'post /documents/{id}/revisions/{revision}/undo': { need: 'edit', ok: 409, guests: true },
  'get /documents/{id}/approvals': { need: 'view', ok: 200, guests: 'comment' },
  'get /documents/{id}/approved': { need: 'view', ok: 404, guests: 'comment' },
  // Already requested, or not by the caller: a missing right is reported first.
  'post /documents/{id}/approvals': { need: 'edit', ok: 422, body: {} },
  'post /documents/{id}/approvals/{approval}/decide': { need: 'approve', ok: 409, body: { verdict: 'approve' } },
  'post /documents/{id}/approvals/{approval}/delegate': { need: 'approve', ok: 409, body: () => ({ to: ana.id }) },
  'post /documents/{id}/approvals/{approval}/withdraw': { need: 'admin', authors: 'edit', ok: 200, body: {}, own: pendingApproval },
  'post /documents/{id}/approvals/{approval}/move': { need: 'admin', authors: 'edit', ok: 409, body: {}, own: pendingApproval },
  'patch /documents/{id}/approvals/{approval}': { need: 'admin', authors: 'edit', ok: 200, body: { due_at: '2099-01-01T00:00:00Z' }, own: pendingApproval },
  'post /documents/{id}/status': { need: 'admin', ok: 409, body: { status: 'archived' }, own: async () => {
    const pending = (await ana.expect(200, 'GET', `/documents/${home.id}/approvals`)).body.find(({ state }) => state === 'pending')
    return pending ? {} : newApproval(ana, home.id)
  } },
  'get /workflows': { need: 'member', ok: 200 },
  'post /workflows': { need: 'admin role', ok: 201, body: () => ({ name: `W${++names}`, steps: [{ name: 'Lead', people: [{ kind: 'role', role: 'admin' }] }] }) },
  'get /webhooks': { need: 'admin role', ok: 200 },
  'post /webhooks': { need: 'admin role', ok: 201, body: { url: 'http://127.0.0.1:9/' }, own: () => newWebhook(ana).then(() => ({})) },
  'put /webhooks/{webhook}': { need: 'admin role', ok: 204, body: { url: 'http://127.0.0.1:9/', paused: true } },
  'delete /webhooks/{webhook}': { need: 'admin role', ok: 204, own: () => newWebhook(ana) },
  'post /webhooks/{webhook}/ping': { need: 'admin role', ok: 202 },
  'post /webhooks/{webhook}/secret': { need: 'admin role', ok: 201 },
  'get /webhooks/{webhook}/deliveries': { need: 'admin role', ok: 200 },
  'post /webhooks/{webhook}/replay': { need: 'admin role', ok: 202 },
  'post /webhooks/{webhook}/deliveries/{delivery}/replay': { need: 'admin role', ok: 202, own: () => newWebhook(ana) },
  'delete /workflows/{workflow}': { need: 'admin role', ok: 204, own: () => newWorkflow(ana) },
  'get /documents/{id}/authors': { need: 'view', ok: 200, guests: 'comment' },
  'get /documents/{id}/unread': { need: 'view', ok: 200, byLink: true },
  'put /documents/{id}/reading': { need: 'view', ok: 204, byLink: true },
  'get /documents/{id}/links': { need: 'admin', ok: 200 },
  'post /documents/{id}/links': { need: 'admin', ok: 201, body: { level: 'view' } },
  'delete /documents/{id}/links/{link}': { need: 'admin', ok: 204, own: async () => ({ link: (await ana.expect(201, 'POST', `/documents/${home.id}/links`, { level: 'view' })).body.link_id }) },
  'post /links/look': { need: 'public', ok: 404, body: { token: 'x' } },
  'post /links/enter': { need: 'public', ok: 404, body: { token: 'x', name: 'N' } },
  'get /guest': { need: 'member', ok: 404, guests: true, guestGets: 200 },
  'get /keys': { need: 'member', ok: 200 },
  'post /keys': { need: 'member', ok: 201, body: { name: 'k', scopes: ['documents:read'] } },
  'delete /keys/{key}': { need: 'admin role', ok: 204, below: 404, own: async () => ({ key: (await newKey(ana)).key_id }) },
  'get /audit': { need: 'admin role', ok: 200 },
  'get /audit/export': { need: 'admin role', ok: 200 },
  'get /inbox': { need: 'member', ok: 200 },
  'post /inbox/read': { need: 'member', ok: 204, body: {} },
  'get /decisions': { need: 'member', ok: 200 },
  'get /decisions/open': { need: 'member', ok: 200 },
  'get /decisions/export': { need: 'member', ok: 200 },
  'get /jobs': { need: 'owner', ok: 200 },
  'post /jobs/{job}/retry': { need: 'owner', ok: 202 },
  'delete /jobs/{job}': { need: 'owner', ok: 204 },
}

/** The expected status of a call. `side` tells whose ids are used. */
function expected({ need, ok, below = 403, guests, guestGets, byLink = guests, byLinkGets = ok, authors }, { person, role, right, guest, linked, inside }, side, hasIds) {
  if (need === 'public') return ok
  if (!person.cookie) return 401
  if (guest && !guests) return 401
  if (guest && guestGets) return guestGets
  if (need === 'member') return ok
  const stranger = hasIds && (guest || inside || (linked && byLink) ? side !== 'own' : true)
  if (RIGHTS.includes(need)) {
    if (!inside && !guest && !(linked && byLink)) return 404
    if (side === 'foreign') return 404
    // Rights of an author require looking the object up first.
    if (side === 'mixed' && authors && RIGHTS.indexOf(right) >= RIGHTS.indexOf(authors)) return 404
    if (RIGHTS.indexOf(right) < RIGHTS.indexOf((guest || linked) && guests === 'comment' ? 'comment' : need)) return 403
    return stranger ? 404 : linked ? byLinkGets : ok
  }
  const wanted = ROLES.indexOf(need.split(' ')[0])
  if (wanted >= 0 && ROLES.indexOf(role) < wanted) return below
  return stranger ? 404 : ok
}

test('the table has every route, and every route is in the table', () => {
  const routes = Object.entries(described).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path.replace('/api/v1', '')}`))
  assert.deepEqual(Object.keys(TABLE).toSorted(), routes.toSorted())
})

test('[PERM-16] every route has the expected status for every caller and all ids', async () => {
  let calls = 0
  const wrong = []
  for (const [route, rule] of Object.entries(TABLE)) {
    const [method, path] = route.split(' ')
    const ids = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).filter((name) => !['token', 'emoji', 'view'].includes(name))
    const scoped = ids.length > 0 && rule.need !== 'member' && rule.need !== 'public'
    const sides = scoped ? (ids.length > 1 ? ['own', 'foreign', 'mixed'] : ['own', 'foreign']) : ['own']
    for (const [name, actor] of Object.entries(actors)) {
      for (const side of sides) {
        // This table does not cover a stranger's own ids; a guest has access to one document.
        const outside = ['outsider', 'member of both, elsewhere', 'guest with an account'].includes(name)
        if (outside && side !== 'own') continue
        const made = rule.own && side === 'own' && !((actor.guest || actor.linked) && rule.guestsOwn === false) ? await rule.own() : {}
        const bag = { ...(side === 'foreign' ? other : home), ...(side === 'mixed' ? { ...other, id: home.id, ...(ids.includes('id') ? {} : { group: home.group }) } : {}), ...made, token: 'x', emoji: '%F0%9F%91%8D' }
        const person = rule.fresh && actor.person.cookie && !actor.guest ? await somebody(ana, actor.role) : actor.person
        if (rule.fresh && outside) continue
        const url = path.replaceAll(/\{(\w+)\}/g, (_, id) => bag[id] ?? '0198c0de-0000-7000-8000-000000000000')
        const body = typeof rule.body === 'function' ? rule.body() : rule.body
        const cookies = new Map(person.cookies)
        const headers = { ...(Buffer.isBuffer(body) && { 'content-type': 'application/octet-stream' }), ...(rule.headers && (await rule.headers(bag))) }
        const answer = await person.call(method.toUpperCase(), url, body, headers)
        if (!rule.keepsCookies) person.cookies = cookies
        const status = expected(rule, { ...actor, person }, side, scoped)
        calls++
        if (answer.status >= 400) assert.ok(answer.headers.get('content-type') === 'application/problem+json' && answer.body.code && answer.headers.get('x-request-id'), route)
        if (answer.status !== status) wrong.push(`${route} by ${name} with ${side} ids: ${answer.status}, not ${status}: ${JSON.stringify(answer.body).slice(0, 120)}`)
      }
    }
  }
  console.log(`${calls} calls of ${Object.keys(TABLE).length} routes`)
  assert.deepEqual(wrong, [])
})
