// An edit by the server is a sequence of a claim, the edit, and the rows that settle it. A crash between them is
// recovered, and every edit is in the audit with its actor.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join as path } from 'node:path'
import { test } from 'node:test'
import { join, owner } from './people.mjs'
import { SECRET, Server, token, until } from './server.mjs'

/** The result of an SQL statement, run by another process. */
const sql = (server, text) =>
  JSON.parse(execFileSync('python3', ['-c', 'import sqlite3,sys,json; c=sqlite3.connect(sys.argv[1], timeout=10); r=c.execute(sys.argv[2]).fetchall(); c.commit(); print(json.dumps(r))', path(server.data, 'consilium.db'), text]))
const MARKDOWN = { 'content-type': 'text/markdown' }

async function write(ana, id, markdown) {
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
  return ana.call('PUT', `/documents/${id}/content`, markdown, { ...MARKDOWN, 'if-match': etag })
}

test('[CMT-6] [AUDIT-5] after a crash between an edit and its settling, it is settled once, and an edit that was not made is released', async (t) => {
  const server = await Server.start({ args: [] })
  t.after(() => server.stop())
  const ana = await owner(server)
  const ben = await join(ana, 'analyst', 'Ben')
  const make = async (markdown) => {
    const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
    await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'comment' })
    assert.equal((await write(ana, id, markdown)).status, 204)
    return id
  }
  const suggest = async (id) =>
    (await ben.expect(201, 'POST', `/documents/${id}/threads`, { body: '', passage: { from: 4, to: 7, quote: 'cat' }, replacement: 'cats' })).body.thread_id
  const textOf = async (id) => (await ana.expect(200, 'GET', `/documents/${id}/content?format=text`)).body
  const audited = async (id, action) => (await ana.expect(200, 'GET', `/audit?resource=${id}&action=${action}`)).body.items.length
  const stateOf = async (id, thread) => (await ana.expect(200, 'GET', `/documents/${id}/threads/${thread}`)).body.state

  const [accepted, written, restored, claimed] = [await make('The cat sat.\n'), await make('One.\n'), await make('Old.\n'), await make('The cat sat.\n')]
  const [thread, open] = [await suggest(accepted), await suggest(claimed)]
  const { revision_id: old } = (await ana.expect(201, 'POST', `/documents/${restored}/revisions`, { name: 'Old' })).body
  assert.equal((await write(ana, restored, 'New.\n')).status, 204)

  // From here on nothing is settled or released, so the suggestion stays open.
  sql(server, "create trigger unsettled before delete on operation begin select raise(abort, 'not now'); end")
  assert.ok((await ana.call('POST', `/documents/${accepted}/threads/${thread}/accept`)).status >= 500)
  assert.equal((await write(ana, written, 'Two.\n')).status, 204)
  assert.ok((await ana.call('POST', `/documents/${restored}/revisions/${old}/restore`)).status >= 500)
  // Here not even the edit is made.
  sql(server, "create trigger unnoted before update on operation begin select raise(abort, 'not now'); end")
  assert.ok((await ana.call('POST', `/documents/${claimed}/threads/${open}/accept`)).status >= 500)
  assert.deepEqual([await textOf(accepted), await stateOf(accepted, thread)], ['The cats sat.', 'open'])
  assert.deepEqual([await textOf(written), await textOf(restored), await textOf(claimed)], ['Two.', 'Old.', 'The cat sat.'])
  await ana.expect(409, 'POST', `/documents/${accepted}/threads/${thread}/reject`, {})
  await server.kill()
  sql(server, 'drop trigger unsettled')
  sql(server, 'drop trigger unnoted')
  assert.equal(sql(server, 'select kind from operation').length, 4)
  // Make the claim without an edit so old that it is released.
  sql(server, `update operation set created_at = '2020-01-01T00:00:00+00:00' where hex(document_id) = upper('${claimed.replaceAll('-', '')}')`)
  await server.restart()
  await until(() => sql(server, 'select kind from operation').length === 0, 'all are settled or released', 90_000)

  assert.deepEqual([await textOf(accepted), await stateOf(accepted, thread), await audited(accepted, 'suggestion.accept')], ['The cats sat.', 'accepted', 1])
  assert.equal((await ana.expect(409, 'POST', `/documents/${accepted}/threads/${thread}/accept`)).body.code, 'changed')
  assert.equal(await audited(written, 'document.write'), 2)
  const kinds = (await ana.expect(200, 'GET', `/documents/${restored}/revisions`)).body.items.map(({ kind }) => kind)
  assert.deepEqual(kinds.filter((kind) => kind !== 'automatic'), ['restored', 'before-restore', 'named'])
  const [{ revision_id: brought, can_undo }] = (await ana.expect(200, 'GET', `/documents/${restored}/revisions`)).body.items
  assert.equal(can_undo, true)
  await ana.expect(201, 'POST', `/documents/${restored}/revisions/${brought}/undo`)
  assert.equal(await textOf(restored), 'New.')
  // The suggestion whose edit was not made can be decided again.
  assert.deepEqual([await stateOf(claimed, open), await audited(claimed, 'suggestion.accept')], ['open', 0])
  await ana.expect(200, 'POST', `/documents/${claimed}/threads/${open}/accept`)
  assert.deepEqual([await textOf(claimed), await audited(claimed, 'suggestion.accept')], ['The cats sat.', 1])
  assert.equal(sql(server, "select kind from job where kind like 'settle-%'").length, 0)
})

test('[AUDIT-5] text written with a token or on an open server is in the audit, with the subject of the token', async (t) => {
  const writes = (server) => sql(server, "select action, actor_kind, value from audit left join audit_personal using (audit_id) where action in ('document.write', 'document.import') order by audit_id")
  const put = async (server, name, headers = {}) => {
    const at = `${server.url}/api/v1/documents/${name}/content`
    const { headers: read, status } = await fetch(at, { headers })
    assert.equal(status, 200)
    const answer = await fetch(at, { method: 'PUT', body: 'Hello.\n', headers: { ...headers, ...MARKDOWN, 'if-match': read.get('etag') } })
    assert.equal(answer.status, 204, await answer.text())
  }
  const open = await Server.start({ env: { CONSILIUM_HEADLESS_XML_ROOTS: '{ "*" = ["default"] }' } })
  t.after(() => open.stop())
  await put(open, 'plan')
  assert.deepEqual(writes(open).map(([action, kind]) => [action, kind]), [['document.write', 'anyone']])
  const headless = await Server.start({ args: [], env: { CONSILIUM_HEADLESS_SECRET: SECRET, CONSILIUM_HEADLESS_XML_ROOTS: '{ "*" = ["default"] }' } })
  t.after(() => headless.stop())
  const bearer = { authorization: `Bearer ${token({ sub: 'user-7', documents: { plan: 'edit' } })}` }
  await put(headless, 'plan', bearer)
  const [[action, kind, personal]] = writes(headless)
  assert.deepEqual([action, kind, JSON.parse(personal).subject], ['document.write', 'token', 'user-7'])
})
