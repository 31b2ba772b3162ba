// Unread notifications are mailed, at once or as a digest, as each person chooses, and only to verified addresses.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Person, join, owner } from './people.mjs'
import { Postbox } from './postbox.mjs'
import { Server, until } from './server.mjs'

let server, postbox, ana, ben, carl

before(async () => {
  postbox = await new Postbox().open()
  server = await Server.start({ args: [], env: { ...postbox.env, CONSILIUM_MAIL_AFTER_SECONDS: '1', CONSILIUM_MAIL_DIGEST_SECONDS: '4', CONSILIUM_REVISION_QUIET_SECONDS: '1' } })
  ana = await owner(server)
  ben = await join(ana, 'manager', 'Ben')
  carl = await join(ana, 'manager', 'Carl')
})
after(async () => {
  await server.stop()
  await postbox.close()
})

const address = async (person) => (await person.expect(200, 'GET', '/me')).body.email
const mails = async (person, subject) => postbox.to(await address(person)).filter(({ text }) => subject.test(text))
const heard = (person, subject, count = 1) => until(async () => (await mails(person, subject)).length >= count, `a mail about ${subject}`, 60_000)
const document = async (title, ...people) => {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title })).body
  for (const person of people) await ana.expect(204, 'PUT', `/documents/${id}/shares/${person.id}`, { level: 'approve' })
  return id
}
const call = async (person, id, ...people) =>
  (await person.expect(201, 'POST', `/documents/${id}/threads`, { body: 'What of Norway?', mentions: people.map(({ id }) => ({ kind: 'account', id })) })).body
const inbox = async (person) => (await person.expect(200, 'GET', '/inbox?unread=true')).body.items
/** Follows the link in the newest verification mail. */
async function prove(person) {
  await person.expect(202, 'POST', '/me/verification')
  const mine = () => mails(person, /\/verify#/)
  await until(async () => (await mine()).length > 0, 'the link')
  await until(async () => {
    const [, token] = /\/verify#(\S+)/.exec((await mine()).at(-1).text)
    return (await new Person(server).call('POST', '/auth/verify', { token })).status === 204
  }, 'the newest link proves it')
}

test('[INBOX-4] unread notifications are mailed to a verified address, with a way to unsubscribe', async () => {
  const id = await document('Norway', ben)
  await call(ana, id, ben)
  await ben.expect(204, 'POST', '/inbox/read', {})
  await prove(ben)
  const { thread_id } = await call(ana, id, ben)
  await heard(ben, /Subject: /)
  await heard(ben, /mentioned you in|notifications/)
  const [{ text }] = await mails(ben, /mentioned you in|notifications/)
  assert.match(text, new RegExp(`/documents/${id}#thread=${thread_id}`))
  assert.match(text, /> What of Norway\?/)
  assert.match(text, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/)

  // Notifications read before the mail is due are not mailed.
  const before = postbox.to(await address(ben)).length
  await call(ana, id, ben)
  await ben.expect(204, 'POST', '/inbox/read', {})
  await call(ana, id, ben)
  ben.address = await address(ben)
  await until(() => postbox.to(ben.address).length > before, 'the next mail', 60_000)
  const [mail] = postbox.to(await address(ben)).slice(before)
  assert.equal(mail.text.match(/mentioned you in/g).length, 2, 'the subject and one thing')

  // One click unsubscribes, with or without sign-in, and can be repeated.
  const [, url] = /List-Unsubscribe: <([^>]+)>/.exec(text.replace(/\r\n /g, ''))
  for (let times = 0; times < 2; times++) {
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) })
    assert.equal(answer.status, 204)
  }
  assert.equal((await fetch(`${server.url}/api/v1/mails/stop/${ana.id}`, { method: 'POST' })).status, 404)
  assert.deepEqual(new Set(Object.values((await ben.expect(200, 'GET', '/me/mails')).body)), new Set(['never']))
  const stopped = postbox.to(await address(ben)).length
  await call(ana, id, ben)
  await prove(carl)
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${carl.id}`, { level: 'comment' })
  await call(ana, id, carl)
  await heard(carl, /mentioned you in/)
  assert.equal(postbox.to(await address(ben)).length, stopped)
  assert.equal((await inbox(ben)).length, 2)
})

test('[INBOX-4] a daily digest is one mail; confidential content is not quoted, and hidden documents are not named', async () => {
  await ben.expect(204, 'PUT', '/me/mails', { mention: 'daily', share: 'never' })
  await ben.expect(400, 'PUT', '/me/mails', { mention: 'hourly' })
  assert.deepEqual((await ben.expect(200, 'GET', '/me/mails')).body.reply, 'daily')
  await ben.expect(204, 'POST', '/inbox/read', {})
  const before = postbox.to(await address(ben)).length
  const [open, secret, hidden] = [await document('Open', ben), await document('Secret', ben), await document('Hidden', ben)]
  const { etag } = await ana.expect(200, 'GET', `/documents/${secret}`)
  await ana.expect(200, 'PATCH', `/documents/${secret}`, { sensitivity: 'confidential' }, { 'if-match': etag })
  for (const id of [open, secret, hidden]) await call(ana, id, ben)
  await ana.expect(204, 'DELETE', `/documents/${hidden}/shares/${ben.id}`)
  const news = () => postbox.to(ben.address).slice(before).map(({ text }) => text).join('\n')
  await until(() => /mentioned you in Secret/.test(news()) && /mentioned you in Open/.test(news()), 'both are mailed', 60_000)
  assert.doesNotMatch(news(), /Hidden|shared with you/)
  assert.equal(news().match(/> What of Norway/g).length, 1, 'the confidential one is not quoted')
})

test('[INBOX-5] approvers are reminded before their step is due, and notified once when the text changes after their approval', async () => {
  const id = await document('Due', ben)
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${carl.id}`, { level: 'edit' })
  const steps = [{ name: 'Lead', people: [{ kind: 'account', id: ben.id }], within_days: 5 }]
  const { approval_id, steps: [step] } = (await ana.expect(201, 'POST', `/documents/${id}/approvals`, { steps })).body
  const reminder = async () => (await ana.expect(200, 'GET', '/jobs')).body.find(({ kind }) => kind === 'remind')
  const { job_id, run_at } = await reminder()
  assert.ok(Math.abs(Date.parse(run_at) - (Date.parse(step.due_at) - 86_400_000)) < 60_000, 'a day before')
  const due = async () => (await inbox(ben)).filter(({ kind }) => kind === 'approval-due')
  assert.equal((await due()).length, 0)
  await ana.expect(202, 'POST', `/jobs/${job_id}/retry`)
  await until(async () => (await due()).length === 1, 'Ben is reminded')
  assert.ok((await due())[0].must_do)
  await until(async () => Date.parse((await reminder()).run_at) === Date.parse(step.due_at), 'and again when it is due')
  await ben.expect(200, 'POST', `/documents/${id}/approvals/${approval_id}/decide`, { verdict: 'approve' })
  await ana.expect(202, 'POST', `/jobs/${job_id}/retry`)
  await until(async () => !(await reminder()), 'nobody is reminded of what is decided')
  assert.equal((await due()).length, 1)

  const write = async (text) => {
    const { etag } = await carl.expect(200, 'GET', `/documents/${id}/content?format=markdown`)
    await carl.expect(204, 'PUT', `/documents/${id}/content`, text, { 'content-type': 'text/markdown', 'if-match': etag })
  }
  const changed = async (person) => (await inbox(person)).filter(({ kind }) => kind === 'approval-changed').map(({ actor, title }) => [actor.name, title])
  await write('Another word.\n')
  for (const person of [ana, ben]) await until(async () => (await changed(person)).length === 1, 'they hear of it')
  assert.deepEqual([await changed(ana), await changed(ben), await changed(carl)], [[['Carl', 'Due']], [['Carl', 'Due']], []])
  const revisions = async () => (await ana.expect(200, 'GET', `/documents/${id}/revisions`)).body.items.length
  const kept = await revisions()
  await write('And another.\n')
  await until(async () => (await revisions()) > kept, 'the next pause')
  assert.equal((await changed(ben)).length, 1, 'once')
})
