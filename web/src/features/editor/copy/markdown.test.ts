// @vitest-environment jsdom
// What is copied as Markdown, read by others: markdown-it, a browser's HTML parser, and the editor's own schema.
import { getSchema } from '@tiptap/core'
import { DOMParser, type Node } from '@tiptap/pm/model'
import { expect, test } from 'vitest'
import { schema as extensions } from '../extensions'
import { render } from '../renderMarkdown'
import { markdownOf } from './markdown'

const schema = getSchema(extensions)
const parser = DOMParser.fromSchema(schema)
const html = (text: string) => new window.DOMParser().parseFromString(`<body>${text}</body>`, 'text/html').body
const read = (text: string): Node => parser.parse(html(text), { preserveWhitespace: 'full' })
const back = (markdown: string): Node => parser.parse(render(markdown, html), { preserveWhitespace: 'full' })

const SAMPLES: Record<string, string> = {
  marks: '<p>Plain, <strong>bold <em>and italic</em></strong>, <s>struck</s>, <u>under</u>, <code>a|b`c</code>, H<sub>2</sub>O, x<sup>2</sup>, <mark>marked</mark>, <mark data-color="blue">blue</mark>, <span data-color="red">red</span>.</p>',
  signs: '<p># no heading</p><p>- no item</p><p>1. no item</p><p>a * b _c_ [d](e) &lt;u&gt; &amp;amp; `f` ~~g~~ | \\</p><p>&gt; no quote</p>',
  links: '<p><a href="https://example.org/a_(b)">a link</a> and <a href="https://example.org/a b">another</a></p>',
  headings: '<h1>One</h1><h2>Two <strong>bold</strong></h2><h3>Ends with #</h3>',
  lists: '<ul><li><p>One</p><ul><li><p>Deeper</p></li></ul></li><li><p>Two</p></li></ul><ol start="3"><li><p>Three</p></li><li><p>Four</p></li></ol>',
  'two lists': '<ul><li><p>One</p></li></ul><p>between</p><ul><li><p>Two</p></li></ul>',
  tasks: '<ul data-type="taskList"><li data-type="taskItem" data-checked="true"><p>Done</p></li><li data-type="taskItem" data-checked="false"><p>Open</p></li></ul>',
  code: '<pre><code class="language-mermaid">flowchart LR\n  A --&gt; B</code></pre><pre><code>a ``` b</code></pre>',
  quotes: '<blockquote><p>One</p><p>Two</p></blockquote><div data-callout="warning"><p>Mind</p></div>',
  table: '<table><tbody><tr><th><p>Country</p></th><th align="right"><p>Cost</p></th></tr><tr><td><p>Nor|way</p></td><td align="right"><p><strong>1200</strong></p></td></tr></tbody></table>',
  rest: '<hr><img data-attachment="a1" alt="A chart" title="Growth"><p>a<br>b</p><details><summary>More &lt;of&gt; it</summary><div data-type="detailsContent"><p>in it</p></div></details>',
}

for (const [name, sample] of Object.entries(SAMPLES)) {
  test(`[EDIT-15] ${name} are read back from their Markdown as they were`, () => {
    const doc = read(sample)
    const markdown = markdownOf(doc.content)
    expect(back(markdown).toJSON(), markdown).toEqual(doc.toJSON())
  })
}

test('[EDIT-15] signs stand at words, and white space is outside of them', () => {
  expect(markdownOf(read('<p>one<strong> two </strong>three</p>').content)).toBe('one **two** three\n')
})

test('[EDIT-15] words of one line are copied without its kind', () => {
  const doc = read('<h2>Costs of <strong>Norway</strong></h2>')
  expect(markdownOf(doc.slice(7, 16).content)).toBe('of **Norway**')
  expect(markdownOf(doc.content)).toBe('## Costs of **Norway**\n')
})
