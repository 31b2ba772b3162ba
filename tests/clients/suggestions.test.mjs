// Suggestions over REST: made by programs and in views of suggesters, found again, decided once, undone once. They never
// write to the document.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { Person, join, newPage, owner, write } from './people.mjs'
import { Server, until } from './server.mjs'
import { database } from './stores.mjs'
import { unpacked } from './unpacked.mjs'

let server, ana, ben, cleo, vera

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
  cleo = await join(ana, 'analyst', 'Cleo')
  vera = await join(ana, 'viewer', 'Vera')
})
after(() => server.stop())

const PLAN = '# Plan\n\nWe meet on Monday at noon.\n\nBring a friend.\n\nThe end comes soon.\n'

/** A document of Ana's, which Ben and Cleo may comment and Vera may view. */
async function newDocument(text = PLAN) {
  const { id } = await newPage(ana, { title: 'Plan' }, text)
  for (const [person, level] of [[ben, 'comment'], [cleo, 'comment'], [vera, 'view']]) {
    await ana.expect(204, 'PUT', `/documents/${id}/shares/${person.id}`, { level })
  }
  return id
}

const MARKDOWN = { 'content-type': 'text/markdown' }
const contentOf = async (id) => (await ana.expect(200, 'GET', `/documents/${id}/content`)).body.trim()
const jsonOf = async (person, id) => (await person.expect(200, 'GET', `/documents/${id}/content?format=json`)).body
const list = async (person, id, query = '') => (await person.expect(200, 'GET', `/documents/${id}/suggestions${query}`)).body.items
const propose = async (person, id, text) => (await person.expect(201, 'POST', `/documents/${id}/suggestions`, text, MARKDOWN)).body.items
const decide = (person, id, suggestion, act, body) => person.call('POST', `/documents/${id}/suggestions/${suggestion}/${act}`, body ?? (act === 'reject' ? {} : undefined))
const line = (text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })

test('[SUG-8] a program proposes a text, each difference is a suggestion, and a person decides on each', async () => {
  const id = await newDocument()
  const made = await propose(ben, id, PLAN.replace('Monday', 'Tuesday').replace('a friend', 'a good friend').replace('# Plan', '## Plan'))
  assert.deepEqual(made.map(({ kind, before, after, state, stands, conflicts, comments }) => [kind, before, after, state, stands, conflicts, comments]), [
    ['block', 'Plan', 'Plan', 'open', 'stands', [], 0],
    ['replace', 'Monday', 'Tuesday', 'open', 'stands', [], 0],
    ['insert', '', ' good', 'open', 'stands', [], 0],
  ])
  assert.equal(await contentOf(id), PLAN.trim())
  const [title, day] = made
  assert.deepEqual([title.decoration.from, title.decoration.block.attrs.level], [{ path: [0], offset: 0 }, 2])
  assert.deepEqual([day.decoration.from, day.decoration.to], [{ path: [1], offset: 11 }, { path: [1], offset: 17 }])
  assert.deepEqual([day.author, day.author_name, day.is_guest], [ben.id, 'Ben', false])
  // Found again after others have edited around it.
  await write(ana, id, PLAN.replace('# Plan\n', '# Plan\n\nNew words come first.\n').replace('We meet', 'We all meet'))
  assert.deepEqual((await list(vera, id)).map(({ stands, decoration }) => [stands, decoration.from]).at(1), ['stands', { path: [2], offset: 15 }])
  const accepted = (await ana.expect(200, 'POST', `/documents/${id}/suggestions/${day.id}/accept`)).body
  assert.deepEqual([accepted.state, accepted.decided_by_name, accepted.can_undo, accepted.stands], ['accepted', 'Ana', true, undefined])
  assert.ok((await contentOf(id)).includes('We all meet on Tuesday at noon.'))
  const rejected = (await ana.expect(200, 'POST', `/documents/${id}/suggestions/${title.id}/reject`, { note: 'It is the title.' })).body
  assert.deepEqual([rejected.state, rejected.note], ['rejected', 'It is the title.'])
  await ana.expect(409, 'POST', `/documents/${id}/suggestions/${title.id}/accept`)
  await ana.expect(200, 'POST', `/documents/${id}/suggestions/${title.id}/reopen`)
  assert.deepEqual((await list(vera, id)).map(({ id }) => id), [title.id, made[2].id])
  assert.deepEqual((await list(vera, id, '?state=closed')).map(({ id }) => id), [day.id])
  assert.deepEqual((await list(vera, id, `?state=all&kind=replace&author=${ben.id}`)).map(({ id }) => id), [day.id])
  const [full] = await list(vera, id, '?state=closed&full=true')
  assert.equal(full.change.change, 'words')
  // Pages of a list.
  const page = (await vera.expect(200, 'GET', `/documents/${id}/suggestions?state=all&limit=2`)).body
  assert.deepEqual([page.items.length, page.next], [2, day.id])
  assert.deepEqual((await list(vera, id, `?state=all&cursor=${page.next}`)).map(({ id }) => id), [made[2].id])
  // Only its author withdraws it.
  assert.equal((await decide(ana, id, title.id, 'withdraw')).status, 403)
  assert.equal((await decide(ben, id, title.id, 'withdraw')).body.state, 'withdrawn')
  assert.equal((await decide(ana, id, title.id, 'reopen')).status, 403)
  assert.equal((await decide(ben, id, title.id, 'reopen')).body.stands, 'stands')
})

test('[SUG-9] lines that are split, tables and lists are suggested in the editor\'s JSON, and accepted as they are shown', async () => {
  const id = await newDocument('One two three four.\n\n- An item of the list\n- Another item there\n\n| A | B |\n| --- | --- |\n| first | second |\n')
  const content = await jsonOf(ben, id)
  const wanted = structuredClone(content)
  wanted.content.splice(0, 1, line('One two'), line(' three four.'))
  const { items } = (await ben.expect(201, 'POST', `/documents/${id}/suggestions`, { content: wanted, reason: 'Shorter.' })).body
  assert.deepEqual(items.map(({ kind, comments }) => [kind, comments]), [['split', 1]])
  const [thread] = (await ana.expect(200, 'GET', `/documents/${id}/threads`)).body.items
  assert.deepEqual([thread.thread_id, thread.comments[0].body, thread.passage.quote], [items[0].id, 'Shorter.', 'two'])
  await ana.expect(200, 'POST', `/documents/${id}/suggestions/${items[0].id}/accept`)
  assert.deepEqual((await jsonOf(ana, id)).content.slice(0, 2), wanted.content.slice(0, 2))
  const joined = structuredClone(await jsonOf(ben, id))
  joined.content.splice(0, 2, line('One two three four.'))
  joined.content[2].content.push({ ...structuredClone(joined.content[2].content[1]) })
  joined.content[2].content.at(-1).content.forEach((cell, at) => (cell.content = [line(['third row', 'of cells'][at])]))
  const more = (await ben.expect(201, 'POST', `/documents/${id}/suggestions`, { content: joined })).body.items
  assert.deepEqual(more.map(({ kind }) => kind), ['join', 'insert'])
  const both = (await ana.expect(200, 'POST', `/documents/${id}/suggestions/accept`, { all: true })).body
  assert.deepEqual(both, { accepted: more.map(({ id }) => id), refused: [], changed: [] })
  assert.equal(await contentOf(id), 'One two three four.\n\n- An item of the list\n- Another item there\n\n| A | B |\n| --- | --- |\n| first | second |\n| third row | of cells |')
})

test('[SUG-10] of two that overlap the second answers 409 and both texts are shown', async () => {
  const id = await newDocument()
  const [[one], [two], [twin]] = [await propose(ben, id, PLAN.replace('Monday', 'Tuesday')), await propose(cleo, id, PLAN.replace('Monday', 'Friday')), await propose(cleo, id, PLAN.replace('Monday', 'Tuesday'))]
  const seen = await list(vera, id)
  assert.deepEqual(seen.map(({ conflicts }) => conflicts.toSorted()), [[two.id, twin.id], [one.id, twin.id], [one.id, two.id]])
  assert.equal((await decide(ana, id, one.id, 'accept')).status, 200)
  const second = await decide(ana, id, two.id, 'accept')
  assert.deepEqual([second.status, second.body.code], [409, 'gone'])
  assert.equal((await decide(ana, id, twin.id, 'accept')).body.code, 'gone')
  assert.deepEqual((await list(vera, id)).map(({ stands, before, after }) => [stands, before, after]), [['gone', 'Monday', 'Friday'], ['gone', 'Monday', 'Tuesday']])
  await write(ana, id, 'Something else.\n')
  assert.deepEqual((await list(vera, id)).map(({ stands }) => stands), ['gone', 'gone'])
  assert.deepEqual((await ana.expect(200, 'POST', `/documents/${id}/suggestions/accept`, { ids: [two.id, twin.id, id] })).body.refused.map(({ code }) => code).toSorted(), ['gone', 'gone', 'not-found'])
})

test('[SUG-11] an acceptance is undone once, by a reverse edit, and not if the place has changed since', async () => {
  const id = await newDocument()
  const [day, friend] = await propose(ben, id, PLAN.replace('Monday', 'Tuesday').replace('Bring a friend.\n\n', ''))
  for (const { id: one } of [day, friend]) assert.equal((await decide(ana, id, one, 'accept')).status, 200)
  assert.equal(await contentOf(id), '# Plan\n\nWe meet on Tuesday at noon.\n\nThe end comes soon.')
  await write(ana, id, '# Plan\n\nWe all meet on Tuesday at noon.\n\nThe end comes soon.\n')
  assert.equal((await decide(ben, id, day.id, 'undo')).status, 403)
  const [undone, again] = await Promise.all([decide(ana, id, day.id, 'undo'), decide(ana, id, day.id, 'undo')])
  assert.deepEqual([undone.status, again.status].toSorted(), [200, 409])
  assert.equal(await contentOf(id), '# Plan\n\nWe all meet on Monday at noon.\n\nThe end comes soon.')
  const [open] = await list(ana, id)
  assert.deepEqual([open.id, open.state, open.can_undo, open.stands], [day.id, 'open', false, 'stands'])
  assert.equal((await decide(ana, id, day.id, 'undo')).status, 409)
  // The same holds after the room has reported how edits moved its words, and after it is rejected and opened again.
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  for (const act of ['reject', 'reopen']) assert.equal((await decide(ana, id, day.id, act)).status, 200)
  assert.equal((await list(ana, id))[0].stands, 'stands')
  // It can be accepted again.
  assert.equal((await decide(ana, id, day.id, 'accept')).status, 200)
  assert.equal((await decide(ana, id, friend.id, 'undo')).status, 200)
  assert.equal(await contentOf(id), PLAN.trim().replace('We meet', 'We all meet').replace('Monday', 'Tuesday'))
  await write(ana, id, PLAN.replace('Monday', 'Sunday'))
  const late = await decide(ana, id, day.id, 'undo')
  assert.deepEqual([late.status, late.body.code], [409, 'changed'])
  const acts = (await ana.expect(200, 'GET', `/audit?resource=${id}`)).body.items.map(({ action }) => action)
  for (const [action, count] of [['suggestion.accept', 3], ['suggestion.undo', 2], ['thread.create', 2]]) {
    assert.equal(acts.filter((one) => one === action).length, count, action)
  }
})

test('[SUG-8] rights and bad input', async () => {
  const id = await newDocument()
  const at = `/documents/${id}/suggestions`
  await vera.expect(403, 'POST', at, 'Other.\n', MARKDOWN)
  await vera.expect(403, 'POST', `${at}/view`)
  const [one] = await propose(ben, id, PLAN.replace('Monday', 'Tuesday'))
  for (const [person, act, status] of [[ben, 'accept', 403], [cleo, 'reject', 403], [cleo, 'withdraw', 403], [vera, 'reject', 403]]) {
    assert.equal((await decide(person, id, one.id, act)).status, status, act)
  }
  await cleo.expect(403, 'POST', `${at}/reject`, { all: true })
  assert.deepEqual((await cleo.expect(200, 'POST', `${at}/reject`, { ids: [one.id] })).body.refused, [{ id: one.id, code: 'forbidden' }])
  const content = await jsonOf(ben, id)
  for (const [status, code, body, headers] of [
    [422, 'nothing-suggested', PLAN, MARKDOWN],
    [422, 'nothing-suggested', { content }],
    [412, 'precondition-failed', { content, base: 99 }],
    [422, 'invalid-content', { content: { type: 'doc', content: [{ type: 'spaceship' }] } }],
    [422, 'invalid-content', { content: { type: 'doc', content: [{ type: 'listItem' }] } }],
    [422, 'invalid', {}],
    [422, 'invalid', { content, replacement: 'x' }],
    [400, 'invalid-body', { content, more: 1 }],
    [415, 'unsupported-media-type', 'x', { 'content-type': 'text/plain' }],
    [422, 'more-than-one-paragraph', { passage: { from: 0, to: 12 }, replacement: 'x' }],
    [409, 'changed', { passage: { from: 0, to: 4, quote: 'Plot' }, replacement: 'x' }],
  ]) assert.equal((await ben.expect(status, 'POST', at, body, headers)).body.code, code)
  const { items } = (await ben.expect(201, 'POST', at, { passage: { from: 0, to: 4 }, replacement: 'Programme', reason: 'British.' })).body
  assert.deepEqual([items[0].before, items[0].after, items[0].comments], ['Plan', 'Programme', 1])
  await ana.expect(404, 'POST', `${at}/${id}/accept`)
  await ana.expect(422, 'POST', `${at}/accept`, { all: true, author: ben.id })
  const guest = new Person(server)
  const link = (await ana.expect(201, 'POST', `/documents/${id}/links`, { level: 'comment' })).body
  await guest.expect(200, 'POST', '/links/enter', { token: link.url.split('#')[1], name: 'Mia' })
  const [hers] = await propose(guest, id, PLAN.replace('soon', 'later'))
  assert.deepEqual([hers.author_name, hers.is_guest], ['Mia', true])
  await ana.expect(204, 'DELETE', `/documents/${id}/shares/${ben.id}`)
  await ben.expect(404, 'GET', at)
  await ana.expect(200, 'DELETE', `/documents/${id}`)
  await ana.expect(410, 'GET', at)
})

// ---- Views

/** The editor of a suggester: it has content, and says what changes in it. */
class Suggesting {
  static async begin(person, id) {
    const view = new Suggesting()
    const { body } = await person.expect(201, 'POST', `/documents/${id}/suggestions/view`)
    Object.assign(view, { person, at: `/documents/${id}/suggestions/view/${body.view}`, content: body.content.content, marks: body.marks, known: 0 })
    return view
  }

  /** Says that the content is another, or asks what is new. */
  async say(content = this.content) {
    const change = content === this.content ? undefined : { from: 0, to: this.content.length, blocks: content }
    const { body } = await this.person.expect(200, 'PUT', this.at, { change, known: this.known })
    this.content = structuredClone(content)
    if (body.change) this.content.splice(body.change.from, body.change.to - body.change.from, ...body.change.blocks)
    this.marks = body.marks
    this.known = body.known
    return body
  }

  /** Replaces words in the content. */
  async type(from, to) {
    const text = JSON.stringify(this.content)
    assert.ok(text.includes(from), `${text} has ${from}`)
    return this.say(JSON.parse(text.replace(from, to)))
  }

  get text() {
    const text = (node) => node.text ?? (node.content ?? []).map(text).join('')
    return this.content.map(text).join('\n')
  }
}

test('[SUG-12] what is typed in a view becomes suggestions, one for each place, and never reaches the document', async () => {
  const id = await newDocument()
  const before = (await ana.expect(200, 'GET', `/documents/${id}/content`)).etag
  const view = await Suggesting.begin(ben, id)
  assert.equal(view.text, 'Plan\nWe meet on Monday at noon.\nBring a friend.\nThe end comes soon.')
  const first = await view.type('meet', 'me')
  const second = await view.type('me on', 'meet again on')
  assert.deepEqual([first.made.length, second.made], [1, first.made])
  assert.equal(second.change, undefined)
  assert.deepEqual((await list(ana, id)).map(({ id, kind, after }) => [id, kind, after]), [[first.made[0], 'insert', ' again']])
  // A repeated request gets the same answer.
  const repeated = (await ben.expect(200, 'PUT', view.at, { change: { from: 0, to: 1, blocks: [] }, known: view.known - 1 })).body
  assert.deepEqual(repeated, second)
  await view.type('a friend', 'a friend or two')
  const marks = view.marks.map(({ mine, kind, from, to, removed, author_name }) => [mine, kind, from, to, removed.map(({ text }) => text).join(''), author_name])
  assert.deepEqual(marks, [
    [true, 'insert', { path: [1], offset: 7 }, { path: [1], offset: 13 }, '', 'Ben'],
    [true, 'insert', { path: [2], offset: 14 }, { path: [2], offset: 21 }, '', 'Ben'],
  ])
  // A suggestion whose change is undone in the view is withdrawn.
  const back = await view.type(' again', '')
  assert.deepEqual([back.withdrawn, back.made], [first.made, []])
  // Edits by others arrive, and the person's own suggestions stay.
  await write(ana, id, PLAN.replace('We meet', 'We all meet'))
  const [theirs] = await propose(cleo, id, PLAN.replace('We meet', 'We all meet').replace('soon', 'late'))
  const news = await view.say()
  assert.deepEqual(news.change, { from: 1, to: 2, blocks: [line('We all meet on Monday at noon.')] })
  assert.equal(view.text, 'Plan\nWe all meet on Monday at noon.\nBring a friend or two.\nThe end comes soon.')
  assert.deepEqual(view.marks.map(({ id, mine, author_name, after }) => [id === theirs.id, mine, author_name, after.map(({ text }) => text).join('')]), [[false, true, 'Ben', ''], [true, false, 'Cleo', 'late']])
  // Accepted: the text has it, and it is no suggestion any more.
  const [mine] = (await list(ana, id)).filter(({ author }) => author === ben.id)
  assert.equal((await decide(ana, id, mine.id, 'accept')).status, 200)
  assert.equal((await view.say()).change, undefined)
  assert.deepEqual(view.marks.map(({ mine }) => mine), [false])
  // Rejected: it disappears.
  const { made: [third] } = await view.type('noon', 'night')
  assert.equal((await decide(ana, id, third, 'reject')).status, 200)
  await view.say()
  assert.equal(view.text, 'Plan\nWe all meet on Monday at noon.\nBring a friend or two.\nThe end comes soon.')
  // The log has Ana's edits only.
  const authors = (await ana.expect(200, 'GET', `/documents/${id}/authors`)).body
  assert.deepEqual([...new Set(authors.map(({ author }) => author.id))], [ana.id])
  assert.notEqual((await ana.expect(200, 'GET', `/documents/${id}/content`)).etag, before)
})

test('[SUG-12] blocks, splits and empty paragraphs in a view; another begins with what was suggested', async () => {
  const id = await newDocument()
  const view = await Suggesting.begin(ben, id)
  const content = structuredClone(view.content)
  content.splice(1, 1, line('We meet on Monday'), line(' at noon.'))
  content.push({ type: 'paragraph' })
  const said = await view.say(content)
  assert.deepEqual([said.made.length, said.change], [1, undefined])
  // An empty paragraph in which one begins to write.
  const more = structuredClone(view.content)
  more[more.length - 1] = line('One more thing.')
  assert.equal((await view.say(more)).made.length, 1)
  assert.deepEqual((await list(ana, id)).map(({ kind, stands }) => [kind, stands]), [['split', 'stands'], ['insert', 'stands']])
  const other = await Suggesting.begin(ben, id)
  assert.equal(other.text, view.text)
  const cleos = await Suggesting.begin(cleo, id)
  assert.deepEqual(cleos.marks.map(({ mine, kind }) => [mine, kind]), [[false, 'split'], [false, 'insert']])
  assert.equal(cleos.text, 'Plan\nWe meet on Monday at noon.\nBring a friend.\nThe end comes soon.')
  const all = (await ana.expect(200, 'POST', `/documents/${id}/suggestions/accept`, { author: ben.id })).body
  assert.equal(all.accepted.length, 2)
  assert.equal(await contentOf(id), '# Plan\n\nWe meet on Monday\n\n&#32;at noon.\n\nBring a friend.\n\nThe end comes soon.\n\nOne more thing.')
})

test('[SUG-13] a view that is unknown, of somebody else, out of step, or of a person who may not comment any more', async () => {
  const id = await newDocument()
  const view = await Suggesting.begin(ben, id)
  const unknown = { known: 0 }
  assert.equal((await cleo.expect(409, 'PUT', view.at, unknown)).body.code, 'view-unknown')
  assert.equal((await ben.expect(409, 'PUT', `/documents/${id}/suggestions/view/${id}`, unknown)).body.code, 'view-unknown')
  assert.equal((await ben.expect(409, 'PUT', view.at, { known: 7 })).body.code, 'view-unknown')
  for (const change of [{ from: 0, to: 9, blocks: [] }, { from: 3, to: 1, blocks: [] }]) {
    assert.equal((await ben.expect(422, 'PUT', view.at, { known: 0, change })).body.code, 'invalid')
  }
  assert.equal((await ben.expect(422, 'PUT', view.at, { known: 0, change: { from: 0, to: 0, blocks: [{ type: 'listItem' }] } })).body.code, 'invalid-content')
  await view.type('noon', 'night')
  // One goes on typing in what was just accepted: the words are answered, and not doubled.
  const [one] = await list(ana, id)
  assert.equal((await decide(ana, id, one.id, 'accept')).status, 200)
  const late = await view.type('night', 'nightfall')
  assert.deepEqual(late.refused.map(({ code, words }) => [code, words]), [['conflict', 'nightfall']])
  assert.equal(view.text, 'Plan\nWe meet on Monday at night.\nBring a friend.\nThe end comes soon.')
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'view' })
  await ben.expect(403, 'PUT', view.at, { known: view.known, change: { from: 0, to: 0, blocks: [line('Lost?')] } })
  await ana.expect(204, 'DELETE', `/documents/${id}/shares/${ben.id}`)
  await ben.expect(404, 'PUT', view.at, { known: view.known })
  // The sixth view of a person ends the first.
  const views = []
  for (let tab = 0; tab < 6; tab++) views.push(await Suggesting.begin(cleo, id))
  await cleo.expect(409, 'PUT', views[0].at, unknown)
  await cleo.expect(200, 'PUT', views[5].at, unknown)
})

// ---- Other features that show or use suggestions

test('[SUG-14] exports, Markdown and copies are without suggestions, search finds their words, approvals count them, authors are both', async () => {
  const id = await newDocument()
  const [day] = await propose(ben, id, PLAN.replace('Monday', 'Wednesdays').replace('soon', 'unexpectedly'))
  const zip = await ana.call('GET', `/documents/${id}/export`)
  for (const text of [await contentOf(id), JSON.stringify(await jsonOf(ana, id)), String(zip.body)]) assert.ok(!/Wednesdays|unexpectedly/.test(text))
  const { id: copy } = (await ana.expect(201, 'POST', `/documents/${id}/duplicate`, {})).body
  assert.deepEqual([await contentOf(copy), await list(ana, copy, '?state=all')], [PLAN.trim(), []])
  await until(async () => (await ana.expect(200, 'GET', '/search?q=unexpectedly')).body.items.some((item) => item.id === id), 'search finds the words of a suggestion')
  const steps = [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }]
  await ana.expect(201, 'POST', `/documents/${id}/approvals`, { steps })
  const counted = async () => (await ana.expect(200, 'GET', `/documents/${id}/approvals`)).body[0].open_suggestions
  assert.equal(await counted(), 2)
  await ana.expect(200, 'POST', `/documents/${id}/suggestions/${day.id}/accept`)
  assert.equal(await counted(), 1)
  const stretches = (await ana.expect(200, 'GET', `/documents/${id}/authors`)).body
  const [suggested] = stretches.filter((stretch) => stretch.suggested_by)
  assert.deepEqual([suggested.quote, suggested.author.name, suggested.suggested_by.name], ['Wednesdays', 'Ana', 'Ben'])
  const [kept] = (await ana.expect(200, 'GET', `/documents/${id}/revisions`)).body.items
  const { revision_id: now } = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Wednesday' })).body
  const named = (await ana.expect(200, 'GET', `/documents/${id}/revisions`)).body.items.find(({ revision_id }) => revision_id === now)
  assert.deepEqual([kept.authors, named.authors].map((all) => all.map(({ name }) => name).sort()), [['Ana'], ['Ana', 'Ben']])
  // The author hears of the decision, the owner of what was suggested, once.
  assert.deepEqual((await ben.expect(200, 'GET', '/inbox')).body.items.filter((item) => item.document_id === id && item.kind !== 'share').map(({ kind }) => kind), ['decided'])
  assert.equal((await ana.expect(200, 'GET', '/inbox')).body.items.filter((item) => item.document_id === id && item.kind === 'suggestion').length, 1)
  // A revision that is restored brings the words back, and the suggestion with them.
  const { revision_id: revision } = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'Then' })).body
  await write(ana, id, 'Nothing of it.\n')
  assert.deepEqual((await list(ana, id)).map(({ stands }) => stands), ['gone'])
  await ana.expect(201, 'POST', `/documents/${id}/revisions/${revision}/restore`)
  await until(async () => (await list(ana, id))[0].stands === 'stands', 'it stands again')
})

test('[SUG-8] a script cannot make more suggestions than a person may have', async () => {
  const lines = (word) => Array.from({ length: 260 }, (_, at) => `Line number${at} has ${word}.\n`).join('\n')
  const id = await newDocument(lines('words'))
  assert.equal((await propose(ben, id, lines('other'))).length, 260)
  const full = await ben.expect(409, 'POST', `/documents/${id}/suggestions`, lines('more'), MARKDOWN)
  assert.equal(full.body.code, 'too-many-suggestions')
  // A view whose limit is reached returns the further words, and stays usable.
  assert.equal((await propose(ben, id, lines('words').replace('number0 ', 'number0 really ').replaceAll(/number(\d\d) /g, 'number$1 certainly '))).length, 91)
  const view = await Suggesting.begin(ben, id)
  const crowd = structuredClone(view.content).map((block, at) => (at < 100 ? block : line(`And more of it: ${block.content[0].text}`)))
  const said = await view.say(crowd)
  assert.ok(said.refused.length > 0 && said.refused.every(({ code, words }) => code === 'too-many-suggestions' && words.includes('more of it')), JSON.stringify(said.refused.slice(0, 2)))
  assert.equal((await list(ben, id, `?author=${ben.id}&limit=1000`)).length, 500)
  // Accepted together: of those that overlap, the first.
  const many = (await ana.expect(200, 'POST', `/documents/${id}/suggestions/reject`, { author: ben.id, note: 'Too many.' })).body
  assert.deepEqual([many.rejected.length, many.refused.length], [500, 0])
})

test('[SUG-14] what somebody goes on typing in a view is found by search', async () => {
  const id = await newDocument()
  const view = await Suggesting.begin(ben, id)
  for (const word of ['yak', 'yakety']) {
    await view.say(view.content.map((block, at) => (at === 1 ? line(`We meet on Monday at noon ${word}`) : block)))
    await until(async () => (await ana.expect(200, 'GET', `/search?q="${word}"`)).body.items.length === 1, `"${word}" is found`, 30_000)
  }
  assert.equal((await list(ben, id)).length, 1)
  const acts = (await ana.expect(200, 'GET', `/audit?resource=${id}`)).body.items.map(({ action }) => action)
  assert.equal(acts.includes('suggestion.change'), false)
})

test('[SUG-8] large suggestions fill what a person may have, and reopening does not get round it', async () => {
  const id = await newDocument()
  const large = (n) => `${PLAN}\n${`Proposal${n} says a lot. `.repeat(10_000)}\n`
  const made = []
  const enough = 25
  while (made.length < enough) {
    const answer = await ben.call('POST', `/documents/${id}/suggestions`, large(made.length), MARKDOWN)
    if (answer.status === 409) {
      assert.equal(answer.body.code, 'too-many-suggestions')
      break
    }
    assert.equal(answer.status, 201)
    made.push(answer.body.items[0].id)
  }
  assert.ok(made.length > 10 && made.length < enough, `${made.length} of some 230 kB`)
  // One more fits again, and then the first cannot come back.
  await ben.expect(200, 'POST', `/documents/${id}/suggestions/${made[0]}/withdraw`)
  await ben.expect(201, 'POST', `/documents/${id}/suggestions`, large('More'), MARKDOWN)
  assert.equal((await ben.expect(409, 'POST', `/documents/${id}/suggestions/${made[0]}/reopen`)).body.code, 'too-many-suggestions')
})

test('[CMT-6] a suggestion stays when its comments are removed, and is in the copy of its author\'s data', async () => {
  const id = await newDocument()
  const [made] = (await ben.expect(201, 'POST', `/documents/${id}/suggestions`, { passage: { from: 16, to: 22, quote: 'Monday' }, replacement: 'Sunday', reason: 'Nobody works.' })).body.items
  const { comments } = (await ben.expect(200, 'GET', `/documents/${id}/threads/${made.id}`)).body
  await ben.expect(204, 'DELETE', `/documents/${id}/comments/${comments[0].comment_id}`)
  assert.deepEqual((await list(vera, id)).map(({ id, after, stands }) => [id, after, stands]), [[made.id, 'Sunday', 'stands']])
  const answer = await fetch(`${server.url}/api/v1/me/data`, { headers: { cookie: ben.cookie } })
  assert.match(execFileSync('python3', ['-c', 'import sys,io,zipfile; z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())); print("".join(z.read(n).decode("utf-8","replace") for n in z.namelist()))'], { input: Buffer.from(await answer.arrayBuffer()), maxBuffer: 64 << 20 }).toString(), /Sunday/)
})

/** The result of an SQL statement, run by another process. */
const sql = (server, text) =>
  JSON.parse(execFileSync('python3', ['-c', 'import sqlite3,sys,json; c=sqlite3.connect(sys.argv[1], timeout=10); r=c.execute(sys.argv[2]).fetchall(); c.commit(); print(json.dumps(r))', path(server.data, 'consilium.db'), text]))

let copied = 0
/** Copies the rows of a suggestion many times, as years of use leave them. */
function copies(suggestion, count) {
  copied++
  const columns = (table, ...without) => sql(server, `select name from pragma_table_info('${table}')`).map(([name]) => name).filter((name) => !without.includes(name))
  const key = `id_in_hex = '${suggestion.replaceAll('-', '').toUpperCase()}'`
  for (const [table, id] of [['thread', 'thread_id'], ['suggestion', 'suggestion_id']]) {
    const rest = columns(table, id).map((name) => `"${name}"`).join(', ')
    sql(server, `insert into ${table} (${id}, ${rest})
      with recursive n (at) as (values (1) union all select at + 1 from n where at < ${count})
      select cast(printf('%06d%010d', ${copied}, at) as blob), ${rest} from n, (select *, hex(${id}) as id_in_hex from ${table}) where ${key}`)
  }
}

test('[SUG-15] what a person takes back again and again does not pile up, and what was discussed stays', async () => {
  const id = await newDocument()
  const [first] = await propose(ben, id, PLAN.replace('Monday', 'Tuesday'))
  await ben.expect(201, 'POST', `/documents/${id}/threads/${first.id}/comments`, { body: 'Or is Monday better?' })
  await decide(ben, id, first.id, 'withdraw')
  const [second] = await propose(ben, id, PLAN.replace('Monday', 'Friday'))
  await decide(ben, id, second.id, 'withdraw')
  copies(second.id, 1_200)
  const [third] = await propose(ben, id, PLAN.replace('Monday', 'Sunday'))
  assert.equal((await decide(ben, id, third.id, 'reject')).body.state, 'rejected')
  const closed = await list(ben, id, '?state=closed&limit=1000')
  const more = (await ben.expect(200, 'GET', `/documents/${id}/suggestions?state=closed&limit=1000&cursor=${closed.at(-1).id}`)).body.items
  const kept = [...closed, ...more].map((one) => one.id)
  assert.equal(kept.length, 1_001)
  assert.deepEqual([first, third].map((one) => kept.includes(one.id)), [true, true])
  assert.equal((await decide(ben, id, third.id, 'reopen')).body.state, 'open')
})

test('[SUG-14] [OUT-4] an export has every suggestion, also of a document with thousands that were decided', async () => {
  const id = await newDocument()
  const [decided] = await propose(ben, id, PLAN.replace('Monday', 'Tuesday'))
  assert.equal((await decide(ana, id, decided.id, 'reject')).status, 200)
  copies(decided.id, 5_100)
  const [open] = await propose(ben, id, PLAN.replace('a friend', 'a good friend'))
  const { id: wanted } = (await ana.expect(202, 'POST', '/exports', { document: id, comments: true })).body
  await until(async () => (await ana.expect(200, 'GET', `/exports/${wanted}`)).body.state === 'done', 'the export is done', 120_000)
  const { files } = await unpacked(ana, `/exports/${wanted}/file`)
  const comments = JSON.parse(files[Object.keys(files).find((name) => name.endsWith('.comments.json'))])
  assert.equal(comments.length, 5_102)
  assert.deepEqual(comments.filter(({ state }) => state === 'open').map(({ suggestion }) => suggestion?.kind), [open.kind])
})

test('[SUG-10] 100 suggestions that are accepted while the server is killed are each applied once or not at all, and what is typed is there', async (t) => {
  const killed = await Server.start({ args: [] })
  t.after(() => killed.stop())
  const dan = await owner(killed, 'Dan')
  const text = (word) => Array.from({ length: 100 }, (_, at) => `Line number${at} has ${word}.\n`).join('\n')
  const { id } = await newPage(dan, { title: 'Plan' }, text('words'))
  await propose(dan, id, text('better'))
  const view = await Suggesting.begin(dan, id)
  const { made: [typed] } = await view.type('number7 has', 'number7 surely has')
  const accepting = dan.call('POST', `/documents/${id}/suggestions/accept`, { all: true }).catch(() => {})
  await until(() => sql(killed, "select count(*) from thread where state = 'accepted'")[0][0] > 20, 'some are accepted')
  await killed.kill()
  await accepting
  // What the killed process had claimed is settled or released at once, instead of in 20 s or more.
  sql(killed, "update job set run_at = '2020-01-01T00:00:00+00:00' where kind like 'settle-%'")
  sql(killed, "update operation set created_at = '2020-01-01T00:00:00+00:00'")
  await killed.restart()
  await until(() => sql(killed, 'select kind from operation').length === 0, 'all are settled or released', 90_000)
  const rows = (await dan.expect(200, 'GET', `/documents/${id}/suggestions?state=all&limit=1000`)).body.items
  const lines = (await dan.expect(200, 'GET', `/documents/${id}/content?format=text`)).body.split('\n')
  assert.deepEqual([rows.length, lines.length], [101, 100])
  for (const [at, words] of lines.entries()) {
    const { state } = rows[at]
    assert.match(words, state === 'accepted' ? /has better\.$/ : /has words\.$/, `${at}: ${state}`)
  }
  assert.equal(rows.find(({ id }) => id === typed).after, ' surely')
  assert.deepEqual((await dan.expect(200, 'POST', `/documents/${id}/suggestions/accept`, { all: true })).body.refused, [])
  assert.equal((await dan.expect(200, 'GET', `/documents/${id}/content`)).body.trim(), text('better').trim().replace('number7 has', 'number7 surely has'))
  const audited = sql(killed, "select count(*) from audit where action = 'suggestion.accept'")
  assert.deepEqual(audited, [[101]])
})

for (const [engine, env] of [['SQLite', () => ({})], ['Postgres', () => ({ CONSILIUM_DATABASE_URL: database().href })]]) {
  test(`[SUG-8] suggestions of earlier versions become rows, and everything works on ${engine}`, async (t) => {
    const set = env()
    const old = await Server.start({ args: [], env: set })
    t.after(() => old.stop())
    const run = (text) => (set.CONSILIUM_DATABASE_URL ? execFileSync('psql', [set.CONSILIUM_DATABASE_URL, '-qc', text]) : sql(old, text))
    const dan = await owner(old, 'Dan')
    const { id } = await newPage(dan, { title: 'Plan' }, PLAN)
    const say = async (quote, replacement) => {
      const from = 'Plan\nWe meet on Monday at noon.\nBring a friend.'.indexOf(quote)
      return (await dan.expect(201, 'POST', `/documents/${id}/threads`, { body: '', passage: { from, to: from + quote.length, quote }, replacement })).body.thread_id
    }
    const [day, friend, gone] = [await say('Monday', 'Tuesday'), await say('a friend', 'two "friends"'), await say('at noon', '')]
    const kept = await list(dan, id)
    await dan.expect(200, 'POST', `/documents/${id}/threads/${gone}/reject`, {})
    // As an earlier version left them: threads with a replacement, and no rows.
    await old.kill()
    run('drop table suggestion')
    run('delete from _sqlx_migrations where version = 29')
    await old.restart()
    const migrated = await list(dan, id, '?state=all')
    assert.deepEqual(migrated.map(({ id, kind, before, after, state }) => [id, kind, before, after, state]), [
      [day, 'replace', 'Monday', 'Tuesday', 'open'], [friend, 'replace', 'a friend', 'two "friends"', 'open'], [gone, 'delete', 'at noon', '', 'rejected'],
    ])
    assert.deepEqual(migrated.slice(0, 2).map(({ decoration }) => decoration), kept.slice(0, 2).map(({ decoration }) => decoration))
    assert.equal((await decide(dan, id, gone, 'reopen')).body.stands, 'stands')
    await dan.expect(200, 'POST', `/documents/${id}/threads/${day}/accept`)
    assert.equal((await decide(dan, id, day, 'undo')).status, 200)
    assert.deepEqual((await dan.expect(200, 'POST', `/documents/${id}/suggestions/accept`, { all: true })).body.accepted, [day, friend, gone])
    assert.equal((await dan.expect(200, 'GET', `/documents/${id}/content`)).body.trim(), '# Plan\n\nWe meet on Tuesday .\n\nBring two "friends".\n\nThe end comes soon.')
    const view = await Suggesting.begin(dan, id)
    const { made } = await view.type('soon', 'later')
    await view.type('later', 'later than that')
    assert.deepEqual((await list(dan, id)).map(({ id, after }) => [id, after]), [[made[0], 'later than that']])
    assert.deepEqual((await view.type('later than that', 'soon')).withdrawn, made)
  })
}
