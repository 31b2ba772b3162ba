// Writes the documents of crates/document/tests/fixtures/bindings: one sample text, written into Yjs by the bindings of
// other editors. Run `npm ci && node make.mjs` here after a binding was updated; the tests read the results.
import { writeFileSync } from 'node:fs'
import { JSDOM } from 'jsdom'
import * as Y from 'yjs'

const { window } = new JSDOM('<div id="editor"></div>', { pretendToBeVisual: true })
for (const name of ['window', 'document', 'navigator', 'Node', 'Element', 'HTMLElement', 'MutationObserver', 'DOMParser', 'Selection', 'Range', 'Text', 'DocumentFragment', 'getSelection', 'getComputedStyle', 'requestAnimationFrame']) {
  globalThis[name] ??= window[name] ?? window
}
window.matchMedia ??= () => ({ matches: false, addEventListener() {}, removeEventListener() {} })
window.CSS ??= { highlights: new Map(), supports: () => false }
globalThis.CSS ??= window.CSS

const target = new URL('../../crates/document/tests/fixtures/bindings/', import.meta.url)
const URL_OF_IMAGE = 'https://example.org/map.png'

function write(name, doc) {
  const bytes = Y.encodeStateAsUpdate(doc)
  writeFileSync(new URL(`${name}.yjs`, target), bytes)
  console.log(`${name}: ${bytes.length} bytes under ${[...doc.share.keys()].join(', ')}`)
}

/** Client ids are chosen, so that the same version of a binding writes the same bytes. */
function fresh() {
  const doc = new Y.Doc()
  doc.clientID = 1
  return doc
}

async function blockNote() {
  const { BlockNoteEditor } = await import('@blocknote/core')
  const { blocksToYDoc } = await import('@blocknote/core/yjs')
  const text = (text, styles = {}) => ({ type: 'text', text, styles })
  let next = 0
  const block = (type, content, more = {}) => ({ id: `block-${next++}`, type, content, ...more })
  const blocks = [
    block('heading', [text('Plan for 2027')], { props: { level: 2 } }),
    block('paragraph', [text('We '), text('visit', { bold: true }), text(' '), text('ten', { italic: true, textColor: 'red' }), text(' customers, see '), { type: 'link', href: 'https://example.org/', content: [text('the list')] }, text(' and '), text('code', { code: true }), text('.')]),
    block('bulletListItem', [text('Berlin')], { children: [block('bulletListItem', [text('Mitte')])] }),
    block('bulletListItem', [text('Paris')]),
    block('numberedListItem', [text('first')], { props: { start: 3 } }),
    block('numberedListItem', [text('second')]),
    block('checkListItem', [text('done')], { props: { checked: true } }),
    block('checkListItem', [text('open')], { props: { checked: false } }),
    block('quote', [text('Said before.')]),
    block('codeBlock', [text('let x = 1\nlet y = 2')], { props: { language: 'rust' } }),
    block('paragraph', [text('Outer')], { children: [block('paragraph', [text('inner')])] }),
    { id: 'table', type: 'table', content: { type: 'tableContent', headerRows: 1, rows: [{ cells: [[text('City')], [text('Visits')]] }, { cells: [[text('Rome')], [text('4', { bold: true })]] }] } },
    block('image', undefined, { props: { url: URL_OF_IMAGE, name: 'map.png', caption: 'A map' } }),
    block('divider'),
    block('file', undefined, { props: { url: 'https://example.org/a.pdf', name: 'a.pdf' } }),
  ]
  const editor = BlockNoteEditor.create()
  const doc = fresh()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(blocksToYDoc(editor, blocks, 'document-store')))
  write('blocknote', doc)
}

async function lexical(version) {
  const lexical = await import('lexical')
  const { createHeadlessEditor } = await import('@lexical/headless')
  const { HeadingNode, QuoteNode, $createHeadingNode, $createQuoteNode } = await import('@lexical/rich-text')
  const { ListNode, ListItemNode, $createListNode, $createListItemNode } = await import('@lexical/list')
  const { LinkNode, AutoLinkNode, $createLinkNode } = await import('@lexical/link')
  const { CodeNode, CodeHighlightNode, $createCodeNode, $createCodeHighlightNode } = await import('@lexical/code')
  const { TableNode, TableRowNode, TableCellNode, $createTableNode, $createTableRowNode, $createTableCellNode } = await import('@lexical/table')
  const binding = await import('@lexical/yjs')
  class PictureNode extends lexical.DecoratorNode {
    static getType() { return 'image' }
    static clone(node) { return new PictureNode(node.__src, node.__altText, node.__key) }
    constructor(src = '', altText = '', key) {
      super(key)
      this.__src = src
      this.__altText = altText
    }
    isInline() { return false }
    decorate() { return null }
  }
  class MentionNode extends lexical.DecoratorNode {
    static getType() { return 'mention' }
    static clone(node) { return new MentionNode(node.__name, node.__key) }
    constructor(name = '', key) {
      super(key)
      this.__name = name
    }
    isInline() { return true }
    decorate() { return null }
  }
  const nodes = [HeadingNode, QuoteNode, ListNode, ListItemNode, LinkNode, AutoLinkNode, CodeNode, CodeHighlightNode, TableNode, TableRowNode, TableCellNode, PictureNode, MentionNode]
  const editor = createHeadlessEditor({ nodes, onError: (error) => { throw error } })
  const doc = fresh()
  const state = new Map()
  const awareness = { getLocalState: () => null, getStates: () => state, on() {}, off() {}, setLocalState() {}, setLocalStateField() {} }
  const provider = { awareness, on() {}, off() {}, connect() {}, disconnect() {} }
  const v2 = version === 2
  const docs = new Map([['main', doc]])
  const bound = v2 ? binding.createBindingV2__EXPERIMENTAL(editor, 'main', doc, docs) : binding.createBinding(editor, provider, 'main', doc, docs)
  const sync = v2 ? binding.syncLexicalUpdateToYjsV2__EXPERIMENTAL : binding.syncLexicalUpdateToYjs
  editor.registerUpdateListener(({ prevEditorState, editorState, dirtyElements, dirtyLeaves, normalizedNodes, tags }) => {
    sync(bound, provider, prevEditorState, editorState, dirtyElements, dirtyLeaves, normalizedNodes, tags)
  })
  const { $getRoot, $createParagraphNode, $createTextNode, $createLineBreakNode, $createTabNode } = lexical
  const words = (text, ...formats) => formats.reduce((node, format) => node.toggleFormat(format), $createTextNode(text))
  const item = (checked, ...children) => $createListItemNode(checked).append(...children)
  const cell = (header, text) => $createTableCellNode(header).append($createParagraphNode().append(words(text)))
  editor.update(() => {
    const root = $getRoot()
    root.clear()
    root.append(
      $createHeadingNode('h2').append(words('Plan for 2027')),
      $createParagraphNode().append(words('We '), words('visit', 'bold'), words(' '), words('ten', 'italic', 'underline'), words(' customers, see '), $createLinkNode('https://example.org/').append(words('the list')), words(' and '), words('code', 'code'), words('.'), $createLineBreakNode(), words('Next'), $createTabNode(), words('line by '), new MentionNode('Ana')),
      $createListNode('bullet').append(item(undefined, words('Berlin')), item(undefined, $createListNode('bullet').append(item(undefined, words('Mitte')))), item(undefined, words('Paris'))),
      $createListNode('number', 3).append(item(undefined, words('first')), item(undefined, words('second'))),
      $createListNode('check').append(item(true, words('done')), item(false, words('open'))),
      $createQuoteNode().append(words('Said before.')),
      $createCodeNode('rust').append($createCodeHighlightNode('let x', 'keyword'), $createCodeHighlightNode(' = 1'), $createLineBreakNode(), $createCodeHighlightNode('let y = 2')),
      $createTableNode().append($createTableRowNode().append(cell(1, 'City'), cell(1, 'Visits')), $createTableRowNode().append(cell(0, 'Rome'), cell(0, '4'))),
      new PictureNode(URL_OF_IMAGE, 'A map'),
    )
  }, { discrete: true })
  write(v2 ? 'lexical-v2' : 'lexical', doc)
}

async function slate() {
  const { slateNodesToInsertDelta, withYjs } = await import('@slate-yjs/core')
  const { createEditor, Editor, Transforms } = await import('slate')
  const nodes = [
    { type: 'heading-two', children: [{ text: 'Plan for 2027' }] },
    { type: 'paragraph', children: [{ text: 'We ' }, { text: 'visit', bold: true }, { text: ' ' }, { text: 'ten', italic: true }, { text: ' customers, see ' }, { type: 'link', url: 'https://example.org/', children: [{ text: 'the list' }] }, { text: ' and ' }, { text: 'code', code: true }, { text: '.' }] },
    { type: 'bulleted-list', children: [{ type: 'list-item', children: [{ text: 'Berlin' }] }, { type: 'list-item', children: [{ text: 'Paris' }] }] },
    { type: 'numbered-list', children: [{ type: 'list-item', children: [{ text: 'first' }] }, { type: 'list-item', children: [{ text: 'second' }] }] },
    { type: 'check-list-item', checked: true, children: [{ text: 'done' }] },
    { type: 'check-list-item', checked: false, children: [{ text: 'open' }] },
    { type: 'block-quote', children: [{ text: 'Said before.' }] },
    { type: 'code-block', language: 'rust', children: [{ type: 'code-line', children: [{ text: 'let x = 1' }] }, { type: 'code-line', children: [{ text: 'let y = 2' }] }] },
    { type: 'table', children: [{ type: 'table-row', children: [{ type: 'table-cell', children: [{ text: 'City' }] }, { type: 'table-cell', children: [{ text: 'Visits' }] }] }, { type: 'table-row', children: [{ type: 'table-cell', children: [{ text: 'Rome' }] }, { type: 'table-cell', children: [{ text: '4', bold: true }] }] }] },
    { type: 'image', url: URL_OF_IMAGE, alt: 'A map', children: [{ text: '' }] },
    { type: 'callout', mood: 'calm', children: [{ text: 'A kind of its own, by ' }, { type: 'mention', character: 'Ana', children: [{ text: '' }] }, { text: '.' }] },
  ]
  const doc = fresh()
  const root = doc.get('content', Y.XmlText)
  root.applyDelta(slateNodesToInsertDelta(nodes))
  const inline = ['link', 'mention']
  const editor = withYjs(Object.assign(createEditor(), { isInline: ({ type }) => inline.includes(type), isVoid: ({ type }) => ['image', 'mention'].includes(type) }), root)
  editor.connect()
  // An edit through the editor, as an app makes it.
  Transforms.insertText(editor, ' today', { at: Editor.end(editor, [10]) })
  await new Promise((done) => setTimeout(done))
  editor.disconnect()
  write('slate', doc)
}

async function quill() {
  const { default: Quill } = await import('quill')
  const { QuillBinding } = await import('y-quill')
  const doc = fresh()
  const quill = new Quill(document.querySelector('#editor'))
  new QuillBinding(doc.getText('quill'), quill)
  const line = (text, attributes) => [{ insert: text }, { insert: '\n', attributes }]
  quill.setContents([
    ...line('Plan for 2027', { header: 2 }),
    { insert: 'We ' }, { insert: 'visit', attributes: { bold: true } }, { insert: ' ' }, { insert: 'ten', attributes: { italic: true, color: '#e60000' } }, { insert: ' customers, see ' }, { insert: 'the list', attributes: { link: 'https://example.org/' } }, { insert: ' and ' }, { insert: 'code', attributes: { code: true } }, { insert: '.\n' },
    ...line('Berlin', { list: 'bullet' }), ...line('Mitte', { list: 'bullet', indent: 1 }), ...line('Paris', { list: 'bullet' }),
    ...line('first', { list: 'ordered' }), ...line('second', { list: 'ordered' }),
    ...line('done', { list: 'checked' }), ...line('open', { list: 'unchecked' }),
    ...line('Said before.', { blockquote: true }),
    ...line('let x = 1', { 'code-block': 'rust' }), ...line('let y = 2', { 'code-block': 'rust' }),
    ...line('City', { table: 'row-1' }), ...line('Visits', { table: 'row-1' }), ...line('Rome', { table: 'row-2' }), ...line('4', { table: 'row-2' }),
    { insert: { image: URL_OF_IMAGE }, attributes: { alt: 'A map' } }, { insert: '\n' },
    { insert: { video: 'https://example.org/v.mp4' } },
    { insert: 'in the middle', attributes: {} }, { insert: '\n', attributes: { align: 'center' } },
  ], 'user')
  write('quill', doc)
}

async function proseMirror() {
  const { schema } = await import('prosemirror-schema-basic')
  const { addListNodes } = await import('prosemirror-schema-list')
  const { Schema, Node } = await import('prosemirror-model')
  const { prosemirrorToYXmlFragment } = await import('y-prosemirror')
  const own = new Schema({ nodes: addListNodes(schema.spec.nodes, 'paragraph block*', 'block'), marks: schema.spec.marks })
  const text = (text, ...marks) => ({ type: 'text', text, marks })
  const paragraph = (...content) => ({ type: 'paragraph', content })
  const item = (...content) => ({ type: 'list_item', content })
  const node = Node.fromJSON(own, { type: 'doc', content: [
    { type: 'heading', attrs: { level: 2 }, content: [text('Plan for 2027')] },
    paragraph(text('We '), text('visit', { type: 'strong' }), text(' '), text('ten', { type: 'em' }), text(' customers, see '), text('the list', { type: 'link', attrs: { href: 'https://example.org/', title: null } }), text(' and '), text('code', { type: 'code' }), text('.'), { type: 'hard_break' }, text('Next line')),
    { type: 'bullet_list', content: [item(paragraph(text('Berlin')), { type: 'bullet_list', content: [item(paragraph(text('Mitte')))] }), item(paragraph(text('Paris')))] },
    { type: 'ordered_list', attrs: { order: 3 }, content: [item(paragraph(text('first'))), item(paragraph(text('second')))] },
    { type: 'blockquote', content: [paragraph(text('Said before.'))] },
    { type: 'code_block', content: [text('let x = 1\nlet y = 2')] },
    { type: 'horizontal_rule' },
    paragraph({ type: 'image', attrs: { src: URL_OF_IMAGE, alt: 'A map', title: null } }),
  ] })
  const doc = fresh()
  prosemirrorToYXmlFragment(node, doc.getXmlFragment('prosemirror'))
  write('prosemirror', doc)
}

const makers = { blockNote, lexical: () => lexical(1), lexicalV2: () => lexical(2), slate, quill, proseMirror }
for (const [name, make] of Object.entries(makers)) {
  if (process.argv.length > 2 && !process.argv.includes(name)) continue
  await make()
}
process.exit()
