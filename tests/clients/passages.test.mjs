// Comments and authors follow the words through everyday edits: in an open editor, over REST, and across restores.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { undo } from '@tiptap/y-tiptap'
import { deleteSelection, setBlockType, wrapIn } from 'prosemirror-commands'
import { liftListItem, wrapInList } from 'prosemirror-schema-list'
import { Editor, backspace, enter, schema } from './editors.mjs'
import { join, owner } from './people.mjs'
import { Server, until } from './server.mjs'

const TEXT = 'Where we stand\n\nGrowth is slow in the north because few people buy.\n\nWe hire three people in spring.\n'
const { bulletList, blockquote, heading } = schema.nodes

let server, ana, ben

before(async () => {
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
})
after(() => server.stop())

/** A document that Ana wrote, and Ben has open in an editor. */
async function opened(markdown = TEXT) {
  const { id } = (await ana.expect(201, 'POST', '/documents', { title: 'Plan' })).body
  await ana.expect(204, 'PUT', `/documents/${id}/content`, markdown, { 'content-type': 'text/markdown', 'if-match': '"0"' })
  await ana.expect(204, 'PUT', `/documents/${id}/shares/${ben.id}`, { level: 'edit' })
  const open = ben.open(id)
  await until(() => open.provider.document.getXmlFragment('default').length > 0, 'Ben has the text')
  return { id, open, editor: new Editor(open.provider.document.getXmlFragment('default')) }
}

const textOf = async (id) => (await ana.expect(200, 'GET', `/documents/${id}/content?format=text`)).body
const threadOf = async (id) => (await ana.expect(200, 'GET', `/documents/${id}/threads`)).body.items[0]

async function comment(id, quote) {
  const from = (await textOf(id)).indexOf(quote)
  return (await ana.expect(201, 'POST', `/documents/${id}/threads`, { body: 'Why?', passage: { from, to: from + quote.length, quote } })).body
}

/** The comment is on its word, wherever the word is. */
async function stands(id, word, when) {
  await until(async () => {
    const text = await textOf(id)
    const { passage } = await threadOf(id)
    return passage.text === word && text.slice(passage.from, passage.to) === word
  }, `the comment is on "${word}" ${when}`, 30_000)
}

test('[CMT-1] A3: a comment stays on its word through Enter, headings, lists, quotes, joins and undo', async () => {
  const { id, open, editor } = await opened()
  await comment(id, 'slow')
  const steps = [
    ['after Enter before it', () => editor.find('slow', 'before').run(enter)],
    ['after the lines are joined again', () => editor.find('slow', 'before').run(backspace)],
    ['in a heading', () => editor.find('slow').run(setBlockType(heading, { level: 2 }))],
    ['in a paragraph again', () => editor.find('slow').run(setBlockType(schema.nodes.paragraph))],
    ['in a list', () => editor.find('slow').run(wrapInList(bulletList))],
    ['out of the list', () => editor.find('slow').run(liftListItem(schema.nodes.listItem))],
    ['in a quote', () => editor.find('slow').run(wrapIn(blockquote))],
  ]
  let text = await textOf(id)
  const state = () => JSON.stringify(editor.state.doc.toJSON())
  for (const [when, step] of steps) {
    const before = state()
    assert.ok(step(), when)
    assert.notEqual(state(), before)
    await until(() => !open.provider.hasUnsyncedChanges, 'it is saved')
    await stands(id, 'slow', when)
  }
  assert.ok((await threadOf(id)).passage.moved_at, 'the thread says that it moved')
  editor.find('slow in the north').run(deleteSelection)
  await until(async () => (await threadOf(id)).passage.is_orphan, 'deleted words leave an orphan')
  undo(editor.state)
  await stands(id, 'slow', 'after undo')
  await until(async () => (await threadOf(id)).passage.returned_at, 'the thread says that it came back')
  text = await textOf(id)
  assert.match(text, /slow in the north/)
  editor.destroy()
  open.end()
})

test('[CMT-1] A3: a comment stays on its word when a line is made a heading over REST, and when a revision is restored', async () => {
  const { id, open, editor } = await opened()
  await comment(id, 'slow')
  const revision = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'first' })).body.revision_id
  const read = await ana.expect(200, 'GET', `/documents/${id}/content?format=markdown`)
  const markdown = read.body.replace('Growth', '# Growth')
  await ana.expect(204, 'PUT', `/documents/${id}/content`, markdown, { 'content-type': 'text/markdown', 'if-match': read.headers.get('etag') })
  await stands(id, 'slow', 'in a heading')
  editor.find('slow in the north').run(deleteSelection)
  await until(async () => (await threadOf(id)).passage.is_orphan, 'deleted words leave an orphan')
  await ana.expect(201, 'POST', `/documents/${id}/revisions/${revision}/restore`)
  await stands(id, 'slow', 'after the restore')
  editor.destroy()
  open.end()
})

test('[REV-6] A4: letters keep their author through Enter, headings, undo and a restore', async () => {
  const { id, open, editor } = await opened()
  const saved = () => until(() => !open.provider.hasUnsyncedChanges, 'it is saved')
  const authors = async () => (await ana.expect(200, 'GET', `/documents/${id}/authors`)).body
  const first = await authors()
  assert.deepEqual(first.map(({ author }) => author.name), ['Ana'])
  const areAnas = async (when) => {
    await saved()
    const all = await authors()
    assert.deepEqual(all.filter(({ author }) => author?.name !== 'Ana').map(({ quote }) => quote), [], when)
    assert.equal(all[0].first_at, first[0].first_at, when)
    assert.equal(all.at(-1).last_at, first.at(-1).last_at, when)
  }
  editor.find('because', 'before').run(enter)
  await areAnas('after Enter')
  editor.find('because').run(setBlockType(heading, { level: 1 }))
  await areAnas('in a heading')
  const revision = (await ana.expect(201, 'POST', `/documents/${id}/revisions`, { name: 'first' })).body.revision_id
  editor.find('in spring').run(deleteSelection)
  await saved()
  undo(editor.state)
  await areAnas('after undo')
  editor.find('few people').run(deleteSelection)
  await saved()
  await ben.expect(201, 'POST', `/documents/${id}/revisions/${revision}/restore`)
  await until(async () => /few people/.test(await textOf(id)), 'the text is back')
  await areAnas('after a restore')
  editor.destroy()
  open.end()
})

test('[CMT-1] A3: passages are found again when a document is opened after it was put away', async () => {
  const { id, open, editor } = await opened()
  await comment(id, 'slow')
  editor.find('slow', 'before').run(enter)
  await until(() => !open.provider.hasUnsyncedChanges, 'it is saved')
  await stands(id, 'slow', 'after Enter')
  await until(async () => (await threadOf(id)).passage.moved_at, 'its new place is stored')
  editor.destroy()
  open.end()
  await server.kill()
  await server.restart()
  await stands(id, 'slow', 'after a restart')
})
