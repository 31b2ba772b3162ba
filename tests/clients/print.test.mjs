// Exports for readers: pages as PDF and Word files.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join as path } from 'node:path'
import { after, before, test } from 'node:test'
import { join, owner } from './people.mjs'
import { Server, program, temporary } from './server.mjs'

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const BINARY = { 'content-type': 'application/octet-stream' }
/** A square of one colour. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC', 'base64')

let server, ana, ben, folder

before(async () => {
  folder = temporary('print-')
  server = await Server.start({ args: [] })
  ana = await owner(server)
  ben = await join(ana, 'analyst', 'Ben')
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const write = async (page, text, type = 'text/markdown') => {
  const { etag } = await ana.expect(200, 'GET', `/documents/${page.id}/content`)
  await ana.expect(204, 'PUT', `/documents/${page.id}/content`, text, { 'if-match': etag, 'content-type': type })
}
const newPage = async (fields, text) => {
  const page = (await ana.expect(201, 'POST', '/documents', fields)).body
  if (text) await write(page, text)
  return page
}
const exported = async (person, page, query) => {
  const answer = await fetch(`${server.url}/api/v1/documents/${page.id}/export?${query}`, { headers: { cookie: person.cookie } })
  const bytes = Buffer.from(await answer.arrayBuffer())
  return { status: answer.status, type: answer.headers.get('content-type'), name: answer.headers.get('content-disposition'), bytes }
}
/** The text of a PDF, read by the program that reads PDFs for search. */
const words = (bytes) => {
  writeFileSync(path(folder, 'x.pdf'), bytes)
  execFileSync(path(dirname(program), 'consilium-press'), ['text', 'application/pdf', path(folder, 'x.pdf'), folder])
  return readFileSync(path(folder, 'text'), 'utf8').replace(/\s+/g, ' ')
}
/** A part of a Word file, read by an independent program. */
const part = (bytes, name) => {
  writeFileSync(path(folder, 'x.docx'), bytes)
  return execFileSync('python3', ['-c', 'import sys, zipfile, xml.dom.minidom\nz = zipfile.ZipFile(sys.argv[1])\nfor n in z.namelist():\n  if n.endswith((".xml", ".rels")): xml.dom.minidom.parseString(z.read(n))\nprint(z.read(sys.argv[2]).decode())', path(folder, 'x.docx'), name], { encoding: 'utf8' })
}

test('[REV-11] a comparison is a PDF, or a Word file with tracked changes that read as the later text', async () => {
  const page = await newPage({ title: 'Budget' }, '# Costs\n\nRent is 1000 a month.\n\n| Item | Cost |\n|---|---|\n| Pay | 5000 |\n\nThe end of it.\n')
  const { revision_id: from } = (await ana.expect(201, 'POST', `/documents/${page.id}/revisions`, { name: 'As sent' })).body
  await write(page, '## Costs\n\nRent is **1200** a month.\n\n| Item | Cost |\n|---|---|\n| Pay | 5000 |\n| Tax | 90 |\n\n- [ ] ask the bank\n')
  const compared = async (person, query) => {
    const answer = await fetch(`${server.url}/api/v1/documents/${page.id}/changes/export?${query}`, { headers: { cookie: person.cookie } })
    return { status: answer.status, name: answer.headers.get('content-disposition'), bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const pdf = await compared(ana, `from=${from}&format=pdf`)
  assert.deepEqual([pdf.status, pdf.name], [200, 'attachment; filename="Budget - changes.pdf"'])
  const read = words(pdf.bytes)
  for (const part of ['Changes from “As sent”', 'to the current text', 'By Ana', 'Inserted Deleted Moved from', '1000 1200 a month', 'Tax', '[heading 1 → heading 2]', 'The end of it.']) assert.ok(read.includes(part), `${part} in ${read}`)

  const word = await compared(ana, `from=${from}&format=docx`)
  assert.equal(word.status, 200)
  const xml = part(word.bytes, 'word/document.xml')
  const about = 'w:id="\\d+" w:author="Ana" w:date="\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"'
  for (const expected of [
    `<w:del ${about}><w:r><w:delText xml:space="preserve">1000</w:delText></w:r></w:del>`,
    `<w:ins ${about}><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">1200</w:t></w:r></w:ins>`,
    `<w:pPrChange ${about}><w:pPr><w:pStyle w:val="Heading1"/></w:pPr></w:pPrChange>`,
    `<w:trPr><w:cantSplit/><w:ins ${about}/></w:trPr>`,
    `<w:rPr><w:del ${about}/></w:rPr></w:pPr><w:del ${about}><w:r><w:delText xml:space="preserve">The end of it.`,
  ]) assert.match(xml, new RegExp(expected))
  const ids = [...xml.matchAll(/<w:(?:ins|del|pPrChange|rPrChange) w:id="(\d+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
  // Read again, it is the earlier text, and the changes are suggestions: accepted, they make it the later one.
  const made = (await ana.expect(201, 'POST', '/documents/upload?name=Budget.docx', word.bytes, BINARY)).body
  const again = async () => (await ana.expect(200, 'GET', `/documents/${made.id}/content`)).body
  const before = await again()
  for (const there of ['# Costs', '1000', 'The end of it.']) assert.ok(before.includes(there), before)
  for (const later of ['## Costs', '1200', 'Tax', 'ask the bank']) assert.ok(!before.includes(later), before)
  assert.deepEqual((await ana.expect(200, 'POST', `/documents/${made.id}/suggestions/accept`, { all: true })).body.refused, [])
  const later = await again()
  for (const gone of ['1000', 'The end']) assert.ok(!later.includes(gone), later)
  for (const there of ['## Costs', '**1200**', '| Tax', 'ask the bank']) assert.ok(later.includes(there), later)

  assert.equal((await compared(ben, `from=${from}&format=pdf`)).status, 404)
  assert.equal((await compared(ana, `from=${page.id}&format=pdf`)).status, 404)
})

test('[WORD-6] [WORD-7] open suggestions are tracked changes in a Word file, and tracked changes of a Word file are suggestions', async () => {
  const space = (await ana.expect(201, 'POST', '/spaces', { name: 'Proposals', open_level: 'comment' })).body
  const text = 'We meet on Monday at noon.\n\nBring a friend and *some* bread.\n\n- one\n- two\n\nThe end comes soon.\n\nOne more thing.\n'
  const page = await newPage({ title: 'Plan', space: space.id }, text)
  const cleo = await join(ana, 'analyst', 'Cleo')
  const propose = (person, proposed) => person.expect(201, 'POST', `/documents/${page.id}/suggestions`, proposed, { 'content-type': 'text/markdown' })
  await propose(ben, text.replace('Monday', 'Tuesday').replace('- two', '- two\n- three'))
  await propose(cleo, text.replace('*some*', '**some**').replace('Bring', 'A new line.\n\nBring').replace('soon', 'late'))
  await propose(ben, text.replace('One more', '## One more'))
  // It overlaps with an earlier one.
  await propose(cleo, text.replace('Monday', 'Friday'))
  await ana.expect(201, 'POST', `/documents/${page.id}/threads`, { body: 'Which bread?', passage: { from: 51, to: 56, quote: 'bread' } })
  const plain = part((await exported(ana, page, 'format=docx')).bytes, 'word/document.xml')
  assert.doesNotMatch(plain, /w:ins|w:del|rPrChange/)
  const { status, bytes } = await exported(ana, page, 'format=docx&suggestions=true&comments=true')
  assert.equal(status, 200)
  const xml = part(bytes, 'word/document.xml')
  const by = (name) => `w:id="\\d+" w:author="${name}" w:date="\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"`
  for (const expected of [
    `<w:del ${by('Ben')}><w:r><w:delText xml:space="preserve">Monday</w:delText></w:r></w:del><w:ins ${by('Ben')}><w:r><w:t xml:space="preserve">Tuesday</w:t></w:r></w:ins>`,
    `<w:b/><w:rPrChange ${by('Cleo')}><w:rPr><w:i/></w:rPr></w:rPrChange>`,
    `<w:ins ${by('Ben')}><w:r><w:t xml:space="preserve">three</w:t>`,
    `<w:pPrChange ${by('Ben')}>`,
    `<w:ins ${by('Cleo')}><w:r><w:t xml:space="preserve">A new line.</w:t>`,
    '<w:commentRangeStart w:id="(\\d)"/><w:r><w:t xml:space="preserve">bread</w:t></w:r><w:commentRangeEnd w:id="\\1"/>',
  ]) assert.match(xml, new RegExp(expected))
  assert.doesNotMatch(xml, /Friday|Unknown author/)
  // Changes that are not in the text become comments.
  assert.match(part(bytes, 'word/comments.xml'), /w:author="Cleo".*Suggests: Friday/s)

  const back = (await ana.expect(201, 'POST', `/documents/upload?name=Plan.docx&space=${space.id}`, bytes, BINARY)).body
  const content = async () => (await ana.expect(200, 'GET', `/documents/${back.id}/content`)).body.trim()
  assert.equal(await content(), text.trim())
  const suggestions = (await ana.expect(200, 'GET', `/documents/${back.id}/suggestions`)).body.items
  assert.deepEqual(suggestions.map(({ kind, before, after, stands }) => [kind, before, after.trim(), stands]), [
    ['replace', 'Monday', 'Tuesday', 'stands'], ['insert', '', 'A new line.', 'stands'], ['format', 'some', 'some', 'stands'],
    ['insert', '', 'three', 'stands'], ['replace', 'soon', 'late', 'stands'], ['block', 'One more thing', 'One more thing', 'stands'],
  ])
  const reasons = (await ana.expect(200, 'GET', `/documents/${back.id}/threads`)).body.items.map(({ comments }) => comments[0]?.body.replace(/, .*/, '')).toSorted()
  assert.deepEqual(reasons, ['Ana\nWhich bread?', 'Ben', 'Ben', 'Ben', 'Cleo', 'Cleo', 'Cleo', 'Cleo\nSuggests: Friday'])
  assert.equal((await ana.expect(200, 'POST', `/documents/${back.id}/suggestions/accept`, { all: true })).body.accepted.length, 6)
  assert.equal(await content(), text.trim().replace('Monday', 'Tuesday').replace('*some*', '**some**').replace('- two', '- two\n- three').replace('Bring', 'A new line.\n\nBring').replace('soon', 'late').replace('One more', '## One more'))
  for (const wrong of ['format=pdf&suggestions=true', 'suggestions=true']) assert.equal((await exported(ana, page, wrong)).status, 422)
})

test('[PDF-1] [PDF-2] [PDF-4] [PDF-5] a page is printed with what its reader may see, and its comments if they are wanted', async () => {
  const space = (await ana.expect(201, 'POST', '/spaces', { name: 'Strategy', open_level: 'comment' })).body
  const plan = await newPage({ title: 'Plan #let x = "2027"', space: space.id })
  const market = await newPage({ title: 'Market', parent: plan.id }, '# North\n\nBack to the plan.\n')
  const secret = await newPage({ title: 'Takeover of Nordlicht', parent: plan.id, inherits: false }, 'Hidden text.\n')
  const { id: chart } = (await ana.expect(201, 'POST', `/documents/${plan.id}/attachments?name=chart.png`, PNG, BINARY)).body
  const text = 'Literally: #import "/etc/passwd" $a_1$ *b* <label> @ref'
  await write(plan, JSON.stringify({ type: 'doc', content: [
    ...['One', 'Two', 'Three'].map((title) => ({ type: 'heading', attrs: { level: 2 }, content: [{ type: 'text', text: title }] })),
    { type: 'paragraph', content: [{ type: 'text', text, marks: [{ type: 'link', attrs: { href: 'https://example.org/' } }] }] },
    { type: 'paragraph', content: [market, secret].map(({ id }) => ({ type: 'pageLink', attrs: { document: id } })) },
    { type: 'image', attrs: { attachment: chart, alt: 'A chart' } },
  ] }), 'application/json')
  const from = 'One\nTwo\nThree\n'.length
  const { body: state } = await ana.expect(200, 'GET', `/documents/${plan.id}/content?format=text`)
  assert.equal(state.slice(from, from + 9), 'Literally')
  await ben.expect(201, 'POST', `/documents/${plan.id}/threads`, { body: 'Is this so?' })

  const { status, type, name, bytes } = await exported(ben, plan, 'format=pdf')
  assert.deepEqual([status, type, name], [200, 'application/pdf', 'attachment; filename="Plan _let x _ 2027.pdf"'])
  const read = words(bytes)
  for (const expected of ['Plan #let x = "2027"', 'Literally: #import "/etc/passwd" $a_1$ *b* <label> @ref', 'Market', '1 / 1']) assert.ok(read.includes(expected), `${expected} in ${read}`)
  for (const other of ['Nordlicht', 'Is this so?', 'Back to the plan', 'Hidden']) assert.ok(!read.includes(other), `${other} in ${read}`)
  const raw = bytes.toString('latin1')
  for (const sign of ['/MarkInfo', '/StructTreeRoot', '/Lang', '/Outlines', '/URI']) assert.ok(raw.includes(sign), sign)
  assert.ok(bytes.equals((await exported(ben, plan, 'format=pdf')).bytes), 'the same text, the same bytes')
  assert.match(words((await exported(ana, plan, 'format=pdf')).bytes), /Nordlicht/)

  const whole = words((await exported(ben, plan, 'format=pdf&children=true&comments=true&paper=letter')).bytes)
  for (const expected of ['Back to the plan', 'Comments', 'Is this so?', 'Ben']) assert.ok(whole.includes(expected), `${expected} in ${whole}`)
  assert.ok(!whole.includes('Hidden'), whole)
  const stranger = await newPage({ title: 'Mine' }, 'Mine.\n')
  assert.equal((await exported(ben, stranger, 'format=pdf')).status, 404)
  assert.equal((await exported(ben, plan, 'format=odt')).status, 400)
  assert.equal((await exported(ben, plan, `format=pdf&children=true&revision=${plan.id}`)).status, 422)
})

test('[PDF-5] [PDF-8] [WORD-1] a page becomes a Word file with its comments, a revision with its own text, and reads are recorded', async () => {
  const page = await newPage({ title: 'Report', open_level: 'comment', sensitivity: 'confidential' }, '# Result\n\n- [x] Growth of 11 %\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n')
  const { revision_id: kept } = (await ana.expect(201, 'POST', `/documents/${page.id}/revisions`, { name: 'First' })).body
  await ben.expect(201, 'POST', `/documents/${page.id}/threads`, { body: 'Which year?' })
  await write(page, '# Result\n\nNothing.\n')
  const { status, type, bytes } = await exported(ben, page, 'format=docx&comments=true')
  assert.deepEqual([status, type], [200, WORD])
  assert.match(part(bytes, 'word/document.xml'), /<w:pStyle w:val="Heading1"\/>.*Nothing\./s)
  assert.match(part(bytes, 'word/comments.xml'), /w:author="Ben".*Which year\?/s)
  assert.match(part(bytes, 'docProps/core.xml'), /<dc:title>Report<\/dc:title>/)
  const earlier = part((await exported(ben, page, `format=docx&revision=${kept}`)).bytes, 'word/document.xml')
  assert.match(earlier, /w14:checked w14:val="1".*Growth of 11 %.*<w:tblHeader\/>/s)
  assert.ok(!earlier.includes('Approved by'))
  const steps = [{ name: 'Lead', people: [{ kind: 'account', id: ana.id }] }]
  const asked = (await ana.expect(201, 'POST', `/documents/${page.id}/approvals`, { steps })).body
  await ana.expect(200, 'POST', `/documents/${page.id}/approvals/${asked.approval_id}/decide`, { verdict: 'approve' })
  const approved = `Approved by Ana on ${new Date().toISOString().slice(0, 10)}`
  assert.ok(words((await exported(ben, page, `format=pdf&revision=${asked.revision_id}`)).bytes).includes(approved))
  assert.ok(part((await exported(ben, page, `format=docx&revision=${asked.revision_id}`)).bytes, 'word/document.xml').includes(approved))
  assert.ok(!part((await exported(ben, page, `format=docx&revision=${kept}`)).bytes, 'word/document.xml').includes('Approved by'))
  const { items } = (await ana.expect(200, 'GET', '/audit?action=document.read')).body
  assert.ok(items.some(({ resource_id, actor_id }) => resource_id === page.id && actor_id === ben.id))
  assert.equal((await exported(ben, page, `format=docx&revision=${page.id}`)).status, 404)
})

test('[PDF-3] what cannot be printed is refused with a reason, and leaves nothing behind', async () => {
  const top = await newPage({ title: 'Many' })
  for (let batch = 0; batch < 205; batch += 41) await Promise.all(Array.from({ length: 41 }, () => ana.expect(201, 'POST', '/documents', { title: 'Below', parent: top.id })))
  const many = await exported(ana, top, 'format=pdf&children=true')
  assert.deepEqual([many.status, JSON.parse(many.bytes).code], [409, 'conflict'])
  // A server without `consilium-press` beside its program.
  const alone = path(folder, 'alone')
  mkdirSync(alone)
  cpSync(program, path(alone, 'consilium'))
  const other = await Server.start({ args: [], bin: path(alone, 'consilium') })
  try {
    const eva = await owner(other)
    const { id } = (await eva.expect(201, 'POST', '/documents', { title: 'Plan' })).body
    assert.equal((await eva.expect(503, 'GET', `/documents/${id}/export?format=pdf`)).body.code, 'press-unavailable')
  } finally {
    await other.stop()
  }
})

test('[WORD-1] a document is the same after it was exported to Word and uploaded', async () => {
  const line = (text, ...marks) => ({ type: 'paragraph', content: [{ type: 'text', text, ...(marks.length && { marks: marks.map((type) => ({ type })) }) }] })
  const page = await newPage({ title: 'Round trip' })
  const { id: chart } = (await ana.expect(201, 'POST', `/documents/${page.id}/attachments?name=chart.png`, PNG, BINARY)).body
  await write(page, JSON.stringify({ type: 'doc', content: [
    { type: 'heading', attrs: { level: 2 }, content: [{ type: 'text', text: 'Result' }] }, line('strong', 'bold', 'italic'),
    { type: 'orderedList', attrs: { start: 3 }, content: [{ type: 'listItem', content: [line('three'), { type: 'taskList', content: [{ type: 'taskItem', attrs: { checked: true }, content: [line('done')] }] }] }] },
    { type: 'table', content: [{ type: 'tableRow', content: [{ type: 'tableHeader', attrs: { colspan: 2 }, content: [line('Head')] }] }, { type: 'tableRow', content: [{ type: 'tableCell', content: [line('1')] }, { type: 'tableCell', content: [line('2')] }] }] },
    { type: 'codeBlock', attrs: { language: 'python' }, content: [{ type: 'text', text: 'a = 1\n' }] },
    { type: 'image', attrs: { attachment: chart, alt: 'A chart', title: 'Figure 1' } },
  ] }), 'application/json')
  const { bytes } = await exported(ana, page, 'format=docx')
  const made = (await ana.expect(201, 'POST', '/documents/upload?name=plan.docx', bytes, BINARY)).body
  assert.equal(made.title, 'Round trip')
  const content = async ({ id }) => JSON.stringify((await ana.expect(200, 'GET', `/documents/${id}/content?format=json`)).body).replaceAll(/"attachment":"[^"]+"/g, '"attachment":"…"')
  assert.equal(await content(made), await content(page))
})
