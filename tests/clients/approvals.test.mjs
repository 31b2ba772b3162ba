// Approvals: requested for one state of a document, decided step by step by people with the right, and stored with that
// state.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

let server, ana, ben, carl, dora

before(async () => {
  server = await Server.start({ args: [], env: { CONSILIUM_TRIM_JOURNAL: 'true', CONSILIUM_IDLE_ROOM_SECONDS: '1' } })
  ana = await owner(server)
  ben = await join(ana, 'manager', 'Ben')
  carl = await join(ana, 'manager', 'Carl')
  dora = await join(ana, 'analyst', 'Dora')
})
after(() => server.stop())

/** A draft of Dora's, which Ben and Carl may approve. */
async function newDraft(text = 'Growth is slow.\n') {
  const { id } = (await dora.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  await dora.expect(204, 'PUT', `/documents/${id}/content`, text, { 'content-type': 'text/markdown', 'if-match': '"0"' })
  for (const person of [ben, carl]) await dora.expect(204, 'PUT', `/documents/${id}/shares/${person.id}`, { level: 'approve' })
  return id
}
const account = ({ id }) => ({ kind: 'account', id })
const statusOf = async (id) => (await dora.expect(200, 'GET', `/documents/${id}`)).body.status
const approvals = async (id, person = dora) => (await person.expect(200, 'GET', `/documents/${id}/approvals`)).body
const request = async (id, steps, more = {}) => (await dora.expect(201, 'POST', `/documents/${id}/approvals`, { steps, ...more })).body
const decide = (person, status, id, { approval_id }, verdict, note) => person.expect(status, 'POST', `/documents/${id}/approvals/${approval_id}/decide`, { verdict, note })
const calls = async (person) => (await person.expect(200, 'GET', '/inbox?unread=true')).body.items.filter(({ kind }) => kind.startsWith('approval')).map(({ kind, must_do }) => [kind, must_do])
const readAll = (person) => person.expect(204, 'POST', '/inbox/read', {})

test('[APPR-1] the steps of a chosen workflow are decided in order, and the status follows', async () => {
  const { group_id: group } = (await ana.expect(201, 'POST', '/groups', { name: 'Board' })).body
  for (const person of [ben, carl]) await ana.expect(204, 'PUT', `/groups/${group}/members/${person.id}`)
  const steps = [{ name: 'Lead', people: [account(ben)], within_days: 3 }, { name: 'Board', rule: 'all', people: [{ kind: 'group', id: group }] }]
  const { workflow_id: workflow } = (await ana.expect(201, 'POST', '/workflows', { name: 'Plans', document_kind: 'custom', steps })).body
  await ana.expect(409, 'POST', '/workflows', { name: 'Plans', steps })
  await dora.expect(403, 'POST', '/workflows', { name: 'Mine', steps })
  assert.deepEqual((await dora.expect(200, 'GET', '/workflows')).body.map(({ name, steps }) => [name, steps.length]), [['Plans', 2]])

  const id = await newDraft()
  for (const person of [ben, carl, dora]) await readAll(person)
  // A workflow for another kind of document cannot be used.
  const { workflow_id: decks } = (await ana.expect(201, 'POST', '/workflows', { name: 'Decks', document_kind: 'pitch_deck', steps })).body
  await dora.expect(422, 'POST', `/documents/${id}/approvals`, { workflow_id: decks })
  await ana.expect(422, 'POST', '/workflows', { name: 'Novels', document_kind: 'novel', steps })
  await ana.expect(204, 'DELETE', `/workflows/${decks}`)
  const asked = (await dora.expect(201, 'POST', `/documents/${id}/approvals`, { workflow_id: workflow, note: 'Please by Friday.' })).body
  assert.deepEqual([asked.state, asked.name, asked.requested_by_name, await statusOf(id)], ['pending', 'Plans', 'Dora', 'review'])
  assert.deepEqual(asked.steps.map(({ name, rule, state, people }) => [name, rule, state, people.map(({ name }) => name)]), [['Lead', 'any', 'on', ['Ben']], ['Board', 'all', 'waiting', ['Ben', 'Carl']]])
  assert.ok(Date.parse(asked.steps[0].due_at) - Date.now() > 2 * 86_400_000)
  assert.deepEqual([await calls(ben), await calls(carl)], [[['approval-requested', true]], []])
  await dora.expect(409, 'POST', `/documents/${id}/approvals`, { workflow_id: workflow })
  await decide(carl, 409, id, asked, 'approve')
  await decide(ben, 200, id, asked, 'approve', 'Good.')
  assert.deepEqual(await calls(carl), [['approval-requested', true]])
  await decide(carl, 200, id, asked, 'approve')
  await decide(carl, 409, id, asked, 'approve')
  assert.equal(await statusOf(id), 'review')
  const done = (await decide(ben, 200, id, asked, 'approve')).body
  assert.deepEqual([done.state, done.steps.map(({ state }) => state), await statusOf(id)], ['approved', ['done', 'done'], 'approved'])
  assert.deepEqual(done.acts.map(({ step, act, by_name, note }) => [step, act, by_name, note]), [[0, 'approve', 'Ben', 'Good.'], [1, 'approve', 'Carl', undefined], [1, 'approve', 'Ben', undefined]])
  assert.deepEqual(await calls(dora), [['approval-decided', false]])
  await decide(ben, 409, id, asked, 'reject')
  const [decision] = (await dora.expect(200, 'GET', `/decisions?document=${id}`)).body.items
  assert.deepEqual([decision.kind, decision.question, decision.outcome, decision.decided_by_name], ['approval', 'Plans', 'approved', 'Ben'])
  await ana.expect(204, 'DELETE', `/workflows/${workflow}`)
  assert.equal((await approvals(id))[0].name, 'Plans')
})

test('[APPR-3] approvers must have the right to approve, both when they are named and when they decide', async () => {
  const id = await newDraft()
  const step = (people) => [{ name: 'Lead', people }]
  const refused = await dora.expect(422, 'POST', `/documents/${id}/approvals`, { steps: step([account(ben), account(dora), { kind: 'account', id: (await join(ana, 'viewer', 'Vera')).id }]) })
  assert.equal(refused.body.code, 'may-not-approve')
  assert.match(refused.body.detail, /Vera/)
  assert.doesNotMatch(refused.body.detail, /Ben/)
  for (const steps of [[], step([]), [{ name: '', people: [account(ben)] }], [{ name: 'x', people: [account(ben)], within_days: 0 }], step([{ kind: 'account', id }])]) {
    await dora.expect(422, 'POST', `/documents/${id}/approvals`, { steps })
  }
  await dora.expect(422, 'POST', `/documents/${id}/approvals`, {})
  assert.equal(await statusOf(id), 'draft')
  const asked = await request(id, step([{ kind: 'role', role: 'manager' }]))
  assert.deepEqual(asked.steps[0].people.map(({ name }) => name).toSorted(), ['Ben', 'Carl'])
  await decide(new Person(server), 401, id, asked, 'approve')
  await dora.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
  await decide(ben, 403, id, asked, 'approve')
  await carl.expect(409, 'POST', `/documents/${id}/approvals/${asked.approval_id}/delegate`, { to: carl.id })
  assert.equal((await carl.expect(422, 'POST', `/documents/${id}/approvals/${asked.approval_id}/delegate`, { to: ben.id })).body.code, 'may-not-approve')
  await readAll(ana)
  const handed = (await carl.expect(200, 'POST', `/documents/${id}/approvals/${asked.approval_id}/delegate`, { to: ana.id, note: 'I am away.' })).body
  assert.deepEqual(handed.acts.map(({ act, by_name, to_name, note }) => [act, by_name, to_name, note]), [['delegate', 'Carl', 'Ana', 'I am away.']])
  assert.deepEqual(await calls(ana), [['approval-requested', true]])
  await decide(carl, 409, id, asked, 'approve')
  await decide(ana, 200, id, asked, 'approve')
  assert.equal(await statusOf(id), 'approved')
})

test('[APPR-4] the status changes only as in the table of transitions', async () => {
  const id = await newDraft()
  const move = (person, status, to) => person.expect(status, 'POST', `/documents/${id}/status`, { status: to })
  const { etag } = await dora.expect(200, 'GET', `/documents/${id}`)
  await dora.expect(400, 'PATCH', `/documents/${id}`, { status: 'approved' }, { 'if-match': etag })
  for (const to of ['published', 'draft']) await move(ana, 409, to)
  for (const to of ['approved', 'review']) await move(ana, 400, to)
  const first = await request(id, [{ name: 'Lead', people: [account(ben)] }])
  for (const to of ['published', 'draft', 'archived']) await move(ana, 409, to)
  await carl.expect(403, 'POST', `/documents/${id}/approvals/${first.approval_id}/withdraw`, {})
  await dora.expect(200, 'POST', `/documents/${id}/approvals/${first.approval_id}/withdraw`, { note: 'Too early.' })
  assert.equal(await statusOf(id), 'draft')
  const second = await request(id, [{ name: 'Lead', people: [account(ben)] }])
  const rejected = (await decide(ben, 200, id, second, 'reject', 'Too slow.')).body
  assert.deepEqual([rejected.state, await statusOf(id)], ['rejected', 'draft'])
  const third = await request(id, [{ name: 'Lead', people: [account(ben)] }])
  await decide(ben, 200, id, third, 'approve')
  await move(dora, 204, 'draft')
  await move(dora, 409, 'draft')
  await decide(ben, 200, id, await request(id, [{ name: 'Lead', people: [account(ben)] }]), 'approve')
  await move(ben, 204, 'published')
  await move(ben, 403, 'archived')
  await move(dora, 204, 'archived')
  await move(ben, 403, 'draft')
  await move(dora, 204, 'draft')
  assert.deepEqual((await approvals(id)).map(({ state }) => state), ['approved', 'approved', 'rejected', 'withdrawn'])
})

test('(A5) [APPR-6] approvers are told what changed since the request, and readers what is published', async () => {
  const id = await newDraft()
  const write = async (text) => {
    const { etag } = await dora.expect(200, 'GET', `/documents/${id}/content`)
    await dora.expect(204, 'PUT', `/documents/${id}/content`, text, { 'content-type': 'text/markdown', 'if-match': etag })
  }
  const approvedOf = async (person = dora) => (await person.expect(200, 'GET', `/documents/${id}`)).body.approved
  const asked = await request(id, [{ name: 'Lead', people: [account(ben)] }])
  const revision = (await dora.expect(200, 'GET', `/documents/${id}/revisions/${asked.revision_id}`)).body
  assert.deepEqual([asked.revision_created_at, asked.changed_since], [revision.created_at, undefined])
  await dora.expect(204, 'PATCH', `/documents/${id}/revisions/${asked.revision_id}`, { name: 'For the board' })
  await write('Growth is not very fast.\n')
  const [pending] = await approvals(id, ben)
  assert.deepEqual([pending.state, pending.revision_name, pending.changed_since], ['pending', 'For the board', { words_added: 3, words_removed: 1 }])
  assert.equal(await approvedOf(), undefined)

  const { approval_id } = (await decide(ben, 200, id, asked, 'approve')).body
  await ben.expect(204, 'POST', `/documents/${id}/status`, { status: 'published' })
  const { approved_at, ...approved } = await approvedOf()
  assert.deepEqual(approved, { approval_id, revision_id: asked.revision_id, changed_since: true })
  assert.ok(Date.now() - Date.parse(approved_at) < 60_000)
  const published = await dora.call('GET', `/documents/${id}/revisions/${approved.revision_id}/content?format=text`)
  assert.equal(published.body.trim(), 'Growth is slow.')
  assert.deepEqual((await approvals(id))[0].changed_since, { words_added: 3, words_removed: 1 })

  // A later request that is rejected leaves the published text as it is.
  await dora.expect(204, 'POST', `/documents/${id}/status`, { status: 'draft' })
  await decide(ben, 200, id, await request(id, [{ name: 'Lead', people: [account(ben)] }]), 'reject')
  assert.equal((await approvals(id))[0].changed_since, undefined)
  assert.equal((await approvedOf()).revision_id, asked.revision_id)
  await write('Growth is slow.\n')
  const untouched = await newDraft()
  const [one] = [await request(untouched, [{ name: 'Lead', people: [account(ben)] }])]
  await decide(ben, 200, untouched, one, 'approve')
  assert.equal((await dora.expect(200, 'GET', `/documents/${untouched}`)).body.approved.changed_since, false)
})

test('[APPR-3] a member whose role does not allow edits can be given approval alone', async () => {
  const id = await newDraft()
  const nora = await join(ana, 'viewer', 'Nora')
  const step = [{ name: 'Board', people: [account(nora)] }]
  const holder = async () => (await dora.expect(200, 'GET', `/documents/${id}/access`)).body.find(({ account_id }) => account_id === nora.id)
  const give = (level) => dora.expect(204, 'PUT', `/documents/${id}/shares/${nora.id}`, { level })
  await give('edit')
  assert.deepEqual([(await holder()).right, (await holder()).may_approve], ['comment', false])
  await dora.expect(422, 'POST', `/documents/${id}/approvals`, { steps: step })
  await give('approve')
  assert.deepEqual([(await holder()).right, (await holder()).may_approve], ['comment', true])
  const asked = await request(id, step)
  assert.deepEqual(await calls(nora), [['approval-requested', true]])
  // She decides, and changes nothing.
  await nora.expect(403, 'PUT', `/documents/${id}/content`, 'Mine.\n', { 'content-type': 'text/markdown', 'if-match': '"1"' })
  await give('comment')
  await decide(nora, 403, id, asked, 'approve')
  await give('approve')
  await decide(nora, 200, id, asked, 'approve', 'Agreed.')
  assert.equal(await statusOf(id), 'approved')
  await nora.expect(403, 'POST', `/documents/${id}/status`, { status: 'published' })
  await carl.expect(204, 'POST', `/documents/${id}/status`, { status: 'published' })
  const second = await newDraft()
  await dora.expect(204, 'PUT', `/documents/${second}/shares/${nora.id}`, { level: 'approve' })
  const handed = await request(second, [{ name: 'Lead', people: [account(ben)] }])
  await ben.expect(200, 'POST', `/documents/${second}/approvals/${handed.approval_id}/delegate`, { to: nora.id })
  await decide(nora, 200, second, handed, 'reject')
})

test('[APPR-5] the approved bytes stay the same after 1,000 edits and two compactions, and the changes since can be compared', async () => {
  const id = await newDraft()
  await dora.expect(404, 'GET', `/documents/${id}/approved`)
  const asked = await request(id, [{ name: 'Lead', people: [account(ben)] }])
  const done = (await decide(ben, 200, id, asked, 'approve')).body
  const bytes = async () => {
    const response = await fetch(`${server.url}/api/v1/documents/${id}/approved`, { headers: { cookie: dora.cookie } })
    assert.equal(response.headers.get('etag'), `"${done.sha256}"`)
    return createHash('sha256').update(Buffer.from(await response.arrayBuffer())).digest('hex')
  }
  assert.equal(await bytes(), done.sha256)
  assert.equal((await approvals(id))[0].changed_since, undefined)
  await dora.expect(409, 'DELETE', `/documents/${id}/revisions/${done.revision_id}`)
  const snapshots = async () => Number(/consilium_snapshots_total (\d+)/.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1] ?? 0)
  const before = await snapshots()
  const open = dora.open(id)
  await until(() => open.provider.synced, 'Dora is in')
  const line = open.provider.document.getXmlFragment('default').get(0).get(0)
  for (let edit = 0; edit < 1_000; edit++) {
    line.insert(line.length, ` ${'word '.repeat(600)}`)
    if (edit % 50 === 0) await until(() => open.provider.unsyncedChanges < 10, 'they are saved')
    if (edit % 2) line.delete(20, line.length - 30)
  }
  await until(() => open.provider.unsyncedChanges === 0, 'all is saved')
  // On a busy machine one compaction covers many edits: type on until there was a second one.
  await until(async () => {
    line.insert(line.length, ` ${'word '.repeat(6_000)}`)
    line.delete(20, line.length - 30)
    return (await snapshots()) >= before + 2
  }, 'two compactions')
  open.end()
  assert.equal(await bytes(), done.sha256)
  const [newest] = await approvals(id)
  assert.ok(newest.changed_since.words_added + newest.changed_since.words_removed > 0)
})
