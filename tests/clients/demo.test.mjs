// `--demo`: its example content, and the teammate who types while a reader is present.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Person } from './people.mjs'
import { Server, until } from './server.mjs'

test('one can sign in to the demo workspace, and its teammate types only while a reader is present', async () => {
  const server = await Server.start({ args: ['--demo'] })
  await until(() => server.output.includes('password'), 'the password is printed')
  const [, email, password] = /Sign in as (\S+) with the password (\S+)/.exec(server.output)
  const ana = new Person(server)
  await ana.expect(200, 'POST', '/auth/sign-in', { email, password })
  const { items } = (await ana.expect(200, 'GET', '/documents?sort=title')).body
  assert.deepEqual(items.map(({ kind }) => kind), ['competitive_analysis', 'strategy_plan', 'research_report'])
  const plan = items.find(({ kind }) => kind === 'strategy_plan')
  const markdown = async () => (await ana.expect(200, 'GET', `/documents/${plan.id}/content`)).body
  assert.match(await markdown(), /^We make planning software[\s\S]*\| Norway \| 112 \|[\s\S]*Bo:\n$/)

  // Its comments, and the notifications of the demo user.
  const { items: threads } = (await ana.expect(200, 'GET', `/documents/${plan.id}/threads`)).body
  assert.deepEqual(threads.map(({ state, passage, replacement }) => [state, passage.text, replacement]), [
    ['open', 'Too few integrations', undefined], ['open', 'within one working day', 'within four hours'], ['resolved', '35 people', undefined],
  ])
  assert.deepEqual((await ana.expect(200, 'GET', `/documents/${plan.id}/revisions`)).body.items.map(({ name }) => name), ['First draft'])
  const { items: news } = (await ana.expect(200, 'GET', '/inbox')).body
  assert.deepEqual(news.filter(({ must_do }) => must_do).map(({ kind, actor }) => [kind, actor.name]).toSorted(), [['approval-requested', 'Bo Nyman'], ['mention', 'Bo Nyman']])

  const reader = ana.open(plan.id)
  const others = () => [...reader.provider.awareness.getStates()].filter(([client]) => client !== reader.provider.document.clientID).map(([, state]) => state)
  await until(() => others().some(({ user, cursor }) => user?.name === 'Bo Nyman' && cursor?.anchor), 'Bo is there, with a caret')
  await until(async () => (await markdown()).includes('Bo: we looked at the numbers'), 'Bo types')
  const anchor = others()[0].cursor.anchor
  assert.ok(Number.isSafeInteger((anchor.item ?? anchor.type).client))
  reader.end()
  const connections = async () => (await (await fetch(`${server.url}/metrics`)).text()).match(/^consilium_connections (\d+)/m)?.[1]
  await until(async () => (await connections()) === '0', 'Bo leaves as well')

  // A second start keeps the data, and prints no password.
  const before = await markdown()
  await server.kill()
  await server.restart()
  assert.equal(await markdown(), before)
  assert.doesNotMatch(server.output, /password/)
  await server.stop()
})
