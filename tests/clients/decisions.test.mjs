// The log of decisions: listed, filtered, exported, and compared with the instance by `consilium verify`.
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { join, owner } from './people.mjs'
import { Server, program, temporary, until } from './server.mjs'

let server, ana, ben, vera, folder, plan, closed, asked, answered

before(async () => {
  folder = temporary('decisions-')
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'manager', 'Ben')
  vera = await join(ana, 'viewer', 'Vera')
  plan = await newDocument('Plan', 'Growth is slow.\n')
  closed = await newDocument('Closed', 'Nobody else.\n')
  await ana.expect(204, 'PUT', `/documents/${plan}/shares/${ben.id}`, { level: 'approve' })
  await ana.expect(204, 'PUT', `/documents/${plan}/shares/${vera.id}`, { level: 'view' })
  // A comment, a suggestion, a hidden decision, and an approval that was moved on.
  answered = (await ben.expect(201, 'POST', `/documents/${plan}/threads`, { body: 'Which countries?', passage: { from: 0, to: 6 } })).body.thread_id
  await ana.expect(200, 'POST', `/documents/${plan}/threads/${answered}/resolve`, { outcome: 'decided', note: 'Only the north.' })
  const { thread_id: proposed } = (await ben.expect(201, 'POST', `/documents/${plan}/threads`, { body: '', passage: { from: 10, to: 14 }, replacement: 'fast' })).body
  await ana.expect(200, 'POST', `/documents/${plan}/threads/${proposed}/reject`, {})
  const { thread_id: hidden } = (await ana.expect(201, 'POST', `/documents/${closed}/threads`, { body: 'Hidden?' })).body
  await ana.expect(200, 'POST', `/documents/${closed}/threads/${hidden}/resolve`, { outcome: 'done' })
  const steps = [{ name: 'Board', rule: 'all', people: [{ kind: 'account', id: ben.id }, { kind: 'account', id: ana.id }] }]
  const { approval_id } = (await ana.expect(201, 'POST', `/documents/${plan}/approvals`, { steps })).body
  const decide = (person, note) => person.expect(200, 'POST', `/documents/${plan}/approvals/${approval_id}/decide`, { verdict: 'approve', note })
  await decide(ben, 'Fine.')
  await write(plan, 'Growth is steady.\n')
  await ana.expect(200, 'POST', `/documents/${plan}/approvals/${approval_id}/move`, { note: 'One word.' })
  await decide(ben, 'Still fine.')
  asked = (await decide(ana, 'Agreed.')).body
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const write = async (id, text) => {
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}/content`)
  await ana.expect(204, 'PUT', `/documents/${id}/content`, text, { 'content-type': 'text/markdown', 'if-match': etag })
}
const newDocument = async (title, text) => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title })).body
  await write(id, text)
  return id
}
const listed = async (person, query = '') => (await person.expect(200, 'GET', `/decisions?${query}`)).body.items
const exported = async (person, query) => {
  const answer = await fetch(`${server.url}/api/v1/decisions/export?${query}`, { headers: { cookie: person.cookie } })
  return { status: answer.status, type: answer.headers.get('content-type'), bytes: Buffer.from(await answer.arrayBuffer()) }
}
const logOf = async (person, query = '') => JSON.parse((await exported(person, `format=json&${query}`)).bytes)
/** The status and the words of `consilium verify`. */
const verified = async (text) => {
  const file = path(folder, 'decisions.json')
  writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text))
  return new Promise((resolve) => {
    execFile(program, ['verify', file, '--data', server.data], { env: { ...process.env, CONSILIUM_BIN: undefined } }, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, said: stdout + stderr }))
  })
}
/** The digest as docs/decisions.md says that it is computed. */
const digestOf = ({ workspace_id, workspace, address, range, decisions }) => {
  const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
  const first = sha(`consilium-decisions 1\n${workspace_id}\n${workspace}\n${address}\n${JSON.stringify(range)}\n`)
  return decisions.reduce((digest, one) => sha(digest, JSON.stringify(one)), first).toString('hex')
}

test('[DEC-1] a decision says by whom, why and on which version; what no longer counts is marked', async () => {
  const [approval, suggestion, comment] = await listed(ana, `document=${plan}`)
  assert.deepEqual([approval.kind, approval.outcome, approval.revision_id, approval.sha256], ['approval', 'approved', asked.revision_id, asked.sha256])
  assert.deepEqual(approval.votes.map(({ act, by_name, note, voided_at }) => [act, by_name, note, voided_at !== undefined]), [['approve', 'Ben', 'Fine.', true], ['approve', 'Ben', 'Still fine.', false], ['approve', 'Ana', 'Agreed.', false]])
  const text = (await ana.call('GET', `/documents/${plan}/revisions/${approval.revision_id}/content?format=text`)).body
  assert.equal(text.trim(), 'Growth is steady.')
  assert.deepEqual([suggestion.outcome, suggestion.replacement, comment.outcome, comment.note, comment.votes], ['rejected', 'fast', 'decided', 'Only the north.', []])
})

test('[DEC-1] decisions are filtered by document, person, kind and time', async () => {
  const kinds = async (query) => (await listed(ana, query)).map(({ kind, outcome }) => `${kind} ${outcome}`)
  assert.deepEqual(await kinds('kind=approval'), ['approval approved'])
  assert.deepEqual(await kinds('kind=comment'), ['thread done', 'thread decided'])
  assert.deepEqual(await kinds('kind=suggestion'), ['thread rejected'])
  // Ben decided as one of two approvers.
  assert.deepEqual(await kinds(`person=${ben.id}`), ['approval approved'])
  assert.deepEqual(await kinds(`person=${vera.id}`), [])
  const [{ decided_at: last }] = await listed(ana)
  const query = (fields) => String(new URLSearchParams(fields))
  assert.equal((await listed(ana, query({ since: last }))).length, 1)
  assert.equal((await listed(ana, query({ until: last }))).length, 3)
  assert.deepEqual(await kinds(query({ since: '2099-01-01T00:00:00Z' })), [])
  assert.deepEqual((await listed(vera)).map(({ document_id }) => document_id), [plan, plan, plan])
  await ana.expect(400, 'GET', '/decisions?kind=rumour')
  await ana.expect(400, 'GET', '/decisions?since=yesterday')
  await ana.expect(400, 'GET', '/decisions/export?format=xml')
})

test('[DEC-1] of a suggestion, the log says what it added and what it took away', async () => {
  const id = await newDocument('Fleet', 'Four boats leave at noon.\n')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${vera.id}`, { level: 'view' })
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'comment' })
  const suggest = async (text) => {
    const { items } = (await ben.expect(201, 'POST', `/documents/${id}/suggestions`, text, { 'content-type': 'text/markdown' })).body
    await ana.expect(200, 'POST', `/documents/${id}/suggestions/${items[0].id}/accept`)
    const [{ change, removed, replacement }] = await listed(ana, `document=${id}`)
    return [change, removed, replacement]
  }
  assert.deepEqual((await suggest('Four small boats leave at noon.\n')).map((text) => text.trim()), ['insert', '', 'small'])
  assert.deepEqual((await suggest('Four boats leave at noon.\n')).map((text) => text.trim()), ['delete', 'small', ''])
  assert.deepEqual(await suggest('Nine boats leave at noon.\n'), ['replace', 'Four', 'Nine'])
  const log = await logOf(ana, `document=${id}`)
  assert.equal((await verified(log)).status, 0)
  const changed = structuredClone(log)
  changed.decisions[0].removed = 'Ten'
  assert.match((await verified(changed)).said, /the text before is “Ten” in the file, and “Four” here/)
  // A log of an earlier version does not have these two fields.
  for (const one of changed.decisions) delete one.change, delete one.removed
  changed.digest = digestOf(changed)
  assert.match((await verified(changed)).said, /3 of 3 decisions are stored/)
})

test('[DEC-1] open questions are listed apart: pending approvals and open comments', async () => {
  const id = await newDocument('Open', 'Which words?\n')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'approve' })
  const { approval_id } = (await ana.expect(201, 'POST', `/documents/${id}/approvals`, { steps: [{ name: 'Lead', people: [{ kind: 'account', id: ben.id }] }] })).body
  const { thread_id } = (await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Why?' })).body
  const open = async (person, query = '') => (await person.expect(200, 'GET', `/decisions/open?${query}`)).body.items.filter(({ document_id }) => document_id === id)
  assert.deepEqual((await open(ben)).map(({ id, kind, question, is_mine, awaited }) => [id, kind, question, is_mine, awaited.map(({ name }) => name)]), [[thread_id, 'comment', 'Why?', false, []], [approval_id, 'approval', 'Approval', true, ['Ben']]])
  assert.deepEqual((await open(ana, 'kind=approval')).map(({ is_mine }) => is_mine), [false])
  assert.equal((await open(vera)).length, 0, 'only what she may see')
  const { items: [first], next } = (await ben.expect(200, 'GET', `/decisions/open?document=${id}&limit=1`)).body
  const { items: [second], next: end } = (await ben.expect(200, 'GET', `/decisions/open?document=${id}&limit=1&cursor=${next}`)).body
  assert.deepEqual([first.id, second.id, end], [thread_id, approval_id, undefined])
  await ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/resolve`, {})
  await ben.expect(200, 'POST', `/documents/${id}/approvals/${approval_id}/decide`, { verdict: 'reject', note: 'No.' })
  assert.deepEqual(await open(ben), [])
})

test('[DEC-2] an exported log has a digest that anybody can compute, and `consilium verify` finds that it matches', async () => {
  const log = await logOf(ana)
  assert.deepEqual([log.format, log.version, log.exported_by, log.exported_by_name], ['consilium-decisions', 1, ana.id, 'Ana'])
  assert.equal(digestOf(log), log.digest)
  assert.deepEqual(log.decisions, await listed(ana))
  const { status, said } = await verified(log)
  assert.equal(status, 0, said)
  assert.match(said, /the digest fits the file/)
  assert.match(said, /the audit has this export/)
  assert.match(said, /nothing was left out/)
  assert.match(said, /the stored bytes of 2 of 2 decided versions/)
  // The same, as the server has written it, and for a part of it.
  assert.equal((await verified(String((await exported(ana, 'format=json')).bytes))).status, 0)
  for (const query of [`document=${plan}`, `person=${ben.id}`, 'kind=approval', 'kind=comment', 'until=2099-01-01T00:00:00Z']) {
    const part = await verified(await logOf(ana, query))
    assert.equal(part.status, 0, part.said)
  }
  // Vera cannot see everything: `consilium verify` knows this, although her log does not say so.
  const hers = await logOf(vera)
  assert.ok(!JSON.stringify(hers).includes('Hidden'))
  const part = await verified(hers)
  assert.equal(part.status, 0, part.said)
  assert.match(part.said, /except 2 decisions about documents that Vera could not see/)
})

test('[DEC-3] a changed word, a removed line and a changed hash are each found, also if the digest was computed again', async () => {
  const log = await logOf(ana)
  const approval = log.decisions.findIndex(({ kind, document_id }) => kind === 'approval' && document_id === plan)
  const comment = log.decisions.findIndex(({ id }) => id === answered)
  const tampered = {
    'a changed word': [(one) => (one.decisions[comment].note = 'Only the south.'), /the note is “Only the south\.” in the file, and “Only the north\.” here/],
    'a changed outcome': [(one) => (one.decisions[comment].outcome = 'deferred'), /the outcome is deferred in the file, and decided here/],
    'a removed line': [(one) => one.decisions.splice(comment, 1), /1 decisions? of the range (is|are) not in the file/],
    'a changed hash': [(one) => (one.decisions[approval].sha256 = '0'.repeat(64)), /has the hash [0-9a-f]{64}, and the file says 0{64}/],
    'another person': [(one) => (one.decisions[approval].decided_by = ben.id), /who decided is/],
    'a vote that counts again': [(one) => delete one.decisions[approval].votes[0].voided_at, /who took part is/],
    'a made-up decision': [(one) => one.decisions.push({ ...one.decisions[comment], id: crypto.randomUUID() }), /is not stored here/],
    'a changed time': [(one) => (one.decisions[comment].decided_at = '2020-01-01T00:00:00Z'), /the time is/],
    'a narrower range': [(one) => (one.range.kind = 'approval'), /is not stored here/],
  }
  for (const [what, [change, expected]] of Object.entries(tampered)) {
    const changed = structuredClone(log)
    change(changed)
    const plain = await verified(changed)
    assert.equal(plain.status, 1, `${what}: ${plain.said}`)
    assert.match(plain.said, /the file was changed: its digest is/, what)
    assert.match(plain.said, expected, what)
    changed.digest = digestOf(changed)
    const again = await verified(changed)
    assert.equal(again.status, 1, `${what}, with another digest: ${again.said}`)
    assert.match(again.said, /this instance has made no export with this digest/, what)
  }
  for (const change of [(one) => (one.exported_by = ben.id), (one) => (one.exported_at = '2026-01-01T00:00:00Z')]) {
    const changed = structuredClone(log)
    change(changed)
    assert.equal((await verified(changed)).status, 1)
  }
  const added = { ...log, remark: 'looks good' }
  assert.match((await verified(added)).said, /does not have the form/)
  assert.equal((await verified(added)).status, 1)
})

test('[DEC-3] what cannot be checked answers 2, and says why', async () => {
  const run = (...args) => spawnSync(program, ['verify', ...args], { encoding: 'utf8' })
  const missing = run(path(folder, 'nowhere.json'), '--data', server.data)
  assert.deepEqual([missing.status, /nowhere\.json cannot be read/.test(missing.stderr)], [2, true], missing.stderr)
  for (const text of ['not json', '{}', '{"format":"consilium-decisions","version":2}']) assert.equal((await verified(text)).status, 2)
  assert.equal(run().status, 2, 'no file was named')
  const help = spawnSync(program, ['verify', '--help'], { encoding: 'utf8' })
  assert.match(help.stdout, /Exit status: 0 if all matches/)
})

test('[DEC-3] what changed here since is said, and is no difference: other titles, opened again, in the trash', async () => {
  const id = await newDocument('Later', 'Words.\n')
  const { thread_id } = (await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Really?' })).body
  await ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/resolve`, { outcome: 'decided' })
  const log = await logOf(ana, `document=${id}`)
  const { etag } = await ana.expect(200, 'GET', `/documents/${id}`)
  await ana.expect(200, 'PATCH', `/documents/${id}`, { title: 'Renamed' }, { 'if-match': etag })
  const renamed = await verified(log)
  assert.equal(renamed.status, 0, renamed.said)
  assert.match(renamed.said, /the title of the document was “Later” in the file, and is “Renamed” now/)
  await ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/reopen`)
  const reopened = await verified(log)
  assert.equal(reopened.status, 0, reopened.said)
  assert.match(reopened.said, /it was opened again on/)
  await ana.expect(200, 'POST', `/documents/${id}/threads/${thread_id}/resolve`, { outcome: 'rejected' })
  const again = await verified(log)
  assert.equal(again.status, 0, again.said)
  assert.match(again.said, /was decided again: it was opened again on/)
  const whole = await logOf(ana)
  await ana.expect(200, 'DELETE', `/documents/${closed}`)
  assert.equal((await verified(whole)).status, 0)
  const without = await logOf(ana)
  await ana.expect(200, 'POST', `/documents/${closed}/restore`)
  const restored = await verified(without)
  assert.equal(restored.status, 0, restored.said)
})

test('[DEC-2] the PDF has the decisions by day, the hashes and the same digest as the log', { skip: Boolean(process.env.CONSILIUM_DATABASE_URL) }, async () => {
  const { status, type, bytes } = await exported(ana, `format=pdf&document=${plan}`)
  assert.deepEqual([status, type], [200, 'application/pdf'], String(bytes).slice(0, 300))
  writeFileSync(path(folder, 'x.pdf'), bytes)
  execFileSync(path(dirname(program), 'consilium-press'), ['text', 'application/pdf', path(folder, 'x.pdf'), folder])
  const words = readFileSync(path(folder, 'text'), 'utf8').replace(/\s+/g, ' ')
  const packed = words.replaceAll(/[ \u00ad\u200b-]/g, '')
  const log = await logOf(ana, `document=${plan}`)
  for (const hash of [asked.sha256, log.digest]) assert.ok(packed.includes(hash), `${hash} in ${words}`)
  for (const said of ['Agreed.', 'Only the north.', 'No longer counts', 'Which countries?']) assert.ok(words.includes(said), `${said} in ${words}`)
  const digests = (await ana.expect(200, 'GET', '/audit?action=decision.export')).body.items.map(({ detail }) => JSON.parse(detail).digest)
  assert.ok(digests.filter((digest) => digest === log.digest).length >= 2, 'each export is in the audit')
})

test('[DEC-3] stored rows and bytes that were altered are found', { skip: Boolean(process.env.CONSILIUM_DATABASE_URL) }, async () => {
  const log = await logOf(ana)
  await until(async () => (await verified(log)).status === 0, 'it matches')
  const sql = (file, text) => execFileSync('python3', ['-c', 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()', path(server.data, file), text])
  const hex = (id) => `x'${id.replaceAll('-', '')}'`
  sql('consilium.db', `update thread set note = 'Only the south.' where thread_id = ${hex(answered)}`)
  const altered = await verified(log)
  assert.equal(altered.status, 1, altered.said)
  assert.match(altered.said, /the note is “Only the north\.” in the file, and “Only the south\.” here/)
  sql('consilium.db', `update thread set note = 'Only the north.' where thread_id = ${hex(answered)}`)
  sql('consilium.db', `delete from audit where action = 'approval.act' and detail like '%${asked.approval_id}%'`)
  const unrecorded = await verified(log)
  assert.equal(unrecorded.status, 1)
  assert.match(unrecorded.said, /is not in the audit/)
})
