// The Markdown and HTML of the server, read by others: markdown-it, a browser's HTML parser, and the editor's own schema.
// @vitest-environment jsdom
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { getSchema } from '@tiptap/core'
import { DOMParser } from '@tiptap/pm/model'
import { expect, test } from 'vitest'
import { schema } from './extensions'
import { render } from './renderMarkdown'

interface Json { type: string; text?: string; attrs?: Record<string, unknown>; content?: Json[]; marks?: Json[] }
interface Sample { seed: number; document: Json; html: string; markdown: string; read: Json }

// Relative to this file, as jsdom has its own URL.
const BINARY = fileURLToPath(import.meta.resolve('../../../../target/debug/examples/texts'))

/** Generated documents: `make fuzz` asks for 20,000, which take minutes. */
const samples = generate()
const MINUTES = 15 * 60_000

function generate(): Sample[] {
  if (!existsSync(BINARY)) throw new Error('cargo build --locked --workspace --example texts --features consilium/jemalloc')
  const output = execFileSync(BINARY, [process.env.FUZZ_TEXTS ?? '1000'], { maxBuffer: 1 << 30, encoding: 'utf8' })
  return output.trim().split('\n').map((line) => JSON.parse(line))
}

const parser = DOMParser.fromSchema(getSchema(schema))
const read = (body: HTMLElement): Json => parser.parse(body, { preserveWhitespace: 'full' }).toJSON()
const parse = (html: string) => new window.DOMParser().parseFromString(`<body>${html}</body>`, 'text/html').body

/** A node without differences that the editor ignores: `null` and empty attributes, the order of marks. */
function plain(node: Json, change: (node: Json) => Json): Json {
  const { type, text, attrs, content, marks } = change(node)
  const filled = Object.entries(attrs ?? {}).filter(([, value]) => value !== null && value !== '').sort()
  return {
    type,
    ...(text === undefined ? {} : { text }),
    attrs: Object.fromEntries(filled),
    content: (content ?? []).map((child) => plain(child, change)),
    marks: (marks ?? []).map((mark) => plain(mark, change)).sort((a, b) => a.type.localeCompare(b.type)),
  }
}

/** Readers take a carriage return for a line feed. */
const lineFeeds = (node: Json) => (node.text ? { ...node, text: node.text.replace(/\r\n?/g, '\n') } : node)

/** A node as HTML changes it: links always have `noopener` and `nofollow`, and no class of their own. */
function inHtml(node: Json): Json {
  if (node.type === 'codeBlock') return { ...node, attrs: { language: String(node.attrs?.language ?? '').split(' ')[0] } }
  if (node.type !== 'link') return lineFeeds(node)
  const rel = String(node.attrs?.rel ?? '').split(' ').filter(Boolean)
  const added = ['noopener', 'nofollow'].filter((word) => !rel.includes(word))
  return { ...node, attrs: { ...node.attrs, class: null, target: node.attrs?.target ?? '_blank', rel: [...rel, ...added].join(' ') } }
}

const isBlank = (node?: Json) => node?.type === 'paragraph' && !node.content?.length
const isBreak = (node?: Json) => node?.type === 'hardBreak'

/** What only our reader takes from Markdown: the comment for a blank line in an item, breaks beside images in a cell. */
function inMarkdown(node: Json): Json {
  let content = node.content ?? []
  if (/Item$/.test(node.type) && content.length > 1 && isBlank(content[0]) && content[1]?.type === 'paragraph') content = content.slice(1)
  if (/^table(Cell|Header)$/.test(node.type)) {
    const image = (at: number) => ['image', 'file', 'embed'].includes(content[at]?.type ?? '')
    content = content.map((line, at) => {
      let words = line.content ?? []
      while (image(at - 1) && isBreak(words[0])) words = words.slice(1)
      while (image(at + 1) && isBreak(words.at(-1))) words = words.slice(0, -1)
      return { ...line, content: words }
    })
    // The editor reads a cell that has only spaces, and no paragraph around them, as an empty cell.
    const isSpaces = content.length === 1 && content[0]?.content?.length === 1 && /^[ \t\r\n\f]+$/.test(content[0].content[0]?.text ?? '')
    if (isSpaces && content[0]) content = [{ ...content[0], content: [] }]
    content = content.filter((line, at) => !isBlank(line) || (!image(at - 1) && !image(at + 1)))
  }
  return { ...lineFeeds(node), content }
}

/** Reports only the shortest sample that is read differently: a list of thousands helps nobody. */
function check(name: string, wanted: (sample: Sample) => Json, got: (sample: Sample) => Json, source: (sample: Sample) => string) {
  const wrong = samples.filter((sample) => JSON.stringify(wanted(sample)) !== JSON.stringify(got(sample)))
  const first = wrong.sort((a, b) => source(a).length - source(b).length)[0]
  if (first) expect(got(first), `${wrong.length} differ in ${name}; seed ${first.seed}:\n${source(first)}`).toEqual(wanted(first))
}

test('[E3] [PROSE-14] the editor reads from our HTML the document as it is', () => {
  check('HTML', ({ document }) => plain(document, inHtml), ({ html }) => plain(read(parse(html)), (node) => node), ({ html }) => html)
}, MINUTES)

test('[E1] [PROSE-14] markdown-it and a browser read our Markdown as we do', () => {
  check('Markdown', (sample) => plain(sample.read, inMarkdown), (sample) => plain(read(render(sample.markdown, parse)), inMarkdown), (sample) => sample.markdown)
}, MINUTES)
