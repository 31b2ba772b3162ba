// Footnotes in Markdown, as GitHub reads them: `[^1]`, and its note anywhere as `[^1]: …`. A note that
// nothing refers to stays a paragraph, as on the server.
import type MarkdownIt from 'markdown-it'

const DEFINITION = /^\[\^([^\]\s[]+)\]:[ \t]*(.*)$/s

interface Env { notes?: Map<string, string> }

const notesOf = (env: Env) => (env.notes ??= new Map())

export function footnotes(markdown: MarkdownIt): void {
  markdown.block.ruler.before('reference', 'footnote', (state, startLine, endLine, silent) => {
    const lineAt = (line: number) => state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line])
    const [, label = '', first = ''] = ((state.sCount[startLine] ?? 0) - state.blkIndent < 4 && DEFINITION.exec(lineAt(startLine))) || []
    if (label === '') return false
    if (silent) return true
    const lines = [first]
    let next = startLine + 1
    for (; next < endLine; next++) {
      const line = lineAt(next)
      const isIndented = (state.sCount[next] ?? 0) - state.blkIndent >= 4
      // A line that follows directly belongs to the paragraph; after an empty line, only what is indented does.
      if (line === '' ? (state.sCount[next + 1] ?? 0) - state.blkIndent < 4 || lineAt(next + 1) === '' : (lines.at(-1) === '' && !isIndented) || DEFINITION.test(line)) break
      lines.push(line)
    }
    const notes = notesOf(state.env)
    const token = state.push('footnote_definition', '', 0)
    token.info = label
    token.content = lines.filter((line) => line !== '').join('\n')
    // The first definition of a label counts.
    if (!notes.has(label.toLowerCase())) notes.set(label.toLowerCase(), token.content)
    state.line = next
    return true
  }, { alt: ['paragraph', 'blockquote', 'list'] })
  markdown.inline.ruler.before('link', 'footnote', (state, silent) => {
    const label = /^\[\^([^\]\s[]+)\]/.exec(state.src.slice(state.pos, state.posMax))?.[1]
    const note = label && !state.env.isNote ? notesOf(state.env).get(label.toLowerCase()) : undefined
    if (label === undefined || note === undefined) return false
    if (!silent) {
      const token = state.push('footnote', 'sup', 0)
      token.info = label
      token.content = note
    }
    state.pos += label.length + 3
    return true
  })
  markdown.core.ruler.after('inline', 'footnotes', (state) => {
    const numbers = state.tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === 'footnote')
    const referred = new Set(numbers.map(({ info }) => info.toLowerCase()))
    for (const token of state.tokens) if (token.type === 'footnote_definition') token.hidden = referred.has(token.info.toLowerCase())
  })
  markdown.renderer.rules.footnote_definition = (tokens, index) => {
    const { hidden = false, info = '', content = '' } = tokens[index] ?? {}
    return hidden ? '' : `<p>${markdown.utils.escapeHtml(`[^${info}]: ${plain(markdown, content)}`)}</p>\n`
  }
  markdown.renderer.rules.footnote = (tokens, index) => {
    const text = markdown.utils.escapeHtml(plain(markdown, tokens[index]?.content ?? ''))
    // With the words inside, so that no later step treats it as an empty element. not a text: a tag
    return `<sup data-footnote="${text}">[${text}]</sup>`
  }
}

/** The words of a note, with the addresses of its links. */
function plain(markdown: MarkdownIt, note: string): string {
  let [text, link, from] = ['', '', 0]
  for (const token of markdown.parseInline(note, { isNote: true })[0]?.children ?? []) {
    if (token.type === 'link_open') [link, from] = [token.attrGet('href') ?? '', text.length]
    else if (token.type === 'link_close') text += text.slice(from) === link ? '' : ` (${link})`
    else if (token.type === 'softbreak' || token.type === 'hardbreak') text += ' '
    else if (token.type !== 'html_inline') text += token.content
  }
  return text
}
