// A text with everything that the editor knows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const SCHEMA = JSON.parse(readFileSync(new URL('../../crates/document/src/prose/schema.json', import.meta.url)))

/** A text with every node and mark of the schema. */
export function everything({ picture, numbers, page }) {
  const text = (words, ...marks) => ({ type: 'text', text: words, ...(marks.length > 0 && { marks: marks.map((type) => (typeof type === 'string' ? { type } : type)) }) })
  const node = (type, attrs, ...content) => ({ type, ...(attrs && { attrs }), ...(content.length > 0 && { content }) })
  const p = (...content) => node('paragraph', null, ...content)
  const doc = node('doc', null,
    node('heading', { level: 2, textAlign: 'center' }, text('All')),
    p(text('H'), text('2', 'subscript'), text('x'), text('2', 'superscript'), text('marked', 'highlight'), text('green', { type: 'highlight', attrs: { color: 'green' } }), text('red', { type: 'textColor', attrs: { color: 'red' } })),
    node('callout', { kind: 'warning' }, p(text('careful'))),
    node('details', null, node('detailsSummary', null, text('more')), node('detailsContent', null, p(text('inside')))),
    p(text('bold', 'bold'), text('italic', 'italic'), text('under', 'underline'), text('struck', 'strike'), text('code', 'code'), text('link', { type: 'link', attrs: { href: 'https://a.example/', title: 'T' } }), node('hardBreak'), text('to '), node('pageLink', { document: page }), node('footnote', { text: 'In *real* terms: https://a.example/.' })),
    node('bulletList', null, node('listItem', null, p(text('one')), node('orderedList', { start: 3, type: 'a' }, node('listItem', null, p(text('three')))))),
    node('taskList', null, node('taskItem', { checked: true }, p(text('done'))), node('taskItem', { checked: false }, p(text('open')))),
    node('blockquote', null, p(text('said'))), node('codeBlock', { language: 'rust' }, text('let x;\n\nlet y;')), node('horizontalRule'),
    node('table', null,
      node('tableRow', null, node('tableHeader', { colspan: 2, align: 'center' }, p(text('wide')))),
      node('tableRow', null, node('tableCell', { colwidth: [120], align: 'right' }, p(text('a')), p(text('b'))), node('tableCell', null, p()))),
    node('image', { attachment: picture, alt: 'Dot', width: 20, title: 'Cap' }), node('image', { src: 'https://a.example/x.png', href: 'https://a.example/y' }),
    node('file', { attachment: numbers, name: 'numbers.csv' }), node('embed', { href: 'https://vimeo.com/76', title: 'A [talk]' }), node('embed', { href: 'https://a.example/' }), p())
  const seen = new Set()
  const walk = ({ type, marks = [], content = [] }) => [seen.add(type), marks.forEach((mark) => seen.add(mark.type)), content.forEach(walk)]
  walk(doc)
  assert.deepEqual([...Object.keys(SCHEMA.nodes), ...Object.keys(SCHEMA.marks)].filter((name) => !seen.has(name)), [], 'every node and mark is there')
  return doc
}
