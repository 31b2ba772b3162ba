// The job queue: jobs survive kills and outages, run on one node, and failed ones are shown to admins.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { join, owner } from './people.mjs'
import { Postbox } from './postbox.mjs'
import { Server, until } from './server.mjs'

let server, postbox, ana

before(async () => {
  postbox = await new Postbox().open()
  server = await Server.start({ args: [], env: postbox.env })
  ana = await owner(server)
})
after(async () => {
  await server.stop()
  await postbox.close()
})

/** Queued or dead mail jobs, without other jobs. */
const jobs = async (dead = false) => (await ana.expect(200, 'GET', `/jobs?dead=${dead}`)).body.filter(({ kind }) => kind.startsWith('mail-'))

test('[JOB-1] a mail that cannot be sent stays queued, survives a kill, and is sent once the mail server is back', async () => {
  const { port } = postbox
  await postbox.close()
  await ana.expect(200, 'POST', '/invites', { role: 'viewer', email: 'emil@example.org' })
  await until(async () => (await jobs())[0]?.last_error, 'it was tried')
  const [waiting] = await jobs()
  assert.deepEqual([waiting.kind, waiting.dead_at, 'payload' in waiting], ['mail-invite', null, false])
  await server.kill()
  await postbox.open(port)
  await server.restart()
  await until(() => postbox.to('emil@example.org').length > 0, 'it is sent', 60_000)
  await until(async () => (await jobs()).length === 0, 'nothing waits')
  const [{ text }] = postbox.to('emil@example.org')
  const url = /(http\S+\/invite\/\S+)/.exec(text)[1]
  const page = await fetch(url.replace(/^http:\/\/[^/]+/, server.url))
  assert.equal(page.status, 200)
  const emil = await join({ expect: async () => ({ body: { url } }), server }, 'viewer', 'Emil')
  assert.equal((await emil.expect(200, 'GET', '/me')).body.role, 'viewer')
})

test('[JOB-2] a permanently refused mail is given up at once, is listed, and can be retried or dropped', async () => {
  const ben = await join(ana, 'admin', 'Ben')
  await until(() => postbox.to('Ben@example.org').length + postbox.to('ben@example.org').length > 0, 'his own mail is sent')
  postbox.refusal = Object.assign(new Error('no such mailbox'), { responseCode: 550 })
  for (const email of ['one@example.org', 'two@example.org']) await ana.expect(200, 'POST', '/invites', { role: 'viewer', email })
  await until(async () => (await jobs(true)).length === 2, 'both are dead')
  const [one, two] = await jobs(true)
  assert.match(one.last_error, /no such mailbox/)
  for (const [method, path] of [['GET', '/jobs'], ['POST', `/jobs/${one.job_id}/retry`], ['DELETE', `/jobs/${one.job_id}`]]) await ben.expect(403, method, path)
  postbox.refusal = null
  await ana.expect(202, 'POST', `/jobs/${one.job_id}/retry`)
  await until(() => postbox.to('one@example.org').length === 1, 'the first is sent')
  await ana.expect(204, 'DELETE', `/jobs/${two.job_id}`)
  await ana.expect(404, 'POST', `/jobs/${two.job_id}/retry`)
  await ana.expect(404, 'DELETE', `/jobs/${one.job_id}`)
  assert.deepEqual(await jobs(true), [])
  assert.equal(postbox.to('two@example.org').length, 0)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /consilium_jobs\{state="dead"\}/)
})
